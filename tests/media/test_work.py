"""What is said of work that takes long."""

import asyncio
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.media.progress import EVERY_S, Work, listening, report
from shotgraph.media.smart.join import concat
from shotgraph.media.soundtrack import soundtrack
from shotgraph.media.transition import Transition
from shotgraph.media.trim import trim


class Hours:
    """A clock that is moved by hand, or moves by itself whenever it is looked at."""

    def __init__(self, *, each_look_s: float = 0) -> None:
        self.time_s = 0.0
        self._each_look_s = each_look_s

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        self.time_s += self._each_look_s
        return self.time_s

    async def sleep(self, seconds: float) -> None:
        self.time_s += seconds


def names(lines: list[str]) -> list[str]:
    """The lines without how far it is, one of each."""
    assert all(line.endswith(" %") for line in lines)
    return list(dict.fromkeys(line.rpartition(", ")[0] for line in lines))


def test_a_line_is_said_every_ten_seconds_and_none_of_short_work() -> None:
    said: list[str] = []
    clock, work = Hours(), Work("coding", Fraction(60))
    with listening(said.append, clock):
        for second in range(25):
            clock.time_s = float(second)
            report(work, Fraction(second, 2))
    assert (EVERY_S, said) == (10, ["coding, 8 %", "coding, 16 %"])


def test_nobody_is_told_where_nobody_listens() -> None:
    said: list[str] = []
    with listening(said.append, Hours(each_look_s=60)):
        pass
    report(Work("coding", Fraction(1)), Fraction(1))
    assert said == []


async def test_each_run_of_a_join_is_said_by_its_name(
    first: Path, mute: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    with listening(said.append, Hours(each_look_s=60)):
        await asyncio.gather(concat([first, mute, first], tmp_path / "film.mp4"))
    assert names(said)[0] == "coding clip 2 of 3"
    # What was coded is checked beside the putting together.
    assert {"putting the clips together", "checking that all of it decodes"} <= set(names(said))
    assert "checking that all of it decodes, 100 %" in said


@pytest.mark.slow
@pytest.mark.parametrize("loudness", [None, Fraction(-16)])
async def test_dissolves_soundtracks_and_cuts_are_said(
    first: Path, second: Path, tmp_path: Path, loudness: Fraction | None
) -> None:
    said: list[str] = []
    film, scored = tmp_path / "film.mp4", tmp_path / "scored.mp4"
    dissolve = Transition(kind="dissolve", seconds=Fraction(1, 5))
    with listening(said.append, Hours(each_look_s=60)):
        await concat([first, second], film, transition=dissolve, loudness=loudness)
        await soundtrack(film, first, scored)
        await trim(scored, tmp_path / "cut.mp4", start=Fraction(0), seconds=Fraction(1, 2))
    told = set(names(said))
    assert {"coding part 1 of 1", "laying the sound on the film", "cutting the clip"} <= told
    assert ("listening how loud it is" in told) == (loudness is not None)
