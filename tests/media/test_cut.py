"""Films of clips that follow one another without a transition."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.reader import picture_of
from shotgraph.media.smart.join import concat
from shotgraph.media.transition import Transition
from tests.media.coded_clips import (
    SIZE,
    Code,
    Sound,
    codes,
    fitted,
    read_code,
    read_codes,
    read_lumas,
    resampled,
    tone_onsets_s,
    write_clip,
)

FILM = Fraction(24000, 1001)


def coded_pictures(path: Path) -> list[bytes]:
    """The bytes of each coded picture, without the headers that a join may put before it."""
    with av.open(str(path)) as media:
        return [bytes(packet)[-200:] for packet in media.demux(video=0) if packet.size]


async def test_alike_clips_are_copied_frame_by_frame(
    first: Path, second: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"

    info = await concat([first, second, first], film)

    assert read_codes(film) == codes(1, range(40)) + codes(2, range(25)) + codes(1, range(40))
    assert (info.frames, info.duration) == (105, Fraction(7, 2))
    assert info.frame_rate == 30
    assert coded_pictures(film) == (
        coded_pictures(first) + coded_pictures(second) + coded_pictures(first)
    )
    assert info.audio is not None
    assert info.audio.duration == info.duration
    # The sound of the second clip is longer than its picture; the third does not come late for it.
    assert tone_onsets_s(film) == pytest.approx([0, 40 / 30, 65 / 30], abs=0.0005)


@pytest.mark.slow
async def test_many_joins_do_not_drift(second: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"

    info = await concat([second] * 30, film)

    assert info.frames == 750
    assert tone_onsets_s(film) == pytest.approx([n * 25 / 30 for n in range(30)], abs=0.0005)


@pytest.mark.slow
async def test_broken_rates_do_not_drift_either(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=25, rate=FILM, sound=Sound())
    film = tmp_path / "film.mp4"

    info = await concat([clip] * 20, film)

    assert (info.frames, info.frame_rate) == (500, FILM)
    assert tone_onsets_s(film) == pytest.approx([float(n * 25 / FILM) for n in range(20)], abs=5e-4)


async def test_no_clock_drifts_by_a_tick(tmp_path: Path) -> None:
    # Their lengths are no whole microseconds, by which a list of clips is timed.
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=2, rate=FILM, size=(64, 36))

    await concat([clip] * 100, tmp_path / "film.mp4")

    with av.open(str(tmp_path / "film.mp4")) as media:
        times = [packet.pts for packet in media.demux(video=0) if packet.pts is not None]
    assert sorted(times) == [1001 * number for number in range(200)]


async def test_one_clip_is_a_film_too(first: Path, tmp_path: Path) -> None:
    info = await concat([first], tmp_path / "film.mp4")

    assert info.audio is not None
    assert info.audio.duration == info.duration == Fraction(4, 3)
    assert read_codes(tmp_path / "film.mp4") == codes(1, range(40))


async def test_no_clip_is_none(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no clip"):
        await concat([], tmp_path / "film.mp4")


async def test_without_any_sound_the_film_has_none(mute: Path, tmp_path: Path) -> None:
    info = await concat([mute, mute], tmp_path / "film.mp4")

    assert info.audio is None
    assert info.frames == 48
    assert info.frame_rate == 24
    assert read_codes(tmp_path / "film.mp4") == codes(3, range(24)) * 2


@pytest.mark.slow
async def test_all_kinds_of_clips_in_one_film(
    first: Path, mute: Path, turned: Path, tmp_path: Path
) -> None:
    cinema = write_clip(
        tmp_path / "cinema.mp4",
        clip=5,
        frames=24,
        rate=FILM,
        sound=Sound(sample_rate_hz=44_100, layout="mono", seconds=Fraction(1, 2)),
    )
    standing = write_clip(
        tmp_path / "standing.mov", clip=6, frames=10, size=(180, 320), container="mov"
    )
    uneven = write_clip(tmp_path / "uneven.mp4", clip=7, frames=4, times=[0, 1, 3, 4])
    flat = write_clip(
        tmp_path / "flat.mp4", clip=8, frames=10, size=(240, 180), aspect=Fraction(4, 3)
    )
    web = write_clip(
        tmp_path / "web.webm",
        clip=9,
        frames=15,
        container="webm",
        codec="libvpx",
        sound=Sound(codec="libopus", tone_at=Fraction(1, 10)),
    )
    film = tmp_path / "film.mp4"
    clips = [mute, first, cinema, turned, standing, uneven, flat, web]

    info = await concat(clips, film)

    upright = fitted((180, 320), SIZE)
    wanted = [
        (3, resampled(24, 24, 30), None),
        (1, range(40), None),
        (5, resampled(24, FILM, 30), None),
        (4, range(20), upright),
        (6, range(10), upright),
        (7, [0, 1, 1, 2, 3], None),
        (8, range(10), None),
        (9, range(15), None),
    ]
    lengths = [len(numbers) for _, numbers, _ in wanted]
    assert (info.width, info.height) == (320, 180)
    assert info.frame_rate == 30
    assert info.frames == sum(lengths)
    lumas = read_lumas(film)
    for clip, numbers, box in wanted:
        shown: Sequence[Code | None] = [read_code(next(lumas), box) for _ in numbers]
        assert shown == codes(clip, numbers)
    begins = [sum(lengths[:place]) / 30 for place in (1, 2, 3, 7)]
    begins[-1] += 0.1
    assert tone_onsets_s(film) == pytest.approx(begins, abs=0.001)


@pytest.mark.parametrize(
    ("layouts", "layout"),
    [(["mono", "mono"], "mono"), (["mono", "stereo"], "stereo"), (["5.1", "mono"], "5.1")],
)
async def test_a_film_has_the_widest_sound_of_its_clips(
    layouts: list[str], layout: str, tmp_path: Path
) -> None:
    clips = [
        write_clip(
            tmp_path / f"{number}.mp4",
            clip=number,
            frames=10,
            sound=Sound(sample_rate_hz=44_100, layout=each),
        )
        for number, each in enumerate(layouts)
    ]

    info = await concat(clips, tmp_path / "film.mp4")

    assert info.audio is not None
    assert (info.audio.layout, info.audio.sample_rate_hz) == (layout, 48_000)
    assert tone_onsets_s(tmp_path / "film.mp4") == pytest.approx([0, 1 / 3], abs=0.001)


async def test_the_first_sound_may_come_late(mute: Path, first: Path, tmp_path: Path) -> None:
    await concat([mute, first], tmp_path / "film.mp4")

    assert tone_onsets_s(tmp_path / "film.mp4") == pytest.approx([1], abs=0.0005)


async def test_pictures_and_sounds_are_not_clips(first: Path, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (64, 36)).save(tmp_path / "x.png")

    with pytest.raises(MediaError, match=r"x\.png is image; a video is needed"):
        await concat([first, tmp_path / "x.png"], tmp_path / "film.mp4")


async def test_a_film_that_fails_its_check_is_no_file(first: Path, tmp_path: Path) -> None:
    # Two damaged pictures in a file that is whole by every header: copying does not notice.
    broken = bytearray(first.read_bytes())
    with av.open(str(first)) as media:
        picture = picture_of(media)
        places = [packet.pos for packet in media.demux(picture) if packet.pos is not None]
    for place in places[10:30]:
        broken[place + 5 : place + 60] = b"\xff" * 55
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(broken)
    film = tmp_path / "film.mp4"
    film.write_bytes(b"the film of yesterday")

    with pytest.raises(MediaError):
        await concat([first, clip], film)

    assert film.read_bytes() == b"the film of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "film.mp4"]


@pytest.mark.slow
async def test_the_same_clips_make_the_same_bytes(
    first: Path, second: Path, mute: Path, tmp_path: Path
) -> None:
    for clips in ([first, second], [first, mute]):
        films = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
        for film in films:
            await concat(clips, film, transition=Transition(kind="cut"))
        assert films[0].read_bytes() == films[1].read_bytes()
        assert b"Lavf" not in films[0].read_bytes()
