"""Two hundred good clips stop nothing, and of forty spoilt ones the faults are found.

CI takes a fixed sample of both; ``make media-full`` all of them.
"""

import os
from pathlib import Path
from time import process_time

import pytest

from shotgraph.media.quality.flaw import Flaws, lines_of
from shotgraph.media.quality.judging import judged
from shotgraph.media.quality.measures import Measures
from shotgraph.media.quality.measuring import look_here
from tests.media.quality.corpus import Sample, good, good_names, spoilt, spoilt_names

pytestmark = [pytest.mark.media, pytest.mark.timeout(3600)]
_FULL = bool(os.environ.get("SHOTGRAPH_MEDIA_FULL"))
_RECALL = 0.95


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus")


def _judged(sample: Sample) -> Flaws:
    def measured(path: Path) -> Measures:
        return look_here(path, begin_s=0).measures

    source = measured(sample.source) if sample.source is not None else None
    return judged(measured(sample.clip), source=source, keeps_sound=True)


async def test_good_clips_have_no_faults(folder: Path) -> None:
    names = good_names()[:: 1 if _FULL else 34]
    wrong, took_s = [], 0.0
    for name in names:
        sample = await good(folder, name)
        began = process_time()
        flaws = _judged(sample)
        took_s += process_time() - began
        if flaws:
            wrong.append((sample.name, lines_of(flaws)))

    print(f"\nquality: {len(names)} good clips, {len(wrong)} stopped, {took_s:.1f} s to look")
    assert len(good_names()) >= 200
    assert wrong == []


async def test_faults_are_found(folder: Path) -> None:
    names = list(spoilt_names())
    assert len(names) == 40
    names = names[:: 1 if _FULL else 6]
    missed = []
    for name in names:
        sample = await spoilt(folder, name)
        flaws = _judged(sample)
        if not sample.wanted & {flaw.kind for flaw in flaws}:
            missed.append((sample.name, lines_of(flaws)))

    print(f"quality: {len(names)} spoilt clips, {len(names) - len(missed)} found")
    assert len(names) - len(missed) >= _RECALL * len(names), missed
