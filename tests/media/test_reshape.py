"""Crop and speed: exact in frames, in step with the sound, and refused before anything is made."""

import itertools
from fractions import Fraction
from math import floor
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageChops, ImageStat

from shotgraph.errors import MediaError
from shotgraph.media.framing import Window
from shotgraph.media.probe import read_media
from shotgraph.media.reshape import crop, speed
from shotgraph.media.reshaped import frames_at_speed, why_no_crop, why_no_speed
from shotgraph.media.smart.join import concat
from shotgraph.media.soundtrack import soundtrack
from shotgraph.media.treatment import Treatment
from tests.making.test_foreseen import clip
from tests.media.coded_clips import Sound, codes, read_codes, read_lumas, tone_onsets_s, write_clip
from tests.media.sounds import write_tone

NTSC = Fraction(30000, 1001)
RATES = st.sampled_from([Fraction(24), Fraction(25), NTSC, Fraction(60), Fraction(24000, 1001)])


def shown_at(frames: int, factor: Fraction) -> list[int]:
    """Which frame is shown in each, where a frame is due to the nearest of the film's times."""
    length = max(1, floor(frames / factor + Fraction(1, 2)))
    due = [floor(number / factor + Fraction(1, 2)) for number in range(frames)]
    return [
        max(number for number, time in enumerate(due) if time <= place) for place in range(length)
    ]


@given(
    frames=st.integers(1, 5000),
    rate=RATES,
    factor=st.fractions(Fraction(1, 20), 20, max_denominator=1000),
)
def test_the_length_is_that_of_the_clip_by_the_factor_to_the_nearest_frame(
    frames: int, rate: Fraction, factor: Fraction
) -> None:
    info = clip(frames=frames, frame_rate=rate, duration=frames / rate)

    made = frames_at_speed(info, factor)

    assert made >= 1
    assert abs(made - frames / factor) <= Fraction(1, 2) or made == 1
    assert (why_no_speed(info, "x.mp4", factor) is None) == (made <= 432_000)


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        ("1/21", "x.mp4 can't be shown 0.048 times as fast; 0.05 to 20 are allowed"),
        ("20.1", "x.mp4 can't be shown 20.1 times as fast"),
        ("0", "x.mp4 can't be shown 0 times as fast"),
    ],
)
def test_other_factors_are_refused(factor: str, said: str) -> None:
    assert said in str(why_no_speed(clip(), "x.mp4", Fraction(factor)))


def test_a_film_that_would_be_too_long_is_refused() -> None:
    long = clip(frames=86_400, duration=Fraction(3600))
    assert why_no_speed(long, "x.mp4", Fraction(1, 10)) == (
        "x.mp4 would have 864000 frames at that speed; at most 432000 are made"
    )


def test_a_crop_past_the_picture_is_refused_by_name() -> None:
    assert why_no_crop(clip(), "x.mp4", Window(width=1300, height=720)) == (
        "x.mp4: a crop of 1300 x 720 px from 0, 0 on reaches past the picture, which has 1280 x "
        "720 px"
    )


@pytest.mark.media
@pytest.mark.parametrize("factor", ["2", "1/2", "3", "0.4", "1.25", "4/3", "7.3", "1"])
@pytest.mark.parametrize("rate", [30, NTSC])
async def test_each_frame_is_shown_when_it_is_due(
    factor: str, rate: Fraction, tmp_path: Path
) -> None:
    times = Fraction(factor)
    source = write_clip(tmp_path / "x.mp4", clip=1, frames=45, rate=rate)

    made = await speed(source, tmp_path / "y.mp4", times)

    wanted = shown_at(45, times)
    assert read_codes(tmp_path / "y.mp4") == codes(1, wanted)
    assert (made.frames, made.frame_rate, made.audio) == (len(wanted), rate, None)


@pytest.mark.media
@pytest.mark.parametrize("factor", ["2", "1/2", "0.3", "1.25"])
async def test_beeps_stay_with_their_frames(factor: str, tmp_path: Path) -> None:
    times = Fraction(factor)
    sound = Sound(tone_at=Fraction(1, 2), and_at=(Fraction(3, 2), Fraction(5, 2)))
    source = write_clip(tmp_path / "x.mp4", clip=1, frames=90, sound=sound)

    made = await speed(source, tmp_path / "y.mp4", times)

    # A beep of 50 ms is stretched around its middle, and the sound is silent where it was.
    wanted = [(moment + Fraction(1, 40)) / times for moment in (sound.tone_at, *sound.and_at)]
    near_s = 0.012 if times >= Fraction(1, 2) else 0.025
    assert beeps_s(tmp_path / "y.mp4") == pytest.approx(list(map(float, wanted)), abs=near_s)
    assert made.audio is not None
    assert made.audio.duration == pytest.approx(float(made.frames / 30), abs=0.001)


@pytest.mark.media
@pytest.mark.parametrize("factor", ["1/2", "0.7", "2"])
async def test_sound_at_the_very_ends_is_kept(factor: str, tmp_path: Path) -> None:
    times, length = Fraction(factor), Fraction(3)
    beep = Fraction(1, 20)
    sound = Sound(seconds=length, tone_at=Fraction(0), and_at=(length - beep,))
    source = write_clip(tmp_path / "x.mp4", clip=1, frames=90, sound=sound)
    made = await speed(source, tmp_path / "y.mp4", times)

    wanted = [float(moment / times) for moment in (beep / 2, length - beep / 2)]
    assert made.frames == 90 / times if times != Fraction("0.7") else made.frames == 129
    assert beeps_s(tmp_path / "y.mp4") == pytest.approx(wanted, abs=0.012)


def beeps_s(path: Path) -> list[float]:
    """The middle of each beep, in seconds, by its strength."""
    samples = _samples(path)
    strength = [
        sum(sample * sample for sample in samples[begin : begin + 480])
        for begin in range(0, len(samples), 480)
    ]
    floor_of_noise = max(strength) / 100
    found: list[list[int]] = []
    for number, level in enumerate(strength):
        if level > floor_of_noise:
            if found and found[-1][-1] == number - 1:
                found[-1].append(number)
            else:
                found.append([number])
    return [
        sum((number + 0.5) * strength[number] for number in beep)
        / sum(strength[number] for number in beep)
        / 100
        for beep in found
    ]


def _samples(path: Path) -> list[int]:
    samples: list[int] = []
    with av.open(str(path)) as media:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        for frame in media.decode(audio=0):
            for part in resampler.resample(frame):
                samples += memoryview(bytes(part.planes[0])[: part.samples * 2]).cast("h").tolist()
    return samples


@pytest.mark.media
async def test_the_pitch_stays(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "x.mp4", clip=1, frames=60)
    tone = write_tone(tmp_path / "x.wav", seconds=2, pitch_hz=440)
    await soundtrack(source, tone, tmp_path / "sung.mp4")
    await speed(tmp_path / "sung.mp4", tmp_path / "y.mp4", Fraction(3, 2))

    assert _pitch_hz(tmp_path / "y.mp4") == pytest.approx(440, rel=0.01)


def _pitch_hz(path: Path) -> float:
    samples = _samples(path)
    middle = samples[12_000:48_000]
    rises = sum(before < 0 <= after for before, after in itertools.pairwise(middle))
    return rises / (len(middle) / 48_000)


@pytest.mark.media
async def test_sound_is_dropped_and_that_is_said(first: Path, tmp_path: Path) -> None:
    said: list[Treatment] = []

    made = await speed(first, tmp_path / "y.mp4", Fraction(2), keeps_sound=False, note=said.append)

    assert made.audio is None
    assert said[0].clips[0].changes == (
        "its colours, of no named matrix, are read as BT.601 and made BT.709",
        "its 40 frames are made 20, 2 times as fast",
        "its sound is removed",
    )


@pytest.mark.media
async def test_a_turned_clip_is_cropped_as_it_is_shown(turned: Path, tmp_path: Path) -> None:
    """Of 180 x 320, as shown, the lower half: what lies there is what is seen."""
    said: list[Treatment] = []
    window = Window(width=180, height=Fraction(1, 2), left=0, top=Fraction(1, 2))

    made = await crop(turned, tmp_path / "y.mp4", window, note=said.append)

    assert (made.width, made.height, made.frames, made.rotation) == (180, 160, 20, 0)
    assert made.audio is not None
    assert tone_onsets_s(tmp_path / "y.mp4") == pytest.approx([0], abs=0.001)
    assert "180 x 160 px are cut out of it, from 0, 160 on" in said[0].clips[0].changes
    # Put back into the place where it was, it completes each picture.
    whole = tmp_path / "whole.mp4"
    await concat([turned], whole)
    _same_below(whole, tmp_path / "y.mp4", from_y=160)


def _same_below(whole: Path, part: Path, *, from_y: int) -> None:
    for is_, of in zip(read_lumas(part), read_lumas(whole), strict=True):
        there = of.crop((0, from_y, of.width, of.height))
        assert ImageStat.Stat(ImageChops.difference(is_, there)).mean[0] < 3


@pytest.mark.media
async def test_uneven_clips_keep_every_moment(tmp_path: Path) -> None:
    times = [*range(0, 40, 2), *range(40, 80)]
    source = write_clip(tmp_path / "x.mp4", clip=1, frames=60, rate=30, times=times)

    made = await speed(source, tmp_path / "y.mp4", Fraction(1, 2))

    shown = read_codes(tmp_path / "y.mp4")
    assert {code[1] for code in shown if code} == set(range(60))
    assert made.frames == frames_at_speed(read_media(source), Fraction(1, 2))


@pytest.mark.media
async def test_nothing_is_left_of_what_failed(first: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="reaches past the picture"):
        await crop(first, tmp_path / "x.mp4", Window(width=640, height=360))
    with pytest.raises(MediaError, match="times as fast"):
        await speed(first, tmp_path / "x.mp4", Fraction(30))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.media
@pytest.mark.parametrize(("frames", "factor"), [(1, 3), (1, 20), (2, 5)])
async def test_at_least_one_frame_is_left(frames: int, factor: int, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", clip=1, frames=frames, rate=24)

    made = await speed(source, tmp_path / "fast.mp4", Fraction(factor))

    assert made.frames == 1
