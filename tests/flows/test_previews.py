"""The previews that a run draws beside its jobs."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from shotgraph.flows import finish
from shotgraph.graph import build_graph
from shotgraph.making import decoding
from shotgraph.media.probe import Medium
from shotgraph.report.pictures import PictureKind, Pictures
from shotgraph.spec import read_pipeline
from shotgraph.store import open_store
from shotgraph.tasks import Made
from tests.report.told_runs import medium

FILM = """\
name: one
params: {shot: {type: video}}
steps: {film: {edit: {video: $shot, prompt: Dusk}}}
output: $film
"""


async def test_none_is_drawn_while_a_clip_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = asyncio.Event()

    async def of(_: Pictures, clip: Medium, look: PictureKind) -> None:
        drawn.set()

    monkeypatch.setattr(Pictures, "of", of)
    monkeypatch.setattr(finish, "UNDISTURBED_S", 0.0)
    monkeypatch.setattr(decoding, "LOOK_S", 0.0)
    graph = build_graph(read_pipeline(FILM, folder=tmp_path), placeholders=True)
    made = cast(Made, medium(0).model_dump(mode="json"))
    async with finish.pictures_begun(graph, open_store(str(tmp_path / "store"))) as on_made:
        async with decoding._places.held():
            on_made("film", made)
            for _ in range(50):
                await asyncio.sleep(0)
            assert not drawn.is_set()
        async with asyncio.timeout(300):
            await drawn.wait()
