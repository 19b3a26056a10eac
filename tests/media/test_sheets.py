"""Sheets show the right frames, upright, in the right place."""

from collections.abc import Awaitable, Callable
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.sheets.preview import preview, wanted_times
from shotgraph.media.sheets.sheet import clock, contact_sheet, filmstrip, poster, side_by_side, wipe
from shotgraph.media.sheets.stills import middles, of_keys, read_moments
from shotgraph.media.smart.join import concat
from tests.media.coded_clips import Code, codes, read_code, read_lumas, write_clip

GAP = 4
Make = Callable[[Path, Path], Awaitable[MediaInfo]]


def tiles(sheet: Path, size: tuple[int, int]) -> list[Code | None]:
    """What the pictures of a sheet say, row by row."""
    with Image.open(sheet) as picture:
        across, down = (picture.width - GAP) // (size[0] + GAP), picture.height // (size[1] + GAP)
        assert picture.size == (across * (size[0] + GAP) + GAP, down * (size[1] + GAP) + GAP)
        boxes = [
            (left, top, left + size[0], top + size[1])
            for top in range(GAP, picture.height, size[1] + GAP)
            for left in range(GAP, picture.width, size[0] + GAP)
        ]
        return [read_code(picture, box) for box in boxes]


@pytest.fixture(scope="module")
def shots(shelf: Path) -> Path:
    """Clip 5: 40 frames with a key frame in every fifth."""
    options = {"preset": "ultrafast", "crf": "20", "g": "5", "sc_threshold": "0"}
    return write_clip(shelf / "shots.mp4", clip=5, frames=40, options=options)


async def test_a_filmstrip_is_spread_over_the_clip(first: Path, tmp_path: Path) -> None:
    info = await filmstrip(first, tmp_path / "x.png", frames=8)

    assert (info.kind, info.width, info.height) == ("image", 8 * 260 + 4, 152)
    assert tiles(tmp_path / "x.png", (256, 144)) == codes(1, range(2, 40, 5))


async def test_pictures_are_upright_with_square_pixels(turned: Path, tmp_path: Path) -> None:
    flat = write_clip(
        tmp_path / "flat.mp4", clip=8, frames=4, size=(240, 180), aspect=Fraction(4, 3)
    )

    await filmstrip(turned, tmp_path / "x.png", frames=4)
    await filmstrip(flat, tmp_path / "y.webp", frames=9)

    assert tiles(tmp_path / "x.png", (144, 256)) == codes(4, (2, 7, 12, 17))
    assert tiles(tmp_path / "y.webp", (256, 144)) == codes(8, range(4))


async def test_a_contact_sheet_takes_key_frames_if_there_are_enough(
    shots: Path, tmp_path: Path
) -> None:
    await contact_sheet(shots, tmp_path / "keys.png", columns=4, rows=2)
    await contact_sheet(shots, tmp_path / "half.png", columns=2, rows=2)
    await contact_sheet(shots, tmp_path / "even.png", columns=5, rows=2)

    assert read_moments(shots).key_times == tuple(Fraction(n, 6) for n in range(8))
    assert tiles(tmp_path / "keys.png", (320, 180)) == codes(5, range(0, 40, 5))
    assert tiles(tmp_path / "half.png", (320, 180)) == codes(5, (5, 15, 25, 35))
    assert tiles(tmp_path / "even.png", (320, 180)) == codes(5, range(2, 40, 4))


async def test_a_contact_sheet_of_a_film_shows_its_shots(
    first: Path, second: Path, tmp_path: Path
) -> None:
    await concat([first, second, first, second], tmp_path / "film.mp4")

    await contact_sheet(tmp_path / "film.mp4", tmp_path / "x.jpg", columns=2, rows=2)

    assert tiles(tmp_path / "x.jpg", (320, 180)) == [(1, 0), (2, 0), (1, 0), (2, 0)]


async def test_sheets_of_one_frame(tmp_path: Path) -> None:
    one = write_clip(tmp_path / "one.mp4", clip=7, frames=1)
    strip, sheet, still = (tmp_path / name for name in ("a.png", "b.png", "c.png"))

    await filmstrip(one, strip)
    await contact_sheet(one, sheet)
    await poster(one, still)
    await preview(one, tmp_path / "d.webp")
    compared = await wipe(one, one, tmp_path / "e.mp4")

    assert (tiles(strip, (256, 144)), tiles(sheet, (320, 180))) == ([(7, 0)], [(7, 0)])
    with Image.open(still) as picture, Image.open(tmp_path / "d.webp") as moving:
        assert (read_code(picture), read_code(moving)) == ((7, 0), (7, 0))
    assert compared.frames == 30


async def test_a_poster_is_a_frame_like_the_others(tmp_path: Path) -> None:
    # Clip 0 begins with its darkest frame; most frames of clip 255 are lighter than that.
    film = tmp_path / "film.mp4"
    dark = write_clip(tmp_path / "dark.mp4", clip=0, frames=4)
    light = write_clip(tmp_path / "light.mp4", clip=255, frames=30)
    await concat([dark, light], film)

    info = await poster(film, tmp_path / "x.jpg")

    assert (info.codec, info.width, info.height) == ("mjpeg", 320, 180)
    with Image.open(tmp_path / "x.jpg") as picture:
        code = read_code(picture)
    assert code is not None
    assert code[0] == 255


async def test_a_preview_moves_and_is_small(first: Path, tmp_path: Path) -> None:
    info = await preview(first, tmp_path / "x.webp")

    assert info.size_bytes < 60_000
    with Image.open(tmp_path / "x.webp") as moving:
        assert getattr(moving, "n_frames", 1) == 13
        assert moving.info["loop"] == 0
        seen = []
        for number in range(13):
            moving.seek(number)
            seen.append(read_code(moving))
    assert seen == codes(1, range(0, 39, 3))


async def test_a_preview_gives_quality_for_size_and_fails_if_it_must(
    first: Path, tmp_path: Path
) -> None:
    full = await preview(first, tmp_path / "x.webp")
    less = await preview(first, tmp_path / "x.webp", most_bytes=full.size_bytes - 1)
    assert less.size_bytes < full.size_bytes
    kept = (tmp_path / "x.webp").read_bytes()

    with pytest.raises(MediaError, match=r"takes \d+ bytes at the lowest quality; 99 are allowed"):
        await preview(first, tmp_path / "x.webp", most_bytes=99)

    assert [path.name for path in tmp_path.iterdir()] == ["x.webp"]
    assert (tmp_path / "x.webp").read_bytes() == kept


def test_a_long_film_is_previewed_in_parts() -> None:
    times = wanted_times(Fraction(100))

    assert len(times) == 50
    assert [times[number] for number in (0, 9, 10, 49)] == [
        0,
        Fraction("0.9"),
        Fraction("24.75"),
        Fraction("99.9"),
    ]
    assert wanted_times(Fraction(1, 100)) == [0]


async def test_before_and_after(first: Path, turned: Path, tmp_path: Path) -> None:
    still = await side_by_side(first, turned, tmp_path / "x.png")
    film = await wipe(first, turned, tmp_path / "x.mp4")

    assert (still.width, still.height) == (320 + GAP + 101, 180)
    with Image.open(tmp_path / "x.png") as picture:
        assert read_code(picture, (0, 0, 320, 180)) == (1, 20)
        assert read_code(picture, (324, 0, 425, 180)) == (4, 10)
    assert (film.width, film.height, film.frames, film.audio) == (180, 320, 30, None)
    lumas = list(read_lumas(tmp_path / "x.mp4"))
    assert read_code(lumas[0], (0, 109, 180, 211)) == (1, 0)
    # Half way, on the right, what is still to come is padded with black.
    assert max(lumas[15].crop((170, 0, 180, 20)).tobytes()) < 40
    # `turned` ends after 20 frames and is held.
    assert read_code(lumas[-1]) == (4, 19)


@pytest.mark.parametrize("make", [filmstrip, contact_sheet, poster])
async def test_only_pictures_are_made_of_videos(make: Make, first: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"x\.gif: it must end in \.png, \.jpg"):
        await make(first, tmp_path / "x.gif")
    Image.new("RGB", (8, 8)).save(tmp_path / "still.png")
    with pytest.raises(MediaError, match="a video is needed"):
        await make(tmp_path / "still.png", tmp_path / "x.png")

    assert [path.name for path in tmp_path.iterdir()] == ["still.png"]


async def test_numbers_have_bounds(first: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="filmstrip is 41; allowed are 1 to 40"):
        await filmstrip(first, tmp_path / "x.png", frames=41)
    with pytest.raises(MediaError, match="rows of a contact sheet is 0; allowed are 1 to 10"):
        await contact_sheet(first, tmp_path / "x.png", rows=0)


def test_key_frames_are_taken_only_if_there_are_enough(shots: Path) -> None:
    moments = read_moments(shots)

    assert of_keys(moments, 4, least=8).is_of_keys
    assert not of_keys(moments, 4, least=9).is_of_keys
    assert middles(3, 9) == (0, 1, 2)


def test_times_are_written_as_people_do() -> None:
    written = [clock(seconds) for seconds in (Fraction(0), Fraction(1499, 100), Fraction(3661))]

    assert written == ["0:00.0", "0:15.0", "1:01:01.0"]
