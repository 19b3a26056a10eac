"""A clip is decoded once for what is damaged in it and for what is to be seen in it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shotgraph.making import decoding
from shotgraph.making.decoding import ClipStretch
from shotgraph.media.inspection import inspect_here
from shotgraph.media.quality.measuring import look_here
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
