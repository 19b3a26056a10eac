"""A film handed to an editing program: what the programs' own readers make of it."""

import csv
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from shotgraph.errors import InvalidInput, Terminal
from shotgraph.keys import Key
from shotgraph.media.info import frames_in
from shotgraph.media.probe import Medium
from shotgraph.model.references import Sha256
from shotgraph.report.edit_list import EditList, Event, edit_list
from shotgraph.report.edl import edl
from shotgraph.report.fcp7 import fcp7
from shotgraph.report.handover import FORMS, hand_over, take_over
from shotgraph.report.manifest import GivenEntry, Manifest, StepEntry
from shotgraph.report.markers import Marker, frames_of_note, marker_table, markers, timecode
from shotgraph.report.notes import Note, put_note
from shotgraph.report.timeline import written
from shotgraph.store import Store
from tests.media.coded_clips import Sound, write_clip
from tests.report.told_runs import AT, HOSTILE, joined, medium, step, told

RATES = [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(60000, 1001)]


def trackwise(found: Any) -> list[tuple[str, list[tuple[str, int, int, int, int]]]]:
    """Of each clip: its name, its first frame in the film and in the source, and how many.

    A dissolve is put before its second clip, as an EDL has it, whatever the form says.
    """
    otio = pytest.importorskip("opentimelineio")
    tracks = []
    for track in found.tracks:
        clips: list[tuple[str, int, int, int, int]] = []
        for item in track:
            if not isinstance(item, otio.schema.Clip):
                continue
            before, after = track.neighbors_of(item)
            head = before.in_offset.value if isinstance(before, otio.schema.Transition) else 0
            tail = after.out_offset.value if isinstance(after, otio.schema.Transition) else 0
            overlap = (
                before.in_offset.value + before.out_offset.value
                if isinstance(before, otio.schema.Transition)
                else 0
            )
            start = track.range_of_child(item).start_time.value - head
            first = item.source_range.start_time.value - head
            frames = item.source_range.duration.value + head + tail
            clips.append((item.name, *(round(one) for one in (start, first, frames, overlap))))
        tracks.append((track.kind, clips))
    return tracks


def expected(edits: EditList, names: Mapping[Sha256, str] | None = None) -> Any:
    def row(event: Event) -> tuple[str, int, int, int, int]:
        name = names[event.medium.sha256] if names else event.name
        return name, event.start, event.first, event.frames, event.overlap

    rows = [("Video", [row(event) for event in edits.picture])]
    return rows + [
        ("Audio", [row(event) for event in track]) for track in (edits.sound, *edits.laid) if track
    ]


def film_at(rate: Fraction, overlap: str | None, *, music: bool) -> tuple[Manifest, EditList]:
    """Three clips of a rate, the second silent, with music from frame 30 on, repeated."""
    frames = [120, 96, 61]
    manifest = joined(overlap, frames, 0)
    clips = {
        entry.sha256: entry.model_copy(update={"fps": rate, "duration_s": entry.frames / rate})
        for entry in manifest.media().values()
        if entry.frames
    }
    lost = 0 if overlap is None else 2 * frames_in(Fraction(overlap), rate)
    film = medium(99, sum(frames) - lost, fps=rate, duration_s=(sum(frames) - lost) / rate)
    steps = [
        one.model_copy(update={"medium": clips.get(one.medium.sha256, film)})
        for one in manifest.steps
        if one.medium is not None
    ]
    given = [GivenEntry(name="shot.mp4", medium=clips[medium(0).sha256])]
    if music:
        laid = medium(7, 0, kind="audio", content_type="audio/mp4", fps=None, duration_s=90 / rate)
        arguments = {
            "video": {"step": "film"},
            "audio": {"sha256": laid.sha256, "file": "music.m4a"},
            "start": str(30 / rate),
            "loop": True,
        }
        given.append(GivenEntry(name="music.m4a", medium=laid))
        steps.append(step("scored", "soundtrack", film, arguments=arguments))
    whole = told(steps, film, given=given)
    return whole, edit_list(whole, whole.films[0], {medium(0).sha256, medium(2).sha256})


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("overlap", [None, "0.5", "0.2"])
@pytest.mark.parametrize("music", [False, True])
def test_every_form_has_the_film_frame_for_frame(
    rate: Fraction, overlap: str | None, music: bool
) -> None:
    otio = pytest.importorskip("opentimelineio", reason="it has no wheel for Python 3.14")
    manifest, edits = film_at(rate, overlap, music=music)
    assert edits.frames == manifest.films[0].medium.frames
    names = {sha256: f"clip{number}.mp4" for number, sha256 in enumerate(edits.media())}

    own = json.dumps(written(edits, manifest, lambda one: names[one.sha256], markers(edits)))
    read = otio.adapters.read_from_string(own, "otio_json")
    wanted = expected(edits)
    if overlap is not None:
        # A sound that fades in after nothing begins in the middle of the dissolve of its picture.
        at = 1
        name, start, first, frames, lap = wanted[at][1][1]
        wanted[at][1][1] = (name, start + lap // 2, first + lap // 2, frames - lap // 2, 0)
    assert trackwise(read) == wanted

    xml = fcp7(edits, names, markers(edits))
    wanted = [
        (kind, [row[:4] for row in rows])
        for kind, rows in expected(edits)
        for _ in range(2 if kind == "Audio" else 1)
    ]
    read = otio.adapters.read_from_string(xml, "fcp_xml")
    assert [(kind, [row[:4] for row in rows]) for kind, rows in trackwise(read)] == wanted
    assert [round(mark.marked_range.start_time.value) for mark in read.tracks.markers] == [
        event.start for event in edits.picture
    ]

    counted = -(-rate.numerator // rate.denominator)
    list_ = edl(edits, names, markers(edits))
    read = otio.adapters.read_from_string(list_, "cmx_3600", rate=counted)
    found = [(kind, [row[:4] for row in rows]) for kind, rows in trackwise(read)]
    wanted = [(kind, [row[:4] for row in rows]) for kind, rows in expected(edits, names)]
    # This reader begins each track at its first event.
    assert found == [
        (kind, [(name, start - rows[0][1], *others) for name, start, *others in rows])
        for kind, rows in wanted
    ]
    if music:
        assert f" {timecode(30, rate)} {timecode(120, rate)}" in list_


def heard_in(xml: str) -> list[tuple[str | None, list[tuple[str | None, str | None]]]]:
    """Of each sound track: the side it goes to, and which channel of which file it has."""
    root = fromstring(xml)  # noqa: S314  written by us
    names = {
        one.get("id"): one.findtext("name")
        for one in root.iter("file")
        if one.find("name") is not None
    }
    return [
        (
            track.findtext("outputchannelindex"),
            [
                (names[item.find("file").get("id")], item.findtext("sourcetrack/trackindex"))  # type: ignore[union-attr]
                for item in track.iter("clipitem")
            ],
        )
        for track in root.findall("sequence/media/audio/track")
    ]


def test_both_sides_of_each_sound_are_in_the_xml() -> None:
    _, edits = film_at(Fraction(24), None, music=True)
    first, last = (event.medium.sha256 for event in edits.sound)
    names = {sha256: f"clip{number}.mp4" for number, sha256 in enumerate(edits.media())}
    one, other = (event.name for event in edits.sound)
    music = edits.laid[0][0].name
    rounds = len(edits.laid[0])
    xml = fcp7(edits, names, channels={first: 1, last: 2})
    assert heard_in(xml) == [
        ("1", [(one, "1"), (other, "1")]),
        ("2", [(one, "1"), (other, "2")]),
        ("1", [(music, "1")] * rounds),
        ("2", [(music, "2")] * rounds),
    ]
    root = fromstring(xml)  # noqa: S314  written by us
    assert [one.text for one in root.iter("channelcount")] == ["1", "2", "2"]
    assert root.findtext("sequence/media/audio/numOutputChannels") == "2"

    six = heard_in(fcp7(edits, names, channels={first: 6, last: 2}))
    assert [side for side, _ in six] == ["1", "2", "3", "4", "5", "6", "1", "2"]
    assert six[1:3] == [("2", [(one, "2"), (other, "2")]), ("3", [(one, "3")])]


def test_what_belongs_to_one_clip_is_linked_in_the_xml() -> None:
    _, edits = film_at(Fraction(24), "0.5", music=True)
    names = {sha256: f"clip{number}.mp4" for number, sha256 in enumerate(edits.media())}
    root = fromstring(fcp7(edits, names))  # noqa: S314  written by us
    media = root.find("sequence/media")
    assert media is not None
    items: dict[tuple[str, str, str], Any] = {}
    for kind in ("video", "audio"):
        for number, track in enumerate(media.findall(f"{kind}/track"), start=1):
            for place, item in enumerate(track.findall("clipitem"), start=1):
                items[kind, str(number), str(place)] = item
    counted = []
    for at, item in items.items():
        links = item.findall("link")
        counted.append(len(links))
        places = [
            (
                str(one.findtext("mediatype")),
                str(one.findtext("trackindex")),
                str(one.findtext("clipindex")),
            )
            for one in links
        ]
        for one, there in zip(links, places, strict=True):
            assert items[there].get("id") == one.findtext("linkclipref")
            assert items[there].findtext("name") == item.findtext("name")
        assert at in places or not links
    # The second clip is silent: it is alone. Music has two sides.
    assert sorted(set(counted)) == [0, 2, 3]
    assert counted.count(0) == 1


def test_music_in_place_of_the_sound_leaves_none_of_it() -> None:
    manifest, _ = film_at(Fraction(24), None, music=True)
    last = manifest.steps[-1]
    arguments = {**last.arguments, "mode": "replace", "gain_db": "-6", "loop": False}
    steps = [*manifest.steps[:-1], last.model_copy(update={"arguments": arguments})]
    edits = edit_list(
        manifest.model_copy(update={"steps": steps}), manifest.films[0], {medium(0).sha256}
    )
    assert edits.sound == []
    assert [(event.start, event.frames) for event in edits.laid[0]] == [(30, 90)]
    assert edits.left_out == ["scored: the gain, -6 dB"]


def test_each_round_of_a_loop_begins_at_the_frame_nearest_to_its_time() -> None:
    """Rounds of 23.76 frames; of 23 each, the eighteenth began 14 frames early."""
    rate, film = Fraction(24), medium(3, 450)
    sound = medium(7, 0, kind="audio", fps=None, duration_s=Fraction(99, 100))
    laid = {"video": {"step": "film"}, "audio": {"sha256": sound.sha256, "file": "click.wav"}}
    steps = [
        step("shot", "edit", medium(1, 450)),
        step("film", "concat", film, arguments={"clips": [{"step": "shot"}]}),
        step("scored", "soundtrack", film, arguments={**laid, "loop": True, "start": "0.1"}),
    ]
    manifest = told(steps, film, given=[GivenEntry(name="click.wav", medium=sound)])
    edits = edit_list(manifest, manifest.films[0])
    begins = [int((Fraction(1, 10) + each * sound.duration_s) * rate + Fraction(1, 2))
              for each in range(19)]  # fmt: skip
    assert [event.start for event in edits.laid[0]] == begins
    assert {event.frames for event in edits.laid[0][:-1]} == {23}
    assert edits.left_out == [
        "scored: each round of click.wav begins at the frame nearest to its time, and has 23 of "
        "its 23.76 frames"
    ]
    once = steps[2].model_copy(update={"arguments": {**laid, "start": "0.1"}})
    manifest = manifest.model_copy(update={"steps": [*steps[:2], once]})
    assert edit_list(manifest, manifest.films[0]).left_out == [
        "scored: click.wav begins at frame 2, the nearest to 2.4"
    ]


def test_a_sound_shorter_than_a_frame_is_repeated_once_a_frame_at_most() -> None:
    film = medium(3, 48)
    sound = medium(7, 0, kind="audio", fps=None, duration_s=Fraction(1, 100))
    laid = {"video": {"step": "film"}, "audio": {"sha256": sound.sha256, "file": "tick.wav"}}
    steps = [
        step("shot", "edit", medium(1, 48)),
        step("film", "concat", film, arguments={"clips": [{"step": "shot"}]}),
        step("scored", "soundtrack", film, arguments={**laid, "loop": True}),
    ]
    manifest = told(steps, film, given=[GivenEntry(name="tick.wav", medium=sound)])
    edits = edit_list(manifest, manifest.films[0])
    assert [(event.start, event.frames) for event in edits.laid[0]] == [(n, 1) for n in range(48)]


def test_local_steps_have_the_words_of_what_they_show() -> None:
    """Of takes those of the picked one; of a clip of several shots, those of each."""
    takes = [medium(1, 48), medium(2, 48)]
    second = Key("b" * 64)
    steps = [
        step("before", "edit", medium(4, 48), prompt="Not seen"),
        step("a take 1", "edit", takes[0], prompt="Blue"),
        step("a take 2", "edit", takes[1], prompt="Blue", take=2, key=second),
        step("a", "pick", takes[1], key=second,
             arguments={"clips": [{"step": "a take 1"}, {"step": "a take 2"}]}),
        step("b as drawn", "reference", medium(5, 48), prompt="Red"),
        step("b", "continued", medium(6, 48),
             arguments={"video": {"step": "b as drawn"}, "after": {"step": "before"}}),
        step("named", "title", medium(7, 48), arguments={"video": {"step": "a"}}),
        step("both", "concat", medium(8, 48), arguments={"clips": [{"step": "a"}, {"step": "b"}]}),
    ]  # fmt: skip
    shown = ["a", "b", "named", "both"]
    film = medium(9, 4 * 48)
    whole = step("film", "concat", film, arguments={"clips": [{"step": name} for name in shown]})
    manifest = told([*steps, whole], film)
    edits = edit_list(manifest, manifest.films[0])
    blue = "Blue | take 2 | $0.63 | request request-of-a take 2"
    red = "Red | $0.63 | request request-of-b as drawn"
    *alone, several = [mark.text for mark in markers(edits)]
    assert alone == [blue, red, blue]
    assert several == f"a take 2: {blue}; b as drawn: {red}"
    clip = written(edits, manifest, lambda _: None, [])["tracks"]["children"][0]["children"][1]
    about = clip["metadata"]["shotgraph"]
    assert (about["prompt"], about["kind"]) == ("Red", "continued")
    assert about["request_id"] == "request-of-b as drawn"


def test_a_trimmed_clip_has_handles() -> None:
    source, part, film = medium(1, 240), medium(2, 48), medium(3, 48)
    cut = {"video": {"sha256": source.sha256, "file": "long.mp4"}, "start": "2.5", "seconds": "2"}
    steps = [
        step("part", "trim", part, arguments=cut),
        step("film", "concat", film, arguments={"clips": [{"step": "part"}]}),
    ]
    manifest = told(steps, film, given=[GivenEntry(name="long.mp4", medium=source)])
    (event,) = edit_list(manifest, manifest.films[0], with_handles=True).picture
    assert (event.name, event.medium, event.first, event.frames) == ("long.mp4", source, 60, 48)
    (event,) = edit_list(manifest, manifest.films[0]).picture
    assert (event.name, event.first) == ("part", 0)


def test_handles_of_another_rate_are_said_to_be_left_out() -> None:
    source, part, film = medium(1, 300, fps=Fraction(30)), medium(2, 48), medium(3, 48)
    cut = {"video": {"sha256": source.sha256, "file": "long.mp4"}, "start": "2.5", "seconds": "2"}
    steps = [
        step("part", "trim", part, arguments=cut),
        step("film", "concat", film, arguments={"clips": [{"step": "part"}]}),
    ]
    manifest = told(steps, film, given=[GivenEntry(name="long.mp4", medium=source)])
    edits = edit_list(manifest, manifest.films[0], with_handles=True)
    assert edits.picture[0].name == "part"
    assert edits.left_out == [
        "part: the parts before and after the trim: the source clip is at 30 a "
        "second, and the film is at 24"
    ]


def joined_before(*more: StepEntry, shown: Sequence[str]) -> EditList:
    """A film of the given steps; the first of them, `inner`, is joined from two clips."""
    refs = [{"step": "one"}, {"step": "two"}]
    steps = [
        step("one", "edit", medium(1, 48)),
        step("two", "edit", medium(2, 48)),
        step("inner", "concat", medium(3, 96), arguments={"clips": refs}),
        *more,
    ]
    media = {each.name: each.medium for each in steps}
    frames = sum(made.frames for name in shown if (made := media[name]) is not None)
    film = medium(9, frames)
    whole = step("film", "concat", film, arguments={"clips": [{"step": name} for name in shown]})
    manifest = told([*steps, whole], film)
    return edit_list(manifest, manifest.films[0], with_handles=True)


def test_a_clip_that_was_joined_before_is_said_to_be_one_clip() -> None:
    """Also behind other steps, and once if it is in the film twice; not behind a paid step."""
    of_inner = {"video": {"step": "inner"}}
    edits = joined_before(
        step("named", "title", medium(4, 96), arguments=of_inner),
        step("new", "edit", medium(6, 96), arguments=of_inner),
        step("single", "concat", medium(7, 48), arguments={"clips": [{"step": "one"}]}),
        shown=["one", "inner", "named", "inner", "new", "single"],
    )
    assert edits.left_out == [
        "inner: the cuts between its 2 clips: it is one clip",
        "named: the cuts between the 2 clips of inner: it is one clip",
    ]
    part = {**of_inner, "start": "1", "seconds": "1"}
    cut = step("part", "trim", medium(5, 24), arguments=part)
    edits = joined_before(cut, shown=["one", "part"])
    assert [event.name for event in edits.picture] == ["one", "inner"]
    assert edits.left_out == ["inner: the cuts between its 2 clips: it is one clip"]


def test_a_film_of_one_step_on_a_join_is_said_to_be_one_clip() -> None:
    refs = [{"step": "one"}, {"step": "two"}]
    steps = [
        step("one", "edit", medium(1, 48)),
        step("two", "edit", medium(2, 48)),
        step("inner", "concat", medium(3, 96), arguments={"clips": refs}),
        step("film", "title", medium(4, 96), arguments={"video": {"step": "inner"}}),
    ]
    manifest = told(steps, medium(4, 96))
    assert edit_list(manifest, manifest.films[0]).left_out == [
        "film: the cuts between the 2 clips of inner: it is one clip"
    ]
    # What was said of cuts of unknown lengths is not said twice.
    whole = step("film", "concat", medium(4, 97), arguments={"clips": refs})
    scored = step("scored", "soundtrack", medium(5, 97), arguments={"video": {"step": "film"}})
    manifest = told([*steps[:2], whole, scored], medium(5, 97))
    assert edit_list(manifest, manifest.films[0]).left_out == [
        "film: its cuts, whose lengths are not known: it is one clip"
    ]


def test_a_fade_of_sound_into_silence_is_said_to_be_left_out() -> None:
    _, edits = film_at(Fraction(24), "0.5", music=False)
    first, silent, last = (event.name for event in edits.picture)
    assert edits.left_out == [
        f"{first}: its sound fades out into the silence of {silent}",
        f"{last}: its sound fades in from the silence of {silent}",
    ]
    assert film_at(Fraction(24), None, music=False)[1].left_out == []


@pytest.mark.parametrize(
    ("frame", "rate", "said"),
    [
        (0, Fraction(24), "00:00:00:00"),
        (86_399, Fraction(24), "00:59:59:23"),
        (24, Fraction(24000, 1001), "00:00:01:00"),
        (59, Fraction(60000, 1001), "00:00:00:59"),
        (25 * 3600 * 2 + 7, Fraction(25), "02:00:00:07"),
    ],
)
def test_timecode_counts_without_drops(frame: int, rate: Fraction, said: str) -> None:
    assert timecode(frame, rate) == said


def test_words_stay_data() -> None:
    mark = Marker(0, 1, "=HYPERLINK(1)", f"{HOSTILE}\n=2\x00\x1b")
    _, edits = film_at(Fraction(24), None, music=False)
    names = dict.fromkeys(edits.media(), 'a "b" <c>.mp4')
    xml = fromstring(fcp7(edits, names, [mark]))  # noqa: S314  written by us
    assert xml.findtext("sequence/marker/comment") == f"{HOSTILE}\n=2"
    assert xml.findtext(".//pathurl") == "a%20%22b%22%20%3Cc%3E.mp4"
    assert "'=HYPERLINK(1)" in marker_table([mark], edits.rate)
    for line in edl(edits, names, [mark]).splitlines():
        assert line.isascii()
        assert not line.startswith("=")


async def made_film(store: Store, tmp_path: Path) -> Manifest:
    made: list[Medium] = []
    for number in range(2):
        sound = Sound(layout="mono") if number == 0 else None
        path = write_clip(tmp_path / f"{number}.mp4", clip=number, frames=24, rate=24, sound=sound)
        asset = await store.assets.add(path, "video")
        made.append(medium(number, 24, **asset.model_dump()))
    whole = await store.assets.add(
        write_clip(tmp_path / "2.mp4", clip=2, frames=48, rate=24), "video"
    )
    film = medium(2, 48, **whole.model_dump())
    refs = [{"step": "first"}, {"step": "second"}]
    steps = [step("first", "edit", made[0]), step("second", "edit", made[1])]
    return told([*steps, step("film", "concat", film, arguments={"clips": refs})], film)


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A folder elsewhere."""
    place = tmp_path / "elsewhere" / "on another disk"
    place.mkdir(parents=True)
    return place


async def test_a_folder_is_zipped_and_moved_and_has_every_clip(
    store: Store, tmp_path: Path, moved: Path
) -> None:
    manifest = await made_film(store, tmp_path)
    given = await take_over(manifest, manifest.films[0], store)
    await hand_over(given, "folder", tmp_path / "harbour-folder")
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "harbour-folder")
    shutil.rmtree(tmp_path / "harbour-folder")
    shutil.unpack_archive(packed, moved)

    assert sorted(path.name for path in moved.iterdir()) == [
        "harbour.edl", "harbour.mp4", "harbour.xml", "manifest.json", "markers.csv", "media",
        "not-carried.txt", "timeline.otio",
    ]  # fmt: skip
    document = json.loads((moved / "timeline.otio").read_text())
    tracks = document["tracks"]["children"]
    assert [track["kind"] for track in tracks] == ["Video", "Audio"]
    urls = {
        clip["media_references"]["DEFAULT_MEDIA"]["target_url"]
        for track in tracks
        for clip in track["children"]
        if clip["OTIO_SCHEMA"] == "Clip.2"
    }
    assert urls == {"media/first.mp4", "media/second.mp4"}
    for url in urls:
        path = moved / url
        assert not path.is_symlink()
        assert path.read_bytes()[4:8] == b"ftyp"
    assert len(list((moved / "media").iterdir())) == 2
    # It has one channel: on both sides.
    one_sided = [("1", [("first", "1")]), ("2", [("first", "1")])]
    assert heard_in((moved / "harbour.xml").read_text()) == one_sided


@pytest.mark.parametrize("form", FORMS)
async def test_each_form_is_made_once_and_replaces_nothing(
    form: str, store: Store, tmp_path: Path
) -> None:
    manifest = await made_film(store, tmp_path)
    given = await take_over(manifest, manifest.films[0], store)
    target = tmp_path / "out" / f"film{FORMS[form]}"
    target.parent.mkdir()
    await hand_over(given, form, target)
    assert list(target.parent.iterdir()) == [target]
    if form == "otioz" and (otio := pytest.importorskip("opentimelineio")):
        read = otio.adapters.read_from_file(str(target))
        assert read.duration().value == 48
    with pytest.raises(InvalidInput, match="is there already: name another place with --out"):
        await hand_over(given, form, target)


async def test_a_lost_clip_is_named_and_nothing_is_written(store: Store, tmp_path: Path) -> None:
    manifest = await made_film(store, tmp_path)
    second = manifest.steps[1].medium
    assert second is not None
    (await store.assets.file(second)).unlink()
    with pytest.raises(Terminal, match="the store no longer has second of harbour"):
        await take_over(manifest, manifest.films[0], store)


def note(manifest: Manifest, clip: Medium, frame: int, text: str, **more: Any) -> Note:
    given = {"film": manifest.film, "run_id": manifest.run_id, "name": "what was seen", "at": AT}
    return Note(clip=clip.sha256, frame=frame, text=text, **given, **more)


def test_notes_are_markers_in_every_form_and_read_back() -> None:
    otio = pytest.importorskip("opentimelineio", reason="it has no wheel for Python 3.14")
    manifest, edits = film_at(Fraction(24), "0.5", music=False)
    film, clips = manifest.films[0], [event.medium for event in edits.picture]
    notes = [
        note(manifest, film.medium, 5, "Too dark", by="Ada"),
        note(manifest, clips[1], 10, "The boat jumps"),
        note(manifest, film.medium, edits.frames, "Beyond its end"),
        note(manifest, medium(55), 3, "Of another take"),
    ]
    marks = markers(edits, film, notes)
    at = edits.picture[1].start + 10
    wanted = [(5, "Note by Ada", "Too dark"), (at, "Note", "The boat jumps")]
    assert [(one.frame, one.name, one.text) for one in marks if one.is_note] == wanted
    assert [one.frame for one in marks] == sorted(one.frame for one in marks)

    names = {sha256: f"clip{number}.mp4" for number, sha256 in enumerate(edits.media())}
    own = json.dumps(written(edits, manifest, lambda one: names[one.sha256], marks))
    read = otio.adapters.read_from_string(own, "otio_json")
    green = [mark for mark in read.tracks.markers if mark.color == "GREEN"]
    assert [(m.marked_range.start_time.value, m.name, m.comment) for m in green] == wanted

    xml = otio.adapters.read_from_string(fcp7(edits, names, marks), "fcp_xml")
    found = [
        (round(m.marked_range.start_time.value), m.name, m.metadata["fcp_xml"]["comment"])
        for m in xml.tracks.markers
        if m.name.startswith("Note")
    ]
    assert found == wanted

    list_ = edl(edits, names, marks)
    assert f"* LOC: {timecode(5, edits.rate)} GREEN   Note by Ada: Too dark" in list_
    timed = otio.adapters.read_from_string(list_, "cmx_3600", rate=24)
    said = [mark.name for clip in timed.find_clips() for mark in clip.markers]
    assert [name for name in said if name.startswith("Note")] == [
        "Note by Ada: Too dark",
        "Note: The boat jumps",
    ]

    rows = list(csv.reader(io.StringIO(marker_table(marks, edits.rate))))
    assert ["5", "00:00:00:05", "1", "Note by Ada", "Too dark"] in rows


def test_a_note_on_a_trimmed_clip_or_its_source_has_its_frame() -> None:
    source, cut, film = medium(1, 100), medium(2, 24), medium(3, 24)
    arguments = {"video": {"sha256": source.sha256, "file": "a.mp4"}, "start": "1", "seconds": "1"}
    steps = [
        step("cut", "trim", cut, arguments=arguments),
        step("film", "concat", film, arguments={"clips": [{"step": "cut"}]}),
    ]
    manifest = told(steps, film, given=[GivenEntry(name="a.mp4", medium=source)])
    edits = edit_list(manifest, manifest.films[0], with_handles=True)
    assert edits.picture[0].first == 24
    for clip, frame in ((cut, 6), (source, 30), (film, 6)):
        (mark,) = (
            one
            for one in markers(edits, manifest.films[0], [note(manifest, clip, frame, "Here")])
            if one.is_note
        )
        assert mark.frame == 6
    assert frames_of_note(note(manifest, source, 3, "Cut away"), edits, None) == []


async def test_notes_go_along_and_those_that_have_no_place_are_counted(
    store: Store, tmp_path: Path
) -> None:
    manifest = await made_film(store, tmp_path)
    first = manifest.steps[0].medium
    assert first is not None
    await put_note(store, note(manifest, first, 4, "Colder"))
    await put_note(store, note(manifest, medium(77), 0, "The other take was better"))
    given = await take_over(manifest, manifest.films[0], store)
    await hand_over(given, "folder", tmp_path / "folder")
    assert "4,00:00:00:04,1,Note,Colder\n" in (tmp_path / "folder" / "markers.csv").read_text()
    assert (tmp_path / "folder" / "not-carried.txt").read_text().splitlines()[-1] == (
        "1 note is on clips that are not in the film, such as other takes"
    )
