"""Clips with a start timecode: where editing programs' readers find their frames."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from shotgraph.media.info import frames_in
from shotgraph.media.probe import Medium, probe
from shotgraph.report.companions import write_companions
from shotgraph.report.handover import hand_over, take_over
from shotgraph.report.manifest import GivenEntry, Manifest
from shotgraph.store import Store
from tests.media.coded_clips import Sound, write_clip
from tests.media.timecoded import write_timecoded
from tests.report.told_runs import step, told

NTSC = Fraction(30000, 1001)
OVERLAP = "0.2"


async def given(store: Store, path: Path) -> GivenEntry:
    asset = await store.assets.add(path, "video")
    return GivenEntry(name=path.name, medium=Medium.of(asset, await probe(path)))


async def film_of(
    store: Store, tmp_path: Path, starts: dict[str, str | None], rates: dict[str, Fraction]
) -> Manifest:
    """Clips of 60 frames with these starts, dissolved; the last is a trim of the first, from 20."""
    entries = []
    for number, (name, start) in enumerate(starts.items()):
        path, rate = tmp_path / name, rates.get(name, NTSC)
        if start is None:
            write_clip(path, clip=number, frames=60, rate=rate, sound=Sound())
        else:
            await write_timecoded(path, start, rate=rate, clip=number)
        entries.append(await given(store, path))
    cut_out = write_clip(tmp_path / "part.mp4", clip=8, frames=30, rate=NTSC, sound=Sound())
    part = await given(store, cut_out)
    clips: list[Any] = [one.medium for one in (*entries, part)]
    frames = sum(frames_in(one.duration_s, NTSC) for one in clips)
    frames -= (len(clips) - 1) * frames_in(Fraction(OVERLAP), NTSC)
    whole = write_clip(tmp_path / "film.mp4", clip=9, frames=frames, rate=NTSC)
    film = (await given(store, whole)).medium
    refs = [{"sha256": one.medium.sha256, "file": one.name} for one in entries if one.medium]
    cut = {"video": refs[0], "start": str(20 / NTSC), "seconds": str(30 / NTSC)}
    arguments = {
        "clips": [*refs, {"step": "part"}],
        "transition": {"kind": "dissolve", "seconds": OVERLAP},
    }
    steps = [
        step("part", "trim", part.medium, arguments=cut),
        step("film", "concat", film, arguments=arguments),
    ]
    return told(steps, film, given=entries)


async def exported(store: Store, manifest: Manifest, folder: Path) -> Path:
    taken = await take_over(manifest, manifest.films[0], store)
    await hand_over(taken, "folder", folder)
    return folder


@pytest.mark.parametrize(
    ("said", "frame", "is_drop"),
    [("01:00:10:12", 108_312, False), ("01:00:10;12", 108_204, True)],
)
async def test_every_form_counts_from_the_start_of_the_clip(
    said: str, frame: int, is_drop: bool, store: Store, tmp_path: Path
) -> None:
    otio = pytest.importorskip("opentimelineio", reason="it has no wheel for Python 3.14")
    manifest = await film_of(store, tmp_path, {"a.mov": said, "b.mp4": None}, {})
    folder = await exported(store, manifest, tmp_path / "folder")
    lap = frames_in(Fraction(OVERLAP), NTSC)

    read = otio.adapters.read_from_file(str(folder / "timeline.otio"))
    for track in read.tracks:
        first, second, part = track.find_clips()
        for clip, begin in ((first, frame), (second, 0), (part, frame)):
            available = clip.available_range()
            assert available.start_time == otio.opentime.RationalTime(begin, float(NTSC))
            assert available.duration.value == 60
            assert available.start_time <= clip.source_range.start_time
            assert (
                clip.source_range.end_time_exclusive().value <= available.end_time_exclusive().value
            )
        assert first.source_range.start_time.value == frame
        assert part.source_range.start_time.value == frame + 20 + lap // 2
        assert second.source_range.start_time.value == lap // 2

    text = (folder / "harbour.xml").read_text(encoding="utf-8")
    described = [one for one in fromstring(text).iter("file") if one.find("name") is not None]  # noqa: S314  written by us
    starts = {
        one.findtext("pathurl"): [
            one.findtext(f"timecode/{name}")
            for name in ("string", "frame", "displayformat", "rate/timebase", "rate/ntsc")
        ]
        for one in described
    }
    assert starts == {
        "media/a.mov": [said, str(frame), "DF" if is_drop else "NDF", "30", "TRUE"],
        "media/b.mp4": [None] * 5,
    }
    # What an item shows is counted from the beginning of its file, whatever its timecode.
    items = [one.findtext("in") for one in fromstring(text).iter("clipitem")]  # noqa: S314  written by us
    assert items == ["0", "0", "20"] * 3

    rows = (folder / "harbour.edl").read_text(encoding="ascii").splitlines()
    sources = [row.split()[-4:-2] for row in rows if row[:3].isdecimal()]
    time = otio.opentime.RationalTime

    def at(frames: int) -> str:
        return str(otio.opentime.to_timecode(time(frame + frames, NTSC), float(NTSC), is_drop))

    plain = ["00:00:00:00", f"00:00:01:{60 - lap - 30:02}"]
    picture = [
        [at(0), at(60 - lap)],
        [at(60 - lap), at(60 - lap)],
        plain,
        [plain[1], plain[1]],
        [at(20), at(50)],
    ]
    assert sources == picture * 2
    assert "start timecode" not in (folder / "not-carried.txt").read_text(encoding="utf-8")


async def test_a_start_that_can_not_be_carried_is_said(store: Store, tmp_path: Path) -> None:
    starts = {"a.mov": "01:00:10;12", "film.mov": "10:00:00:05", "odd.mkv": "01:00:10:29"}
    rates = {"film.mov": Fraction(24), "odd.mkv": Fraction(25)}
    manifest = await film_of(store, tmp_path, dict(starts), rates)
    taken = await take_over(manifest, manifest.films[0], store)
    odd = (
        "odd.mkv: its start timecode, 01:00:10:29, which does not fit 25 frames a second: "
        "it begins at 00:00:00:00"
    )
    only_in_edl = (
        "film.mov: its start timecode, 10:00:00:05, counts 24 frames a second, and an EDL those "
        "of the film, 30000/1001: there it begins at 00:00:00:00"
    )
    for form, said in (
        ("folder", [odd, only_in_edl]),
        ("edl", [odd, only_in_edl]),
        ("fcpxml7", [odd]),
        ("otioz", [odd]),
        ("markers", []),
    ):
        assert [line for line in taken.limits(form) if "start timecode" in line] == said
    folder = await exported(store, manifest, tmp_path / "folder")
    assert only_in_edl in (folder / "not-carried.txt").read_text(encoding="utf-8")
    document = json.loads((folder / "timeline.otio").read_text(encoding="utf-8"))
    clips = {
        item["name"]: item
        for item in document["tracks"]["children"][0]["children"]
        if item["OTIO_SCHEMA"] == "Clip.2"
    }
    begin = clips["film.mov"]["media_references"]["DEFAULT_MEDIA"]["available_range"]["start_time"]
    assert (begin["value"], begin["rate"]) == (864_005, 24)
    shown = clips["film.mov"]["source_range"]["start_time"]
    lap = frames_in(Fraction(OVERLAP), NTSC)
    assert shown["value"] / shown["rate"] == pytest.approx(864_005 / 24 + float(lap // 2 / NTSC))


async def test_the_timeline_beside_a_film_has_them_too(store: Store, tmp_path: Path) -> None:
    manifest = await film_of(store, tmp_path, {"a.mov": "01:00:10;12"}, {})
    page = await write_companions(manifest, store, tmp_path / "films")
    document = json.loads((page.parent / "timeline.otio").read_text(encoding="utf-8"))
    first = document["tracks"]["children"][0]["children"][0]
    assert first["source_range"]["start_time"]["value"] == 108_204


async def test_a_clip_that_passes_midnight_begins_again_at_zero(
    store: Store, tmp_path: Path
) -> None:
    manifest = await film_of(store, tmp_path, {"a.mov": "23:59:59:10"}, {})
    folder = await exported(store, manifest, tmp_path / "folder")
    lap = frames_in(Fraction(OVERLAP), NTSC)
    assert f"V     C        23:59:59:10 00:00:01:{10 - lap:02} 00:00:00:00" in (
        folder / "harbour.edl"
    ).read_text(encoding="ascii")
