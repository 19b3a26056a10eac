"""Parts of clips in another size, rate and length: which frames are in them."""

from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.conform import conform_clip
from shotgraph.media.probe import read_media
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.smart import verify
from shotgraph.media.split import rejoin
from shotgraph.media.target_format import TargetFormat
from tests.media.coded_clips import (
    SIZE,
    Sound,
    codes,
    fitted,
    read_codes,
    resampled,
    tone_onsets_s,
    write_clip,
)

pytestmark = pytest.mark.media

NTSC_FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)


def at(rate: Fraction | int, size: tuple[int, int] = SIZE) -> TargetFormat:
    return TargetFormat(*size, Fraction(rate))


@pytest.mark.parametrize("rate", [Fraction(24), NTSC_FILM, NTSC, Fraction(60)])
async def test_a_part_begins_and_ends_at_its_frames(rate: Fraction, tmp_path: Path) -> None:
    # Few key frames and B-frames: a part begins in the middle of what is coded together.
    options = {"g": "50", "bf": "2"}
    clip = write_clip(
        tmp_path / "x.mp4", clip=7, frames=90, rate=rate, options=options, sound=Sound()
    )

    for first, frames in ((0, 20), (1, 30), (17, 40), (89, 1)):
        made = tmp_path / "part.mp4"
        info = await conform_clip(clip, made, at(rate), first=first, frames=frames)

        assert info.frame_rate == (rate if frames > 1 else info.frame_rate)
        assert read_codes(made) == codes(7, range(first, first + frames))


async def test_a_part_of_a_clip_that_begins_late(tmp_path: Path) -> None:
    late = [number + 10 for number in range(40)]
    clip = write_clip(tmp_path / "x.mp4", clip=7, frames=40, rate=25, times=late)

    await conform_clip(clip, tmp_path / "part.mp4", at(25), first=5, frames=30)

    assert read_codes(tmp_path / "part.mp4") == codes(7, range(5, 35))


async def test_film_rate_is_shown_frame_by_frame_and_undone(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=7, frames=48, rate=NTSC_FILM, sound=Sound())
    retime = NTSC_FILM / 24

    shown = await conform_clip(
        clip, tmp_path / "sent.mp4", at(24), first=0, frames=72, retime=retime
    )
    back = await rejoin(
        [tmp_path / "sent.mp4"],
        tmp_path / "back.mp4",
        frames=[48],
        sent=[72],
        frame_rate=NTSC_FILM,
        sound_of=clip,
    )

    assert shown.duration == 3
    held = codes(7, [*range(48), *([47] * 24)])
    assert read_codes(tmp_path / "sent.mp4") == held
    assert (back.frame_rate, back.frames) == (NTSC_FILM, 48)
    assert read_codes(tmp_path / "back.mp4") == codes(7, range(48))
    assert tone_onsets_s(tmp_path / "back.mp4") == pytest.approx([0], abs=0.002)


@pytest.mark.parametrize(("rate", "made"), [(15, 30), (12, 24), (120, 60), (100, 50)])
async def test_multiples_are_repeated_or_left_out(rate: int, made: int, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=7, frames=40, rate=rate)
    shown = resampled(40, rate, made)

    await conform_clip(clip, tmp_path / "o.mp4", at(made), first=0, frames=len(shown))

    assert read_codes(tmp_path / "o.mp4") == codes(7, shown)


@pytest.mark.parametrize(("rate", "made"), [(120, 60), (120, 24), (100, 30)])
async def test_a_clip_is_held_whose_last_frames_are_left_out(
    rate: int, made: int, tmp_path: Path
) -> None:
    """The last one is due when the clip is over: it, or the one before, is held."""
    clip = write_clip(tmp_path / "x.mp4", clip=7, frames=40, rate=rate)
    shown = [*resampled(40, rate, made)]

    await conform_clip(clip, tmp_path / "o.mp4", at(made), first=0, frames=len(shown) + 5)

    found = [code[1] for code in read_codes(tmp_path / "o.mp4") if code is not None]
    assert found[: len(shown)] == shown
    assert len(found) == len(shown) + 5
    assert set(found[len(shown) :]) <= set(range(shown[-1], 40))


async def test_a_part_that_fails_its_check_is_no_film(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "picture_differences", lambda *_, **__: ["frame 3 shows frame 2"])
    with pytest.raises(MediaError) as caught:
        await conform_clip(first, tmp_path / "o.mp4", at(30), first=0, frames=4)
    assert str(caught.value) == (
        "the clip that was made to fit failed its check, and was neither kept nor sent: "
        "frame 3 shows frame 2; a clip of 30 frames a second has less to be fitted: "
        "ffmpeg -i CLIP -r 30 NEW.mp4"
    )
    assert list(tmp_path.iterdir()) == []


async def test_a_wide_picture_gets_margins_and_no_distortion(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=7, frames=5, size=(640, 160))
    inside = (360, 120)

    await conform_clip(clip, tmp_path / "o.mp4", at(30, inside), first=0, frames=5)

    box = fitted((640, 160), inside)
    assert box[3] - box[1] == 90
    assert read_codes(tmp_path / "o.mp4", box) == codes(7, range(5))


async def test_sound_goes_along_where_it_is_wanted(tmp_path: Path) -> None:
    sound = Sound(tone_at=Fraction(1))
    clip = write_clip(tmp_path / "x.mp4", clip=7, frames=60, sound=sound)

    info = await conform_clip(
        clip, tmp_path / "o.mp4", at(30), first=15, frames=45, with_sound=True
    )

    assert info.audio is not None
    assert tone_onsets_s(tmp_path / "o.mp4") == pytest.approx([0.5], abs=0.002)


@pytest.mark.parametrize("came_back", [30, 29, 32])
async def test_pieces_fill_their_frames_whatever_came_back(came_back: int, tmp_path: Path) -> None:
    # A model may return another rate, or a frame more or less.
    pieces = [
        write_clip(tmp_path / "0.mp4", clip=1, frames=24, rate=24),
        write_clip(tmp_path / "1.mp4", clip=2, frames=came_back, rate=24),
    ]

    info = await rejoin(
        pieces,
        tmp_path / "o.mp4",
        frames=[30, 30],
        sent=[30, 30],
        frame_rate=Fraction(30),
        sound_of=None,
    )

    found = read_codes(tmp_path / "o.mp4")
    assert info.frames == len(found) == 60
    assert {code[0] for code in found[:30] if code} == {1}
    assert {code[0] for code in found[30:] if code} == {2}
    if came_back == 30:  # as many as were sent: each is shown once
        assert found[30:] == codes(2, range(30))


def coded_sound(path: Path) -> list[bytes]:
    """The coded sound of a file, packet by packet."""
    with av.open(str(path)) as media:
        return [bytes(packet) for packet in media.demux(media.streams.audio[0]) if packet.size]


async def kept(shot: Path, target: Path, frames: int = 60) -> Path:
    """A shot whose picture came back from a model, with the shot's sound."""
    painted = write_clip(target.with_name("painted.mp4"), clip=2, frames=frames)
    rate, many = Fraction(30), [frames]
    await rejoin([painted], target, frames=many, sent=many, frame_rate=rate, sound_of=shot)
    assert read_codes(target) == codes(2, range(frames))
    return target


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
async def test_the_sound_of_a_shot_is_kept_bit_for_bit(
    layout: str, rate_hz: int, tmp_path: Path
) -> None:
    sound = Sound(rate_hz, layout, tone_at=Fraction(1))
    shot = write_clip(tmp_path / "x.mp4", clip=1, frames=60, sound=sound)
    back = await kept(shot, tmp_path / "o.mp4")
    assert coded_sound(back) == coded_sound(shot)
    assert tone_onsets_s(back) == tone_onsets_s(shot) == pytest.approx([1], abs=0.002)


@pytest.mark.parametrize(
    ("sound", "container"),
    [
        (Sound(seconds=Fraction(3)), "mp4"),
        (Sound(seconds=Fraction(1)), "mp4"),
        (Sound(codec="pcm_s16le"), "mov"),
        (Sound(codec="libopus"), "mp4"),
    ],
    ids=["longer", "shorter", "pcm", "opus"],
)
async def test_other_sounds_are_coded_and_as_long_as_the_shot(
    sound: Sound, container: str, tmp_path: Path
) -> None:
    name = tmp_path / f"x.{container}"
    shot = write_clip(name, clip=1, frames=60, sound=sound, container=container)
    info = read_media(await kept(shot, tmp_path / "o.mp4"))
    assert info.audio is not None
    assert info.audio.codec == "aac"
    assert info.audio.duration == 2
    assert tone_onsets_s(tmp_path / "o.mp4") == pytest.approx([0], abs=0.002)


async def test_a_sound_with_edits_is_coded_as_it_is_heard(tmp_path: Path) -> None:
    sound = Sound(tone_at=Fraction(2))
    long = write_clip(tmp_path / "long.mp4", clip=1, frames=120, sound=sound)
    shot = tmp_path / "x.mp4"
    cut = ffmpeg.input(str(long), ss="1.5").output(str(shot), c="copy", t="2")
    await run_ffmpeg(cut)
    back = await kept(shot, tmp_path / "o.mp4")
    assert tone_onsets_s(back) == pytest.approx([0.5], abs=0.002)


async def test_a_silent_shot_has_no_sound_to_keep(first: Path, mute: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="has no sound to keep"):
        await rejoin(
            [first],
            tmp_path / "o.mp4",
            frames=[40],
            sent=[40],
            frame_rate=Fraction(30),
            sound_of=mute,
        )
    assert not list(tmp_path.iterdir())
