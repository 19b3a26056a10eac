"""The even rate of an uneven clip: that of most of its frames, as long as none of them is lost."""

from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.media.even_rate import EvenRate, even_rate
from shotgraph.media.info import STANDARD
from shotgraph.media.reshape import speed
from shotgraph.media.smart.join import concat
from shotgraph.media.target_format import WantedFormat
from tests.media.coded_clips import read_codes, write_clip

_TICK = Fraction(1, 60_000)
_TELEPHONE = Fraction(1, 600)


def lost(times: list[int], time_base: Fraction, even: EvenRate) -> int:
    """How many frames are not shown, where each begins in the nearest frame of a film."""
    first = times[0]
    begins = {
        int(((time - first) * time_base + even.shift) * even.rate + Fraction(1, 2))
        for time in times
    }
    return len(times) - len(begins)


@pytest.mark.parametrize("rate", [rate for rate in STANDARD if rate < 120])
def test_a_short_first_frame_changes_nothing(rate: Fraction) -> None:
    """As OBS writes it: 1 ms, and all that follows early."""
    early = round((1 / rate - Fraction(1, 1000)) / _TICK)
    even_times = [round(number / rate / _TICK) for number in range(150)]
    times = [0, *(time - early for time in even_times[1:])]

    even = even_rate(times, _TICK)

    assert even.rate == rate
    assert lost(times, _TICK, even) == 0
    assert abs(even.shift) * rate < Fraction(1, 2)


def test_the_clock_of_a_telephone_changes_nothing() -> None:
    wobble = (0, 1, 0, -1, 1, -1, 0, 0, -1, 1)
    times = [20 * number + wobble[number % 10] for number in range(90)]

    even = even_rate([*times, times[-1] + 17], _TELEPHONE)

    assert even == EvenRate(Fraction(30), Fraction(0))


def test_pauses_do_not_slow_a_clip_down() -> None:
    """A recorder of a screen leaves out what does not change."""
    times = [*range(30), *range(60, 90), 150, 151]

    assert even_rate(times, Fraction(1, 30)).rate == 30


def test_a_quick_run_among_slow_frames_is_kept() -> None:
    times = [*range(0, 100, 2), *range(100, 110), *range(110, 200, 2)]

    even = even_rate(times, Fraction(1, 60))

    assert even.rate in (60, Fraction(60_000, 1001))
    assert lost(times, Fraction(1, 60), even) == 0


def test_a_fast_clock_loses_a_frame_now_and_then() -> None:
    """A rate that is doubled for it would be worse."""
    times = [round(number / Fraction("60.12") * 90_000) for number in range(3600)]

    even = even_rate(times, Fraction(1, 90_000))

    assert even.rate == 60
    assert lost(times, Fraction(1, 90_000), even) == 7


def test_frames_that_are_due_at_one_time_give_a_rate_all_the_same() -> None:
    assert even_rate([0, 0, 0, 1, 1, 1, 2], Fraction(1, 30)).rate == 30
    assert even_rate([5, 5, 5], Fraction(1, 30)).rate == 30


@pytest.mark.media
@pytest.mark.parametrize("rate", [15, 24, 25, 30, 50])
async def test_slips_change_nothing_at_another_rate(rate: int, tmp_path: Path) -> None:
    """Every second frame of 60 is due halfway between two of 30: slips took now this, now that."""
    uneven, even = _both(tmp_path)
    films = [await _film(clip, rate) for clip in (uneven, even)]
    _are_alike(*films)


@pytest.mark.media
@pytest.mark.parametrize("factor", [2, 3, 4, Fraction(1, 2)])
async def test_slips_change_nothing_at_another_speed(
    factor: Fraction | int, tmp_path: Path
) -> None:
    films = [clip.with_suffix(".out.mp4") for clip in _both(tmp_path)]
    for clip, film in zip(_both(tmp_path), films, strict=True):
        await speed(clip, film, Fraction(factor))
    _are_alike(*films)


def _are_alike(uneven: Path, even: Path) -> None:
    """The last frame of the one lasts for a tick, as its file says: so that film may end before."""
    found, wanted = read_codes(uneven), read_codes(even)
    assert None not in found
    assert 0 <= len(wanted) - len(found) <= 2
    assert found == wanted[: len(found)]


def _both(folder: Path) -> list[Path]:
    """A clip of 60 frames a second whose clock slips by a tenth of a frame, and one without."""
    slips = (0, 1, 0, -1, 1, -1, 0, 0, -1, 1)
    times = [10 * number + slips[number % 10] for number in range(40)]
    uneven = write_clip(folder / "u.mp4", clip=7, frames=40, rate=600, times=times)
    return [uneven, write_clip(folder / "e.mp4", clip=7, frames=40, rate=60)]


async def _film(clip: Path, rate: int) -> Path:
    film = clip.with_suffix(".out.mp4")
    await concat([clip], film, wanted=WantedFormat(frame_rate=Fraction(rate)))
    return film
