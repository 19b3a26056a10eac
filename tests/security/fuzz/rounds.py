"""Rounds of a fuzz: bytes of a corpus, changed at random, from a seed that is printed."""

import os
import random
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

from shotgraph.errors import ShotgraphError

SECONDS = float(os.environ.get("SHOTGRAPH_FUZZ_S", "5"))
SEED = int(os.environ.get("SHOTGRAPH_FUZZ_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
MOST_GROWTH_MB = 300
LONGEST_S = 60.0
"""For one input on a busy machine; what hangs takes for ever."""
_BITS = (
    b"\0",
    b"\xff",
    b"\xe2\x80\xae",
    b"$",
    b"${",
    b"[" * 40,
    b"{",
    b"&a",
    b"*a",
    b"!!",
    b"9" * 400,
)


@dataclass(frozen=True)
class Tried:
    """What came of it."""

    inputs: int
    refused: int
    longest_s: float
    growth_mb: int


def changed(rng: random.Random, data: bytes) -> bytes:
    """Change some bytes: replaced, cut out, doubled, put in."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(found) + 1)
        upto = min(len(found), at + rng.choice((1, 2, 8, 64)))
        match rng.randrange(4):
            case 0:
                found[at:upto] = rng.randbytes(upto - at)
            case 1:
                del found[at:upto]
            case 2:
                found[at:at] = found[at:upto] * rng.choice((1, 2, 50))
            case _:
                found[at:at] = rng.choice(_BITS)
    return bytes(found)


def fuzz(corpus: list[bytes], read: Callable[[bytes], object]) -> Tried:
    """Read changed bytes until the time is over; only our typed errors are let pass."""
    print(f"seed {SEED}: SHOTGRAPH_FUZZ_SEED={SEED} tries the same again")
    rng, until = random.Random(SEED), time.monotonic() + SECONDS  # noqa: S311
    inputs = refused = 0
    longest, before = 0.0, _peak_mb()
    while time.monotonic() < until:
        data, began = changed(rng, rng.choice(corpus)), time.monotonic()
        try:
            read(data)
        except ShotgraphError:
            refused += 1
        except Exception as error:
            raise AssertionError(f"seed {SEED}, input {inputs}: {data[:2000]!r}") from error
        longest = max(longest, time.monotonic() - began)
        inputs += 1
    tried = Tried(inputs, refused, longest, _peak_mb() - before)
    assert tried.growth_mb < MOST_GROWTH_MB, tried
    assert tried.longest_s < LONGEST_S, tried
    return tried


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
