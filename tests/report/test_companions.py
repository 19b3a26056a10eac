"""What lies beside a film: whole, replaced only by what is whole, and nobody's file touched."""

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from shotgraph.errors import FilmNotWritten, FullDisk
from shotgraph.money.results import Result
from shotgraph.report.companions import write_companions
from shotgraph.report.film_folder import FilmFolder, staged_films
from shotgraph.report.manifest import ErrorEntry, FilmEntry, GivenEntry, Manifest
from shotgraph.report.pictures import FEW
from shotgraph.store import Store
from tests.media.coded_clips import write_clip
from tests.report.told_runs import medium, step, told

Make = Callable[..., Awaitable[Result]]


async def run_of(store: Store, tmp_path: Path, *names: str, **changed: Any) -> Manifest:
    made = []
    for number, name in enumerate(names):
        path = write_clip(tmp_path / f"{number}.mp4", clip=number, frames=24, rate=24)
        asset = await store.assets.add(path, "video")
        made.append(step(name, "edit", medium(number, 24, **asset.model_dump())))
    film = made[-1].medium
    given = [GivenEntry(name="lost.mp4", medium=medium(99))]
    return told(made, film, given=given, **changed)


async def failed_run_of(store: Store, tmp_path: Path, code: str, run_id: str) -> Manifest:
    """A run that made one of its steps, and no film."""
    error = ErrorEntry(code=code, message="not yet")
    whole = await run_of(store, tmp_path, "dusk", run_id=run_id)
    ended: dict[str, object] = {"status": "failed", "error": error, "films": []}
    return whole.model_copy(update=ended)


def texts(folder: Path) -> dict[str, str]:
    """What the files in a folder hold, without those in folders inside of it."""
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


async def test_an_input_with_the_name_of_a_step_leaves_it_that_name(
    store: Store, tmp_path: Path
) -> None:
    path = write_clip(tmp_path / "dusk.mp4", clip=77, frames=12, rate=24)
    asset = await store.assets.add(path, "video")
    given = GivenEntry(name="dusk.mp4", medium=medium(77, 12, **asset.model_dump()))
    manifest = await run_of(store, tmp_path, "dusk", "film")
    manifest = manifest.model_copy(update={"given": [given]})

    page = await write_companions(manifest, store, tmp_path / "films")

    shots = page.parent / "shots"
    made = manifest.steps[0].medium
    assert made is not None
    assert (shots / "dusk.mp4").stat().st_size == made.size_bytes
    assert (shots / f"dusk-{asset.sha256[:6]}.mp4").read_bytes() == path.read_bytes()


async def test_the_page_leads_to_shots_that_are_there(store: Store, tmp_path: Path) -> None:
    manifest = await run_of(store, tmp_path, "dusk", "looks[1]", "film")
    page = await write_companions(manifest, store, tmp_path / "films")
    assert page == tmp_path / "films" / "harbour" / "storyboard.html"
    assert sorted(os.listdir(page.parent)) == [
        "manifest.json", "runs", "shots", "storyboard.html", "timeline.otio"
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
    first = await write_companions(await run_of(store, tmp_path, "dusk", "film"), store, tmp_path)
    (first.parent / "notes.txt").write_text("mine", encoding="utf-8")
    (first.parent / "shots" / "mine.mp4").write_text("mine", encoding="utf-8")
    (first.parent / "shots" / "gone.mp4").symlink_to("/nowhere")
    await write_companions(await run_of(store, tmp_path, "dawn", "film"), store, tmp_path)
    assert sorted(os.listdir(first.parent / "shots")) == ["dawn.mp4", "film.mp4", "mine.mp4"]
    assert (first.parent / "notes.txt").read_text(encoding="utf-8") == "mine"


async def test_shots_of_one_name_have_names_of_their_own(store: Store, tmp_path: Path) -> None:
    manifest = await run_of(store, tmp_path, "a/b", "a-b", "film")
    page = await write_companions(manifest, store, tmp_path)
    assert len(os.listdir(page.parent / "shots")) == 3


async def test_steps_with_the_same_bytes_have_a_shot_each(store: Store, tmp_path: Path) -> None:
    manifest = await run_of(store, tmp_path, "a take 1", "a take 2", "film")
    taken, other = (manifest.steps[number].medium for number in (1, 0))
    assert taken is not None
    assert other is not None
    given = [
        GivenEntry(name="mine.mp4", medium=taken),
        GivenEntry(name="mine.mp4", medium=taken),
        GivenEntry(name="film.mp4", medium=other),
    ]
    steps = [*manifest.steps[:2], step("a", "pick", taken), *manifest.steps[2:]]
    manifest = manifest.model_copy(update={"steps": steps, "given": given})

    page = await write_companions(manifest, store, tmp_path)

    (run,) = (path for path in (page.parent / "runs").iterdir() if path.is_dir())
    for shots in (page.parent / "shots", run / "shots"):
        assert sorted(os.listdir(shots)) == [
            "a-take-1.mp4",
            "a-take-2.mp4",
            "a.mp4",
            f"film-{other.sha256[:6]}.mp4",
            "film.mp4",
            "mine.mp4",
        ]
        for name in ("a.mp4", "a-take-2.mp4", "mine.mp4"):
            path = shots / name
            assert hashlib.sha256(path.read_bytes()).hexdigest() == taken.sha256
        assert (shots / "a-take-1.mp4").samefile(shots / f"film-{other.sha256[:6]}.mp4")
    assert 'href="shots/a.mp4"' in page.read_text(encoding="utf-8")


async def test_several_films_have_a_timeline_each(store: Store, tmp_path: Path) -> None:
    manifest = await run_of(store, tmp_path, "one", "two")
    films = [
        FilmEntry(step=one.name, file=f"harbour-{number}.mp4", medium=one.medium)
        for number, one in enumerate(manifest.steps, start=1)
        if one.medium is not None
    ]
    several = manifest.model_copy(update={"films": films})
    page = await write_companions(several, store, tmp_path)
    assert {"timeline-1.otio", "timeline-2.otio"} <= set(os.listdir(page.parent))


async def test_a_place_that_is_taken_is_said(store: Store, tmp_path: Path) -> None:
    (tmp_path / "harbour").write_text("a file", encoding="utf-8")
    with pytest.raises(FilmNotWritten, match="the storyboard can't be written to"):
        await write_companions(await run_of(store, tmp_path, "film"), store, tmp_path)
    assert (tmp_path / "harbour").read_text(encoding="utf-8") == "a file"


@pytest.mark.parametrize(
    ("code", "words"), [("refused", "not finished"), ("waits_for_a_person", "waits for a person")]
)
async def test_a_run_without_a_film_has_its_own_page_and_touches_no_other(
    code: str, words: str, store: Store, tmp_path: Path
) -> None:
    good = await write_companions(await run_of(store, tmp_path, "dusk", "film"), store, tmp_path)
    before = texts(good.parent)
    shots = sorted(os.listdir(good.parent / "shots"))
    page = await write_companions(
        await failed_run_of(store, tmp_path, code, "run-2"), store, tmp_path
    )
    assert page == good.parent / "runs" / "run-2" / "storyboard.html"
    assert words in page.read_text()
    assert 'href="shots/dusk.mp4"' in page.read_text()
    assert (page.parent / "shots" / "dusk.mp4").read_bytes()[4:8] == b"ftyp"
    assert json.loads((page.parent / "manifest.json").read_text())["run_id"] == "run-2"
    assert texts(good.parent) == before
    assert sorted(os.listdir(good.parent / "shots")) == shots
    listed = (good.parent / "runs" / "index.html").read_text()
    assert [listed.count(f'href="{run}/storyboard.html"') for run in ("run-1", "run-2")] == [1, 1]
    assert 'href="../storyboard.html"' in listed


async def test_a_run_that_waits_is_not_called_failed(store: Store, tmp_path: Path) -> None:
    waiting = await failed_run_of(store, tmp_path, "waits_for_a_person", "run-2")
    step = waiting.steps[0].model_copy(update={"status": "failed", "error": waiting.error})
    waiting = waiting.model_copy(update={"steps": [step]})
    page = (await write_companions(waiting, store, tmp_path)).read_text()
    body = page.partition("</style>")[2]
    assert "failed" not in body
    assert "not finished" not in body
    # The run, its step, and its line among the costs.
    assert body.count("waits for a person") == 3


async def test_without_a_film_there_is_no_page_of_one(store: Store, tmp_path: Path) -> None:
    failed = await failed_run_of(store, tmp_path, "refused", "run-1")
    page = await write_companions(failed, store, tmp_path)
    assert sorted(os.listdir(tmp_path / "harbour")) == ["runs"]
    assert 'href="../storyboard.html"' not in (page.parent.parent / "index.html").read_text()


async def test_every_attempt_of_a_run_keeps_its_page(store: Store, tmp_path: Path) -> None:
    failed = await failed_run_of(store, tmp_path, "refused", "run-1")
    first = await write_companions(failed, store, tmp_path)
    content = first.read_text()
    again = await write_companions(await run_of(store, tmp_path, "dusk", "film"), store, tmp_path)
    assert first.read_text() == content
    assert json.loads((again.parent / "manifest.json").read_text())["status"] == "done"
    runs = again.parent / "runs"
    assert sorted(os.listdir(runs)) == ["index.html", "run-1", "run-1-2"]


async def test_the_page_of_an_earlier_version_stays_reachable(store: Store, tmp_path: Path) -> None:
    first = await write_companions(await run_of(store, tmp_path, "dusk", "film"), store, tmp_path)
    shutil.rmtree(first.parent / "runs")
    second = await run_of(store, tmp_path, "dawn", "film", run_id="run-2")
    await write_companions(second, store, tmp_path)
    kept = first.parent / "runs" / "run-1"
    assert "dusk" in (kept / "storyboard.html").read_text()
    assert 'src="shots/film.mp4"' in (kept / "storyboard.html").read_text()
    assert 'href="run-1/storyboard.html"' in (kept.parent / "index.html").read_text()


class Killed(BaseException):
    """In place of a kill: nothing of ours catches it."""


async def film_put(
    manifest: Manifest, result: Result, store: Store, folder: Path
) -> tuple[Path, bytes]:
    """Put a film together with what lies beside it."""
    async with staged_films({"harbour": result}, store, folder) as films:
        page = await write_companions(manifest, store, folder, films)
    return page, (folder / "harbour.mp4").read_bytes()


async def test_the_film_is_put_with_its_page(store: Store, result: Make, tmp_path: Path) -> None:
    made = await result(12)
    manifest = filmed(made, "run-1")
    page, film = await film_put(manifest, made, store, tmp_path / "films")
    assert page == tmp_path / "films" / "harbour" / "storyboard.html"
    assert hashlib.sha256(film).hexdigest() == manifest.films[0].medium.sha256
    assert FilmFolder(tmp_path / "films", "harbour").holds(manifest)


def filmed(result: Result, run_id: str, **changed: Any) -> Manifest:
    """The manifest of a run that made this result."""
    shown = result.medium
    return told([step("film", "concat", shown)], shown, run_id=run_id, **changed)


async def test_a_kill_between_film_and_page_is_settled_by_the_next_run(
    store: Store, result: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "films"
    first, second = await result(12), await result(20)
    page, _ = await film_put(filmed(first, "run-1"), first, store, folder)
    replaced = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if target == page:
            raise Killed
        return replaced(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(Killed):
        await film_put(filmed(second, "run-2"), second, store, folder)
    monkeypatch.setattr(Path, "replace", replaced)
    # Each is whole, and the manifest says by its hash that it is of another film.
    place = FilmFolder(folder, "harbour")
    shown = place.shown()
    assert shown is not None
    assert (shown.run_id, place.holds(shown)) == ("run-1", False)

    failed = await failed_run_of(store, tmp_path, "refused", "run-3")
    await write_companions(failed, store, folder)
    settled = place.shown()
    assert settled is not None
    assert (settled.run_id, place.holds(settled)) == ("run-2", True)
    assert "Run run-2" in page.read_text()
    assert sorted(os.listdir(folder)) == ["harbour", "harbour.mp4"]


async def test_a_film_that_somebody_changed_is_left_as_it_is(
    store: Store, result: Make, tmp_path: Path
) -> None:
    made = await result(12)
    page, _ = await film_put(filmed(made, "run-1"), made, store, tmp_path)
    (tmp_path / "harbour.mp4").write_bytes(b"cut by hand")
    before = texts(page.parent)
    await write_companions(
        await failed_run_of(store, tmp_path, "refused", "run-2"), store, tmp_path
    )
    assert texts(page.parent) == before
    assert (tmp_path / "harbour.mp4").read_bytes() == b"cut by hand"


async def test_a_full_disk_leaves_the_page_that_was_there(
    store: Store, result: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await result(12), await result(20)
    page, film = await film_put(filmed(first, "run-1"), first, store, tmp_path / "films")
    before, written = texts(page.parent), Path.write_text

    def write(self: Path, text: str, **how: Any) -> int:
        if self.name == "storyboard.html" and "runs" not in self.parts:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written(self, text, **how)

    monkeypatch.setattr(Path, "write_text", write)
    async with staged_films({"harbour": second}, store, tmp_path / "films") as films:
        with pytest.raises(FullDisk, match="no space left"):
            await write_companions(filmed(second, "run-2"), store, tmp_path / "films", films)
        assert (tmp_path / "films" / "harbour.mp4").read_bytes() == film
        films.put()
        films.put()
    assert texts(page.parent) == before
    assert len((tmp_path / "films" / "harbour.mp4").read_bytes()) == second.asset.size_bytes


async def test_two_runs_that_end_together_take_turns(
    store: Store, result: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await result(12)
    page, _ = await film_put(filmed(made, "run-1"), made, store, tmp_path)
    other = os.open(page.parent, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        assert "Run run-1" in page.read_text()
        if len(waited) == 3:
            os.close(other)

    monkeypatch.setattr("shotgraph.report.film_folder.time.sleep", sleep)
    await film_put(filmed(made, "run-2"), made, store, tmp_path)
    assert len(waited) == 3
    assert "Run run-2" in page.read_text()


@pytest.mark.parametrize("link", ["harbour", "harbour/runs", "harbour/shots"])
async def test_a_link_in_the_place_of_a_folder_is_not_followed(
    store: Store, tmp_path: Path, link: str
) -> None:
    target, films = tmp_path / "theirs", tmp_path / "films"
    target.mkdir()
    (target / "manifest.json").write_text("theirs")
    (films / link).parent.mkdir(parents=True)
    (films / link).symlink_to(target)
    manifest = await run_of(store, tmp_path, "dusk", "film")
    with pytest.raises(FilmNotWritten, match=f"{link} is a link to another folder; remove it"):
        await write_companions(manifest, store, films)
    assert texts(target) == {"manifest.json": "theirs"}
    assert os.listdir(target) == ["manifest.json"]


@pytest.mark.slow
async def test_where_many_pictures_are_missing_the_page_shows_the_clips_themselves(
    store: Store, tmp_path: Path
) -> None:
    names = [f"shot{number}" for number in range(FEW + 1)]
    page = await write_companions(await run_of(store, tmp_path, *names), store, tmp_path / "films")
    text = page.read_text()
    # Only the film's own, which is the last shot.
    undrawn = set(re.findall(r'<video src="(shots/[^"]+)" preload="none"', text))
    assert undrawn == {f"shots/{name}.mp4" for name in names[:-1]}
    assert all((page.parent / url).is_file() for url in undrawn)
    # With its poster, and with one that is lost, as many are missing as a run draws.
    short = await run_of(store, tmp_path, *names[: FEW - 2])
    page = await write_companions(short, store, tmp_path / "films")
    assert not re.findall(r'<video src="(shots/[^"]+)" preload="none"', page.read_text())
