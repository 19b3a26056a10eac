"""A store with a film of two shots and two takes, one of them portrait, whose frames are known."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shotgraph.media.probe import Medium, probe
from shotgraph.money.decisions import decision_key
from shotgraph.report.companions import write_companions
from shotgraph.report.manifest import ErrorEntry, Manifest, put_manifest
from shotgraph.store import Store, open_store
from tests.media.coded_clips import write_clip
from tests.report.told_runs import HOSTILE, step, told

FRAMES, RATE = 48, 24


@dataclass(frozen=True)
class ShownFilm:
    """A store, and the page of its run on the disk."""

    store: Store
    manifest: Manifest
    page: Path

    @property
    def decision(self) -> Any:
        """The key of what the film asks."""
        clip = self.manifest.medium_of({"step": "tall"})
        assert clip is not None
        return decision_key("Is it tall?", [clip.sha256])


def make_shown_film(folder: Path) -> ShownFilm:
    """Make it; without Prefect, for it is the pages that are looked at."""
    with ThreadPoolExecutor(1) as beside:  # Playwright has a loop running in this thread
        return beside.submit(lambda: asyncio.run(_made(folder))).result()


async def _made(folder: Path) -> ShownFilm:
    store = open_store(str(folder / "store"))
    shot = await _kept(store, folder, 1)
    takes = [await _kept(store, folder, number) for number in (2, 3)]
    tall = await _kept(store, folder, 4, size=(180, 320))
    film = await _kept(store, folder, 5, frames=2 * FRAMES)
    waits = ErrorEntry(code="waits_for_a_person", message="tall waits. See /a/path.mp4")
    at_shot = {"video": {"step": "opens"}}
    clips = {"clips": [{"step": "opens"}, {"step": "dusk"}]}
    steps = [
        step("opens", "trim", shot),
        step("dusk take 1", "edit", takes[0], prompt="At dusk", arguments=at_shot, key="a" * 64),
        step("dusk take 2", "edit", takes[1], prompt=HOSTILE, arguments=at_shot, key="b" * 64),
        step("dusk", "pick", takes[0], key="a" * 64,
             arguments={"clips": [{"step": "dusk take 1"}, {"step": "dusk take 2"}]}),
        step("tall", "edit", tall, prompt="Taller", arguments=at_shot),
        step("seen", "approve", None, status="failed", error=waits,
             arguments={"video": {"step": "tall"}, "message": "Is it tall?"}),
        step("film", "concat", film, arguments=clips),
    ]  # fmt: skip
    manifest = told(steps, film, error=waits)
    await put_manifest(store, manifest)
    await asyncio.to_thread((folder / "films").mkdir)
    source = await store.assets.file(film)
    (folder / "films" / "harbour.mp4").write_bytes(source.read_bytes())
    page = await write_companions(manifest, store, folder / "films")
    return ShownFilm(store, manifest, page)


async def _kept(store: Store, folder: Path, number: int, **clip: Any) -> Medium:
    given = {"frames": FRAMES, "rate": RATE, "size": (320, 180), **clip}
    path = write_clip(folder / f"{number}.mp4", clip=number, **given)
    found = await probe(path)
    asset = await store.assets.add(path, "video")
    return Medium.of(asset, found)
