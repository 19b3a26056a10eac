"""Finished films are spoilt in many ways and given to their own check: it finds each one.

A thousand of them with SHOTGRAPH_MEDIA_FULL=1, else some of each kind.
"""

import os
import random
from array import array
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias
from zlib import crc32

import av
import pytest
from av.container import InputContainer
from av.stream import Stream

from shotgraph.errors import MediaError
from shotgraph.media.transition import Effect, Transition
from tests.joins.finished_films import KINDS, Finished, finished_film, mixed_film
from tests.joins.mutants import ALL, SOUNDS, Mutation, Spoiling, inside
from tests.joins.odd.bench import Bench

pytestmark = pytest.mark.media

FULL = os.environ.get("SHOTGRAPH_MEDIA_FULL") == "1"
MANY, SAMPLE = 1000, 28
STEPS_MS = (1, 2, 3, 5, 10, 20, 40)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("mutants"))


def chosen(kind: str) -> Iterator[tuple[str, Mutation, int]]:
    """The mutations of a kind of film: each several times, or some of them once."""
    able = {name: each for name, each in ALL.items() if kind != "silent" or name not in SOUNDS}
    names = list(able)
    share = (MANY if FULL else SAMPLE) // len(KINDS) + 1
    if not FULL:
        # Others for each kind of film, and each time the same.
        random.Random(kind).shuffle(names)  # noqa: S311
    for number in range(share):
        yield names[number % len(names)], able[names[number % len(names)]], number


Sounds: TypeAlias = "list[tuple[float, list[array[float]]]]"
INAUDIBLE = 0.02
"""Of full scale, -34 dB: the film's coder leaves as much of what it was given."""


def seen_and_heard(path: Path) -> tuple[tuple[Any, ...], Sounds]:
    """All that is decoded of a film, with its times and labels: what is seen, and what is heard."""
    with av.open(str(path)) as media:
        streams = [*media.streams.video, *media.streams.audio]
        heads = [int(each.disposition) for each in streams]
        colours = [
            (
                each.sample_aspect_ratio,
                int(each.codec_context.color_range),
                int(each.codec_context.colorspace),
            )
            for each in media.streams.video
        ]
        frames = [
            (float(frame.time or 0), *(crc32(bytes(plane)) for plane in frame.planes))
            for stream in media.streams.video
            for frame in _decoded(media, stream)
        ]
        sounds = [
            (float(frame.time or 0), [_samples(frame, plane) for plane in frame.planes])
            for stream in media.streams.audio
            for frame in _decoded(media, stream)
        ]
        return ((heads, colours, frames), sounds)


def _samples(frame: av.AudioFrame, plane: Any) -> "array[float]":
    code: Any = {"flt": "f", "s16": "h", "s32": "i"}[frame.format.name.removesuffix("p")]
    scale = {"f": 1.0, "h": 2.0**15, "i": 2.0**31}[code]
    return array("d", (each / scale for each in memoryview(bytes(plane)).cast(code)))


def _decoded(media: InputContainer, stream: Stream) -> Iterator[Any]:
    media.seek(0)
    for packet in media.demux(stream):
        yield from packet.decode()


def is_another_film(spoilt: Path, film: Path) -> bool:
    """Whether anything of it is another; some bytes mean nothing."""
    try:
        (seen, heard), (due, wanted) = seen_and_heard(spoilt), seen_and_heard(film)
        return seen != due or not _sound_alike(heard, wanted)
    except (av.FFmpegError, ValueError):
        return True


def _sound_alike(heard: Sounds, wanted: Sounds) -> bool:
    """Whether two sounds have the same times, and no sample is off by what could be heard."""
    if [(time, len(planes)) for time, planes in heard] != [
        (time, len(planes)) for time, planes in wanted
    ]:
        return False
    planes = zip(
        (plane for _, found in heard for plane in found),
        (plane for _, found in wanted for plane in found),
        strict=True,
    )
    return all(
        len(one) == len(two)
        and (one == two or all(abs(a - b) < INAUDIBLE for a, b in zip(one, two, strict=True)))
        for one, two in planes
    )


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
async def test_whatever_is_changed_in_a_finished_film_is_found(kind: str, bench: Bench) -> None:
    finished = await finished_film(kind, bench)
    await finished.check(finished.film)
    results: Counter[str] = Counter()
    missed = []
    for name, mutation, number in chosen(kind):
        dice = random.Random(f"{kind} {name} {number}")  # noqa: S311
        verdict = await _tried(
            mutation, Spoiling(finished.film, _other(bench), bench, dice), finished
        )
        results[verdict] += 1
        if verdict == "missed":
            missed.append(f"{name} ({number})")
    print(f"\nmutated films, {kind}: {dict(results)}")
    assert not missed
    assert results["found"] >= 0.8 * results.total()


Mixes: TypeAlias = tuple[tuple[Effect, int, int], ...]
MIXES: Mixes = (("dissolve", 2, 2), ("dissolve", 5, 2), ("wipeleft", 2, 2), ("dissolve", 2, 3))
MORE_MIXES: Mixes = (("dissolve", 8, 2), ("radial", 2, 2), ("circleopen", 3, 2), ("slideup", 3, 3))


@pytest.mark.timeout(1800)
async def test_frames_inside_a_dissolve_are_looked_at(bench: Bench) -> None:
    """Of several lengths, and where three clips are seen in a row, or one through another."""
    results: Counter[str] = Counter()
    missed = []
    for kind, part, clips in (*MIXES, *MORE_MIXES) if FULL else MIXES:
        mix = Transition(kind=kind, seconds=Fraction(1, part))
        finished = await mixed_film(bench, mix, clips)
        await finished.check(finished.film)
        for turn, (name, mutation) in enumerate(inside(30 - 30 // part, 30).items()):
            if not FULL and turn % len(MIXES) != MIXES.index((kind, part, clips)):
                continue
            for number in range(6 if FULL else 1):
                dice = random.Random(f"{kind} {part} {clips} {name} {number}")  # noqa: S311
                spoiling = Spoiling(finished.film, _other(bench), bench, dice)
                verdict = await _tried(mutation, spoiling, finished)
                results[verdict] += 1
                if verdict == "missed":
                    missed.append(f"{kind} 1/{part} s of {clips}: {name} ({number})")
    print(f"\nmutated films, inside a mix: {dict(results)}")
    assert not missed


def _other(bench: Bench) -> Path:
    return bench.path("two.mp4")


async def _tried(mutation: Mutation, spoiling: Spoiling, finished: Finished) -> str:
    try:
        spoilt = mutation(spoiling)
    except ValueError:  # a film without such a box
        return "not to be made"
    try:
        await finished.check(spoilt)
    except MediaError:
        return "found"
    return "missed" if is_another_film(spoilt, finished.film) else "the same film"
