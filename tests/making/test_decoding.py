"""A clip is decoded once for what is damaged in it and for what is to be seen in it."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shotgraph.making import decoding
from shotgraph.making.decoding import ClipStretch
from shotgraph.media.child import DECODING, NICENESS, Child
from shotgraph.media.inspection import inspect_here
from shotgraph.media.quality.measuring import look_here
from shotgraph.model.references import Sha256
from shotgraph.store import Store
from shotgraph.store.assets import sha256_of_file
from tests.media.coded_clips import Sound, write_clip
from tests.media.spoilt import spoil_picture


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    """3 s, with a picture spoilt at 2 s."""
    clip = tmp_path / "whole.mp4"
    options = {"g": "24"}
    write_clip(clip, clip=4, frames=72, rate=24, size=(320, 240), sound=Sound(), options=options)
    return spoil_picture(clip, tmp_path / "spoilt.mp4", at_s=2)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What children are asked for."""
    asked: list[dict[str, Any]] = []
    said_of: Callable[..., dict[str, Any]] = decoding._said_of

    def noted(path: Path, **how: int | None) -> dict[str, Any]:
        asked.append(how)
        return said_of(path, **how)

    monkeypatch.setattr(decoding, "_said_of", noted)
    return asked


def test_who_measures_misses_no_damage(spoilt: Path) -> None:
    looked = look_here(spoilt, begin_s=0)

    assert looked.findings == inspect_here(spoilt, begin_s=0)
    assert [one.kind for one in looked.findings.found] == ["damaged"]
    assert len(looked.measures.frames) >= 48


async def test_what_was_measured_is_also_known_to_decode(
    spoilt: Path, store: Store, asked: list[dict[str, Any]]
) -> None:
    stretch = ClipStretch(sha256_of_file(spoilt), spoilt, 0)

    measures = await stretch.measures(store.records)

    assert await stretch.findings(store.records) == inspect_here(spoilt, begin_s=0)
    assert await stretch.measures(store.records) == measures
    assert len(asked) == 1


async def test_who_will_measure_has_both_made_at_once(
    spoilt: Path, store: Store, asked: list[dict[str, Any]]
) -> None:
    stretch = ClipStretch(sha256_of_file(spoilt), spoilt, 0)

    await stretch.findings(store.records, measured=True)
    await stretch.measures(store.records)

    assert [one["measure"] for one in asked] == [1]


async def test_nothing_is_measured_that_nobody_asks_for(
    spoilt: Path, store: Store, asked: list[dict[str, Any]]
) -> None:
    await ClipStretch(sha256_of_file(spoilt), spoilt, 0).findings(store.records)

    assert [one["measure"] for one in asked] == [None]


async def test_steps_that_begin_together_have_a_clip_decoded_once(
    spoilt: Path, store: Store, asked: list[dict[str, Any]]
) -> None:
    stretch = ClipStretch(sha256_of_file(spoilt), spoilt, 0)

    found = await asyncio.gather(*(stretch.measures(store.records) for _ in range(5)))

    assert all(one == found[0] for one in found)
    assert len(asked) == 1


async def test_a_plan_keeps_nothing(spoilt: Path, store: Store) -> None:
    await ClipStretch(sha256_of_file(spoilt), spoilt, 0).measures(store.records, keeps=False)

    assert await store.records.names("measures") == []
    assert await store.records.names("decoded") == []


async def test_clips_that_wait_to_be_decoded_hold_up_no_record(spoilt: Path, store: Store) -> None:
    """What a job's submission puts on record is put by the same threads."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(decoding.AT_ONCE + 1))
    clips = [ClipStretch(Sha256(f"{number:08x}" * 8), spoilt, 0) for number in range(16)]
    children = [decoding._children.get() for _ in range(decoding.AT_ONCE)]
    decoded = asyncio.gather(*(clip.measures(store.records) for clip in clips))
    try:
        async with asyncio.timeout(300):
            for number in range(100):
                await store.records.put_if_absent(f"intents/{number}.json", b"{}")
    finally:
        for child in children:
            decoding._children.put(child)

    assert len(await decoded) == 16


def test_who_decodes_gives_way_to_the_run(spoilt: Path) -> None:
    child = Child(DECODING)
    try:
        child.ask(spoilt, begin_s=0)
        assert child.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(19, os.nice(0) + NICENESS)
    finally:
        child.end()


def test_a_second_child_is_started_only_where_two_clips_wait(spoilt: Path) -> None:
    before = {child.pid for child in decoding._children.queue}

    for _ in range(3):
        decoding._said_of(spoilt, begin_s=0)

    assert len({child.pid for child in decoding._children.queue} - before - {None}) <= 1
