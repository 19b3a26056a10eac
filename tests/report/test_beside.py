"""What lies beside a film: whole, replaced by the next run, and nobody's file touched."""

import json
import os
from pathlib import Path

import pytest

from shotgraph.errors import InvalidInput
from shotgraph.report.beside import leave_beside
from shotgraph.report.manifest import FilmEntry, GivenEntry, Manifest
from shotgraph.store import Store
from tests.media.coded_clips import write_clip
from tests.report.told_runs import medium, step, told


async def run_of(store: Store, tmp_path: Path, *names: str) -> Manifest:
    made = []
    for number, name in enumerate(names):
        path = write_clip(tmp_path / f"{number}.mp4", clip=number, frames=24, rate=24)
        asset = await store.assets.add(path, "video")
        made.append(step(name, "edit", medium(number, 24, **asset.model_dump())))
    film = made[-1].medium
    given = [GivenEntry(name="lost.mp4", medium=medium(99))]
    return told(made, film, given=given)


async def test_the_page_leads_to_shots_that_are_there(store: Store, tmp_path: Path) -> None:
    manifest = await run_of(store, tmp_path, "dusk", "looks[1]", "film")
    page = await leave_beside(manifest, store, tmp_path / "films")
    assert page == tmp_path / "films" / "harbour" / "storyboard.html"
    assert sorted(os.listdir(page.parent)) == [
        "manifest.json", "shots", "storyboard.html", "timeline.otio"
    ]  # fmt: skip
    shots = sorted(os.listdir(page.parent / "shots"))
    assert shots == ["dusk.mp4", "film.mp4", "looks-1.mp4"]
    for name in shots:
        assert f'href="shots/{name}"' in page.read_text(encoding="utf-8")
        assert (page.parent / "shots" / name).read_bytes()[4:8] == b"ftyp"
    read = Manifest.model_validate_json((page.parent / "manifest.json").read_bytes())
    assert read == manifest
    timeline = json.loads((page.parent / "timeline.otio").read_text(encoding="utf-8"))
    assert timeline["OTIO_SCHEMA"] == "Timeline.1"


async def test_the_next_run_replaces_what_is_ours(store: Store, tmp_path: Path) -> None:
    first = await leave_beside(await run_of(store, tmp_path, "dusk", "film"), store, tmp_path)
    (first.parent / "notes.txt").write_text("mine", encoding="utf-8")
    (first.parent / "shots" / "mine.mp4").write_text("mine", encoding="utf-8")
    (first.parent / "shots" / "gone.mp4").symlink_to("/nowhere")
    await leave_beside(await run_of(store, tmp_path, "dawn", "film"), store, tmp_path)
    assert sorted(os.listdir(first.parent / "shots")) == ["dawn.mp4", "film.mp4", "mine.mp4"]
    assert (first.parent / "notes.txt").read_text(encoding="utf-8") == "mine"


async def test_shots_of_one_name_have_names_of_their_own(store: Store, tmp_path: Path) -> None:
    manifest = await run_of(store, tmp_path, "a/b", "a-b", "film")
    page = await leave_beside(manifest, store, tmp_path)
    assert len(os.listdir(page.parent / "shots")) == 3


async def test_several_films_have_a_timeline_each(store: Store, tmp_path: Path) -> None:
    manifest = await run_of(store, tmp_path, "one", "two")
    films = [
        FilmEntry(step=one.name, file=f"harbour-{number}.mp4", medium=one.medium)
        for number, one in enumerate(manifest.steps, start=1)
        if one.medium is not None
    ]
    several = manifest.model_copy(update={"films": films})
    page = await leave_beside(several, store, tmp_path)
    assert {"timeline-1.otio", "timeline-2.otio"} <= set(os.listdir(page.parent))


async def test_a_place_that_is_taken_is_said(store: Store, tmp_path: Path) -> None:
    (tmp_path / "harbour").write_text("a file", encoding="utf-8")
    with pytest.raises(InvalidInput, match="the storyboard can't be written to"):
        await leave_beside(await run_of(store, tmp_path, "film"), store, tmp_path)
    assert (tmp_path / "harbour").read_text(encoding="utf-8") == "a file"
