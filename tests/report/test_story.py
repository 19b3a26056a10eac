"""A film tells its story by itself, and whatever is changed in it is noticed."""

import asyncio
import hashlib
import json
import shutil
import struct
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from errno import ENOSPC
from pathlib import Path
from typing import Any

import av
import pytest
from typer.testing import CliRunner

from shotgraph.cli.main import app
from shotgraph.clock import SystemClock
from shotgraph.errors import FullDisk, InvalidInput
from shotgraph.foreign_text import hide
from shotgraph.keys import Key
from shotgraph.media import file_parts
from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.file_parts import FilePart, with_moved_pictures
from shotgraph.media.probe import Medium, read_media
from shotgraph.money.decisions import Decisions
from shotgraph.money.results import Result
from shotgraph.report.examined import ChangedFilm, examine
from shotgraph.report.film_folder import FilmFolder, StagedFilms, manifest_text, staged_films
from shotgraph.report.gates_asked import gates_asked
from shotgraph.report.manifest import Manifest
from shotgraph.report.origins import origin_lines, origins
from shotgraph.report.report import FilmFile
from shotgraph.report.stories import digital_source_type, with_stories
from shotgraph.report.story import FilmWithStory, film_with_story
from shotgraph.store import Store
from tests.media.coded_clips import Sound, read_codes, write_clip
from tests.report.told_runs import HOSTILE, joined, medium, step, told

KINDS: dict[str, dict[str, Any]] = {
    "mp4": {},
    "faststart": {"options": {"movflags": "faststart"}},
    "mov": {"container": "mov", "codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "webm": {"container": "webm", "codec": "libvpx-vp9", "sound": None},
}


@dataclass(frozen=True)
class Put:
    """A film in its folder."""

    path: Path
    own: Path
    manifest: Manifest
    file: FilmFile


async def put_film(
    store: Store, folder: Path, kind: str = "mp4", made: Manifest | None = None, **said: Any
) -> Put:
    """Make a film of 24 frames, and put it into ``folder/films`` with its story."""
    given = {"sound": Sound(), **KINDS[kind]}
    suffix = given.get("container", "mp4")
    own = folder / f"{kind}.{suffix}"
    if not own.exists():
        write_clip(own, clip=7, frames=24, rate=24, **given)
    asset = await store.assets.add(own, "video")
    result = Result(
        key=Key("0" * 64),
        recipe="local/concat@2",
        asset=asset,
        info=read_media(own),
        request_id=None,
        cost_usd=Decimal(0),
        seconds=0.1,
        made_at=SystemClock().now(),
    )
    async with staged_films({"harbour": result}, store, folder / "films") as staged:
        manifest = made or joined(None, [10, 14], 0)
        manifest = filmed(manifest, result.medium, staged.files[0].path.name).model_copy(
            update=said
        )
        films = await with_stories(staged, manifest, store)
        films.put()
    return Put(films.files[0].path, own, manifest, films.files[0])


def filmed(manifest: Manifest, film: Medium, file: str) -> Manifest:
    """A manifest with this film in place of its own."""
    steps = [
        one.model_copy(update={"medium": film}) if one.name == manifest.films[0].step else one
        for one in manifest.steps
    ]
    entry = manifest.films[0].model_copy(update={"medium": film, "file": file})
    return manifest.model_copy(update={"steps": steps, "films": [entry]})


@pytest.mark.parametrize("kind", KINDS)
async def test_the_film_is_as_it_was_and_tells_its_story(
    store: Store, tmp_path: Path, kind: str
) -> None:
    put = await put_film(store, tmp_path, kind)
    own, file = put.own.read_bytes(), put.path.read_bytes()
    assert file.startswith(own)
    assert len(own) + 100 < len(file) < len(own) + 5000
    assert read_codes(put.path) == read_codes(put.own)
    assert read_media(put.path).model_copy(update={"size_bytes": 0}) == read_media(
        put.own
    ).model_copy(update={"size_bytes": 0})
    # What the report says is the hash of the file; and the manifest's film is found in it.
    assert put.file.as_json()["sha256"] == hashlib.sha256(file).hexdigest()
    assert FilmFolder(put.path.parent, "harbour").holds(put.manifest)

    shutil.rmtree(tmp_path / "store")
    examined = examine(put.path.rename(tmp_path / "anything"))
    assert examined.changed == []
    assert examined.manifest == put.manifest
    assert examined.story is not None
    text = manifest_text(put.manifest)
    assert examined.story.manifest_sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("kind", ["mp4", "faststart", "mov"])
async def test_players_show_its_tags(store: Store, tmp_path: Path, kind: str) -> None:
    put = await put_film(store, tmp_path, kind)
    with av.open(str(put.path)) as opened:
        tags = dict(opened.metadata)
    assert tags["title"] == "harbour"
    assert "run run-1" in tags["comment"]
    assert "A rehearsal" in tags["comment"]
    assert (tags["shotgraph_run_id"], tags["shotgraph_film"]) == ("run-1", "harbour")
    text = manifest_text(put.manifest)
    assert tags["shotgraph_manifest_sha256"] == hashlib.sha256(text.encode()).hexdigest()


async def test_a_run_that_finds_the_film_writes_the_same_file(store: Store, tmp_path: Path) -> None:
    first = (await put_film(store, tmp_path)).path.read_bytes()
    again = await put_film(store, tmp_path, run_id="run-2", cost_usd=Decimal(0))
    assert again.path.read_bytes() == first
    # Under another name, or by other words, it is another story.
    other = joined(None, [10, 14], 0).model_copy(update={"film": "other"})
    assert (await put_film(store, tmp_path, made=other)).path.read_bytes() != first


async def test_no_key_is_told(store: Store, tmp_path: Path) -> None:
    hide("a-key-of-somebody:0123456789abcdef")
    manifest = joined(None, [10, 14], 0)
    named = [
        one.model_copy(update={"prompt": "said 0123456789abcdef by mistake"})
        for one in manifest.steps
    ]
    put = await put_film(store, tmp_path, made=manifest.model_copy(update={"steps": named}))
    with put.path.open("rb") as file:
        found = film_with_story(file)
    assert isinstance(found, FilmWithStory)
    text = found.story.model_dump_json()
    assert "0123456789abcdef" not in text
    assert "said [hidden] by mistake" in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("faults", "nobody: the fewest faults"),
        ("person", "a person, who asked for one more take"),
        ("rehearsal", "nobody: a rehearsal"),
        (None, "nobody: a rehearsal"),
    ],
)
async def test_who_picked_without_a_decision_is_told(
    store: Store, tmp_path: Path, by: str | None, said: str
) -> None:
    shot = medium(1)
    takes = {"clips": [{"step": "dusk take 1"}, {"step": "dusk take 2"}]}
    decided = told(
        [
            step("dusk take 1", "edit", shot),
            step("dusk take 2", "edit", medium(2)),
            step("dusk", "pick", shot, arguments=takes, decided_by=by),
            step("film", "concat", shot, arguments={"clips": [{"step": "dusk"}]}),
        ],
        shot,
    )
    examined = examine((await put_film(store, tmp_path, made=decided)).path)
    assert origins(examined)["decisions"][0]["by"] == said


async def test_who_approved_is_told(store: Store, tmp_path: Path) -> None:
    shot = medium(1)
    decided = told(
        [
            step("dusk", "edit", shot),
            step("seen", "approve", shot, arguments={"video": {"step": "dusk"}}),
            step("film", "concat", shot, arguments={"clips": [{"step": "seen"}]}),
        ],
        shot,
    )
    by_itself = examine((await put_film(store, tmp_path, made=decided)).path)
    assert by_itself.story is not None
    assert [(one.at, one.by) for one in by_itself.story.approvals] == [
        (None, "nobody: a rehearsal")
    ]

    gate = gates_asked(decided)[0]
    await Decisions(store, SystemClock()).note(gate.decision, 1, "Ines, in the screening room")
    by_person = examine((await put_film(store, tmp_path, made=decided)).path)
    document = origins(by_person)["decisions"][0]
    assert document["by"] == "Ines, in the screening room"
    assert document["clip"] == "dusk"
    assert document["at"] is not None


def flipped(path: Path, place: int, kept: bytes) -> Path:
    """The film with one bit of one byte changed."""
    data = bytearray(kept)
    data[place] ^= 1 << place % 8
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["mp4", "faststart", "mov", "webm"])
async def test_one_changed_byte_anywhere_is_noticed_and_said_where(
    store: Store, tmp_path: Path, kind: str
) -> None:
    put = await put_film(store, tmp_path, kind)
    kept, own = put.path.read_bytes(), put.own.stat().st_size
    with put.path.open("rb") as file:
        found = film_with_story(file)
        file.seek(0)
    assert isinstance(found, FilmWithStory)
    with put.own.open("rb") as file:
        parts = file_parts.file_parts(file) or []
    copy = tmp_path / "copy.mp4"
    spread = [place * (len(kept) - 1) // 49 for place in range(50)]
    # The heads of all boxes, where a reader would lose its way; and all of what is behind.
    heads = [part.start + byte for part in parts for byte in range(0, 8, 3)]
    after = [own + place * (len(kept) - own - 1) // 29 for place in range(30)]
    for place in [*spread, *heads, *after]:
        changed = examine(flipped(copy, place, kept)).changed
        assert changed, place
        if place < own:
            assert [one.place for one in changed] == [where(parts, place)], place
            first, size_bytes = changed[0].first, changed[0].size_bytes
            assert first is not None
            assert size_bytes is not None
            assert first <= place < first + size_bytes
        else:
            assert {one.place for one in changed} <= {"story", "frame"}, place
    copy.write_bytes(kept)
    assert examine(copy).changed == []


def where(parts: Sequence[FilePart], place: int) -> str:
    part = next(one for one in parts if one.start <= place < one.start + one.size_bytes)
    return "pictures and sound" if part.kind in ("mdat", "webm") else "frame"


async def test_what_is_put_in_or_taken_away_is_noticed(store: Store, tmp_path: Path) -> None:
    put = await put_film(store, tmp_path)
    kept, copy = put.path.read_bytes(), tmp_path / "copy.mp4"

    def places(data: bytes) -> list[str]:
        copy.write_bytes(data)
        return [one.what for one in examine(copy).changed]

    assert places(kept + b"more") == ["4 bytes were added after the film"]
    assert places(kept[:5000] + b"more" + kept[5000:])[0] == "4 bytes were added inside the film"
    assert places(kept[:5000] + kept[5004:])[0] == "4 bytes of the film are missing"
    with pytest.raises(InvalidInput, match="shotgraph did not make it"):
        places(kept[: put.own.stat().st_size])


async def test_a_film_from_elsewhere_is_said_to_be(store: Store, tmp_path: Path) -> None:
    put = await put_film(store, tmp_path)
    with pytest.raises(InvalidInput, match="carries no story: shotgraph did not make it"):
        examine(put.own)
    anew = tmp_path / "anew.mp4"
    with av.open(str(put.path)) as source, av.open(str(anew), "w") as made:
        made.metadata.update(source.metadata)
        stream = source.streams.video[0]
        copied = made.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copied
                made.mux(packet)
    with pytest.raises(InvalidInput, match="its comment says that shotgraph made it"):
        examine(anew)
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(InvalidInput, match="is empty"):
        examine(tmp_path / "empty.mp4")


@pytest.mark.parametrize("kind", ["mp4", "faststart"])
async def test_a_film_whose_end_is_missing_is_said_to_be_cut_off(
    store: Store, tmp_path: Path, kind: str
) -> None:
    put = await put_film(store, tmp_path, kind)
    whole, film, cut = put.path.read_bytes(), put.own.stat().st_size, tmp_path / "cut.mp4"
    for size_bytes in (40, film // 2, film - 1):
        cut.write_bytes(whole[:size_bytes])
        with pytest.raises(InvalidInput, match="its end is missing"):
            examine(cut)
    cut.write_bytes(whole[:-100])
    (changed,) = examine(cut).changed
    assert (changed.place, "its end is missing" in changed.what) == ("story", True)


def save_anew(film: Path, anew: Path) -> None:
    options = ["-v", "error", "-i", str(film), "-c", "copy", "-movflags", "use_metadata_tags"]
    subprocess.run([find_ffmpeg().path, *options, str(anew)], check=True, timeout=600)


async def test_a_film_that_was_saved_anew_with_its_tags_is_not_damaged(
    store: Store, tmp_path: Path
) -> None:
    put, anew = await put_film(store, tmp_path), tmp_path / "anew.mp4"
    await asyncio.to_thread(save_anew, put.path, anew)
    assert b"shotgraph_manifest_sha256" in anew.read_bytes(), "the tags are there"
    with pytest.raises(InvalidInput, match="another program has saved the file again"):
        examine(anew)


def test_an_empty_name_and_a_folder_have_words_of_their_own(tmp_path: Path) -> None:
    for named, says in (("", "the film's name is empty"), (str(tmp_path), "is a folder")):
        ran = CliRunner().invoke(app, ["inspect", named])
        assert isinstance(ran.exception, InvalidInput)
        assert says in str(ran.exception)


async def test_a_picture_carries_none_and_is_put_all_the_same(store: Store, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    part = tmp_path / "part.png"
    part.write_bytes(b"\x89PNG and so on")
    shown = medium(3, 1, kind="image", content_type="image/png", size_bytes=14)
    manifest = told([step("film", "frame", shown)], shown)
    file = FilmFile(tmp_path / "films" / "harbour.mp4", shown)
    films = await with_stories(StagedFilms([file], [part]), manifest, store)
    assert part.read_bytes() == b"\x89PNG and so on"
    assert films.files[0].as_json()["sha256"] == shown.sha256


async def test_a_full_disk_leaves_films_without_half_a_story(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = await put_film(store, tmp_path)
    part = tmp_path / "part.mp4"
    shutil.copyfile(put.own, part)

    def full(_: int) -> None:
        raise OSError(ENOSPC, "no space left")

    monkeypatch.setattr("shotgraph.report.stories.os.fsync", full)
    file = FilmFile(put.path, put.manifest.films[0].medium)
    with pytest.raises(FullDisk):
        await with_stories(StagedFilms([file], [part]), put.manifest, store)
    assert part.read_bytes() == put.own.read_bytes()


def test_where_the_pictures_come_from() -> None:
    made = joined(None, [10, 14], 24).model_copy(update={"backend": "fal"})
    kinds = "http://cv.iptc.org/newscodes/digitalsourcetype/"
    assert digital_source_type(made, "film") == f"{kinds}compositeWithTrainedAlgorithmicMedia"
    # What a model was shown is no part of the film.
    assert digital_source_type(made, "shot1") == f"{kinds}trainedAlgorithmicMedia"
    cut = told([step("cut", "trim", medium(1), arguments={"video": {"sha256": "0" * 64}})])
    assert digital_source_type(cut, "cut") == ""
    assert digital_source_type(joined(None, [10, 14], 24), "film") == f"{kinds}algorithmicMedia"


@pytest.mark.parametrize(("width", "kind"), [(4, b"stco"), (8, b"co64")])
def test_places_of_pictures_are_moved(width: int, kind: bytes) -> None:
    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(body), kind) + body

    def index(*places: int) -> bytes:
        table = struct.pack(">II", 0, len(places))
        table += b"".join(place.to_bytes(width) for place in places)
        inside = box(b"stsz", b"12345678") + box(kind, table)
        for name in (b"stbl", b"minf", b"mdia", b"trak"):
            inside = box(name, inside)
        return box(b"moov", inside)

    assert with_moved_pictures(index(100, 5000), 3280) == index(3380, 8280)
    assert with_moved_pictures(index(3380, 8280), -3280) == index(100, 5000)


def carrying(path: Path, text: bytes) -> Path:
    """A file that is hardly a film, and carries this."""
    start = b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x10mdat12345678"
    path.write_bytes(start + file_parts.behind("mp4", {}, text))
    return path


ODD: list[Any] = [
    None,
    -1,
    10**12,
    2**63,
    10**400,
    "1/0",
    "nan",
    [],
    {},
    {"step": "film"},
    "\x1b[2J",
]


async def test_a_story_of_somebody_else_does_no_harm(store: Store, tmp_path: Path) -> None:
    put = await put_film(store, tmp_path)
    with put.path.open("rb") as file:
        found = film_with_story(file)
    assert isinstance(found, FilmWithStory)
    story = found.story.model_dump(mode="json")
    manifest = json.loads(found.story.manifest)
    film, joining = manifest["steps"][-1], manifest["films"][0]["medium"]
    places: list[tuple[dict[str, Any], str]] = [
        *((story, name) for name in ("size_bytes", "parts", "approvals", "sha256")),
        *((story["parts"][0], name) for name in story["parts"][0]),
        *((joining, name) for name in ("frames", "fps", "duration_s", "width")),
        *((film, name) for name in ("arguments", "medium", "kind", "paid_usd")),
        *((film["arguments"], name) for name in film["arguments"]),
        *((manifest, name) for name in ("films", "given", "steps", "software")),
    ]
    for of, name in places:
        for value in ODD:
            kept, of[name] = of[name], value
            text = json.dumps({**story, "manifest": json.dumps(manifest)}).encode()
            of[name] = kept
            examined = examine(carrying(tmp_path / "odd", text))
            assert examined.changed
            with suppress(ChangedFilm):
                json.dumps(origins(examined))
                list(origin_lines(examined))


def test_a_story_that_unpacks_to_too_much_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = carrying(tmp_path / "much", bytes(100_000))
    monkeypatch.setattr(file_parts, "_MOST_TEXT_BYTES", 50_000)
    assert [one.place for one in examine(path).changed] == ["story"]


def test_an_index_in_an_index_in_an_index_is_none() -> None:
    inside = b""
    for _ in range(5000):
        inside = struct.pack(">I4s", 8 + len(inside), b"moov") + inside
    assert with_moved_pictures(inside, 5) == inside


@pytest.fixture
def inspect() -> Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        ran = CliRunner().invoke(app, ["inspect", *arguments])
        return ran.exit_code, ran.stdout

    return run


async def test_the_command_tells_it(
    store: Store, tmp_path: Path, inspect: Callable[..., tuple[int, str]]
) -> None:
    put = await put_film(store, tmp_path)
    code, said = inspect(str(put.path))
    assert code == 0
    assert said.startswith(f"{put.path} is as it was made\nIt is not signed\n")
    assert "00:00.00 to 00:00.42  shot.mp4: a file" in said
    assert "00:00.42 to 00:01.00  shot1: repainted, request request-of-shot1" in said
    assert "shot1: fal-ai/kling-video/o1/edit, request request-of-shot1, $0.63" in said
    assert HOSTILE in said
    assert "Its parts would have cost $0.63." in said

    code, said = inspect(str(put.path), "--json")
    document = json.loads(said)
    assert (code, document["state"], document["error"]) == (0, "intact", None)
    assert [(one["name"], one["first_frame"], one["frames"]) for one in document["shots"]] == [
        ("shot.mp4", 0, 10),
        ("shot1", 10, 14),
    ]
    assert document["steps"][0]["request_id"] == "request-of-shot1"
    assert document["run"]["run_id"] == "run-1"

    flipped(put.path, put.own.stat().st_size // 2, put.path.read_bytes())
    code, said = inspect(str(put.path), "--json")
    document = json.loads(said)
    assert (code, document["state"], document["error"]["code"]) == (4, "changed", "changed")
    assert document["changed"][0]["place"] == "pictures and sound"
