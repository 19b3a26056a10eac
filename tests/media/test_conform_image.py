"""Images brought inside bounds: upright, with margins, small enough."""

from pathlib import Path

import pytest
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.conform import conform_image
from shotgraph.media.framing import Canvas

PLENTY = 10_000_000


async def test_margins_are_black_and_the_picture_is_in_the_middle(tmp_path: Path) -> None:
    Image.new("RGB", (100, 20), "white").save(tmp_path / "x.png")

    info = await conform_image(
        tmp_path / "x.png", tmp_path / "o", Canvas(100, 40, 100, 20), most_bytes=PLENTY
    )

    assert (info.container, info.width, info.height) == ("png", 100, 40)
    with Image.open(tmp_path / "o") as made:
        assert [made.getpixel((50, y)) for y in (0, 9, 10, 29, 30)] == [
            (0, 0, 0),
            (0, 0, 0),
            (255, 255, 255),
            (255, 255, 255),
            (0, 0, 0),
        ]


async def test_a_picture_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.new("RGB", (60, 30), "white")
    lying.paste("red", (0, 0, 30, 30))
    lying.save(tmp_path / "x.jpg", exif=exif, quality=95)

    await conform_image(
        tmp_path / "x.jpg", tmp_path / "o", Canvas(30, 60, 30, 60), most_bytes=PLENTY
    )

    with Image.open(tmp_path / "o") as made:
        assert made.size == (30, 60)
        top, bottom = made.getpixel((15, 10)), made.getpixel((15, 50))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert (top[0] > 240, top[1] < 20) == (True, True)
    assert bottom[1] > 240


async def test_what_is_seen_through_is_black(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(tmp_path / "x.png")

    await conform_image(
        tmp_path / "x.png", tmp_path / "o", Canvas(40, 40, 40, 40), most_bytes=PLENTY
    )

    with Image.open(tmp_path / "o") as made:
        assert made.getpixel((20, 20)) == (0, 0, 0)


async def test_a_large_file_becomes_a_jpeg_that_is_small_enough(tmp_path: Path) -> None:
    Image.effect_noise((400, 400), 90).convert("RGB").save(tmp_path / "x.png")
    canvas = Canvas(400, 400, 400, 400)

    info = await conform_image(tmp_path / "x.png", tmp_path / "o", canvas, most_bytes=90_000)

    assert info.container == "jpeg"
    assert info.size_bytes <= 90_000


async def test_what_can_not_be_made_small_enough_is_refused(tmp_path: Path) -> None:
    Image.effect_noise((400, 400), 90).convert("RGB").save(tmp_path / "x.png")
    canvas = Canvas(400, 400, 400, 400)

    with pytest.raises(MediaError, match="more than 9000 bytes even as a JPEG"):
        await conform_image(tmp_path / "x.png", tmp_path / "o", canvas, most_bytes=9000)
    assert not (tmp_path / "o").exists()


async def test_a_video_is_no_image(first: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="is mp4; an image is needed here"):
        await conform_image(first, tmp_path / "o", Canvas(40, 40, 40, 40), most_bytes=PLENTY)
