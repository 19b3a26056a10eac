"""Is a film what its clips make? Two judges: an exact one, and one who lets rounding pass."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

from tests.joins.film_format import film_format
from tests.joins.sight import Picture, Sight
from tests.joins.takes import Take
from tests.media.coded_clips import Code

TONE_TOLERANCE_S = 0.001
_HALF = Fraction(1, 2)
_LAYOUTS = ("none", "mono", "stereo", "5.1")


def shown(take: Take, rate: Fraction) -> list[Code]:
    """Which frame of a clip stands in each frame of a film of `rate`.

    Each begins in the frame nearest to its own time, and stays until the next begins.
    """
    begins = [int(start * rate + _HALF) for start in take.starts]
    length = int(take.duration * rate + _HALF)
    return [
        (take.clip, max(number for number, begin in enumerate(begins) if begin <= place))
        for place in range(length)
    ]


def exact_faults(sight: Sight, takes: Sequence[Take], dissolve: Fraction | None) -> list[str]:
    """Everything in which a film is not to the frame, and to the millisecond, what it should be."""
    size, rate = film_format(takes)
    overlap = int(dissolve * rate + _HALF) if dissolve else 0
    wanted: list[Code | None] = []
    begins = []
    for take in takes:
        codes = shown(take, rate)
        begins.append(len(wanted) - (overlap if wanted else 0))
        mixed: list[Code | None] = [None] * (overlap if wanted else 0)
        wanted[begins[-1] :] = [*mixed, *codes[len(mixed) :]]
    faults = list(sight.complaints)
    if sight.size != size:
        faults.append(f"it is {sight.size[0]}x{sight.size[1]}, not {size[0]}x{size[1]}")
    faults += _picture_faults(sight.pictures, wanted, rate)
    tones = [
        float(begin / rate + take.tone_at)
        for begin, take in zip(begins, takes, strict=True)
        if take.layout != "none"
    ]
    faults += tone_faults(sight.onsets_s, tones, TONE_TOLERANCE_S)
    faults += _layout_faults(sight, takes)
    return faults + _length_faults(sight, Fraction(0), len(wanted) / rate, 1 / rate)


def _picture_faults(
    pictures: Sequence[Picture], wanted: Sequence[Code | None], rate: Fraction
) -> list[str]:
    faults = []
    if len(pictures) != len(wanted):
        faults.append(f"{len(pictures)} frames, not {len(wanted)}")
    for place, (picture, code) in enumerate(zip(pictures, wanted, strict=False)):
        if picture.at != place / rate:
            faults.append(f"frame {place} at {float(picture.at):.4f} s")
        elif code and picture.code != code:
            faults.append(f"frame {place} shows {picture.code}, not {code}")
        elif code and not picture.is_in_place:
            faults.append(f"frame {place} is distorted or moved")
    return faults[:3]


def tone_faults(heard: Sequence[float], wanted: Sequence[float], within_s: float) -> list[str]:
    """Tones that are missing, too many, early or late."""
    if len(heard) != len(wanted):
        return [f"{len(heard)} tones, not {len(wanted)}"]
    apart = max((abs(is_ - due) for is_, due in zip(heard, wanted, strict=True)), default=0)
    return [f"a tone is {apart * 1000:.1f} ms off"] if apart > within_s else []


def _layout_faults(sight: Sight, takes: Sequence[Take]) -> list[str]:
    """A film has the most channels that a clip has, at 48 kHz; none if no clip is heard."""
    widest = max((take.layout for take in takes), key=_LAYOUTS.index)
    wanted = (widest, 48_000) if widest != "none" else None
    heard = (sight.heard.layout, sight.heard.sample_rate_hz) if sight.heard else None
    return [f"its sound is {heard}, not {wanted}"] if heard != wanted else []


def _length_faults(sight: Sight, begin: Fraction, end: Fraction, frame: Fraction) -> list[str]:
    if sight.heard is None:
        return []
    if abs(sight.heard.begin - begin) > frame or abs(sight.heard.end - end) > frame:
        first, last = float(sight.heard.begin), float(sight.heard.end)
        return [f"sound from {first:.3f} to {last:.3f} s, picture to {float(end):.3f} s"]
    return []


def rough_faults(sight: Sight, takes: Sequence[Take]) -> list[str]:
    """What anybody would call wrong: everything here may be a frame off, in any size and rate.

    The size and rate of the film are its own affair; so is whether a small clip is enlarged.
    """
    times = [picture.at for picture in sight.pictures]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    frame = median(gaps) if gaps else Fraction(0)
    if not gaps or min(gaps) <= 0:
        return [*sight.complaints, "frames are not shown one after the other"]
    faults = list(sight.complaints)
    unread = sum(picture.code is None for picture in sight.pictures)
    if unread:
        faults.append(f"{unread} of {len(times)} frames are torn or distorted")
    elif not all(picture.is_in_place for picture in sight.pictures):
        faults.append("frames are distorted or moved")
    runs = _runs(sight.pictures)
    if [run[0].code[0] for run in runs if run[0].code] != [take.clip for take in takes]:
        return [*faults, f"clips are not shown once each in order: {len(runs)} runs"]
    ends = [*(run[0].at for run in runs[1:]), times[-1] + frame]
    for run, end, take in zip(runs, ends, takes, strict=True):
        faults += _run_faults(run, end, take, frame)
    tones = [
        float(run[0].at + take.tone_at)
        for run, take in zip(runs, takes, strict=True)
        if take.layout != "none"
    ]
    faults += tone_faults(sight.onsets_s, tones, float(frame))
    return faults + _length_faults(sight, times[0], ends[-1], frame + Fraction(1024, 44_100))


def _runs(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """The pictures of each clip; it begins anew where its numbers do."""
    runs: list[list[Picture]] = []
    last: Code | None = None
    for picture in pictures:
        if picture.code is None:
            continue
        if last is None or picture.code[0] != last[0] or picture.code[1] < last[1]:
            runs.append([])
        runs[-1].append(picture)
        last = picture.code
    return runs


def _run_faults(run: Sequence[Picture], end: Fraction, take: Take, frame: Fraction) -> list[str]:
    begin = run[0].at
    lasts = end - begin
    name = f"clip {take.clip}"
    if abs(lasts - take.duration) > max(frame, take.duration / len(take.times)) * Fraction(5, 4):
        return [f"{name} lasts {float(lasts):.3f} s, not {float(take.duration):.3f} s"]
    faults = []
    until = [*take.starts[1:], take.duration]
    for picture, after in zip(run, [*(each.at for each in run[1:]), end], strict=True):
        number = picture.code[1] if picture.code else 0
        # The frame of the film, widened by one for where the clip begins, and the clip's own.
        if (
            after - begin + frame < take.starts[number]
            or picture.at - begin - frame > until[number]
        ):
            faults.append(f"{name} shows frame {number} at {float(picture.at - begin):.3f} s")
            break
    seen = len({picture.code for picture in run})
    least = min(len(take.times), int(take.duration / frame)) - 1
    if seen < least:
        faults.append(f"{name} shows {seen} different frames, not {least + 1}")
    return faults
