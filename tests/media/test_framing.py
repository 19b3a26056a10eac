"""How clips of another shape fill a film, and which part of a picture a crop takes."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.framing import Fit, Framing, Window, coded_colour, covering
from shotgraph.media.info import MediaInfo
from shotgraph.media.smart.join import concat
from shotgraph.media.target_format import Coding, TargetFormat, WantedFormat
from shotgraph.media.treatment import Treatment, picture_changes
from tests.making.test_foreseen import clip
from tests.media.coded_clips import codes, read_codes, read_lumas, write_clip

SIDES = st.integers(16, 4000).map(lambda side: side * 2)
SHARES = st.fractions(0, 1, max_denominator=1000)
POINTS = st.tuples(SHARES, SHARES)


@given(width=SIDES, height=SIDES, focus=POINTS, ratio=st.fractions(Fraction(1, 3), 3))
def test_a_shape_around_a_point_lies_inside_and_is_as_large_as_it_can_be(
    width: int, height: int, focus: tuple[Fraction, Fraction], ratio: Fraction
) -> None:
    try:
        box = Window(aspect_ratio=ratio, focus=focus).box(width, height)
    except MediaError:
        assert min(width, height) / max(ratio, 1 / ratio) < 18
        return
    assert all(part % 2 == 0 for part in box)
    assert box.left >= 0 <= box.top
    assert box.left + box.width <= width
    assert box.top + box.height <= height
    assert box.width >= width - 2 or box.height >= height - 2
    for begin, inner, whole, share in (
        (box.left, box.width, width, focus[0]),
        (box.top, box.height, height, focus[1]),
    ):
        wanted = share * whole - Fraction(inner, 2)
        assert abs(begin - max(Fraction(0), min(wanted, Fraction(whole - inner)))) <= 1


@given(width=SIDES, height=SIDES, parts=st.tuples(SHARES, SHARES, SHARES, SHARES))
def test_shares_are_to_the_nearest_even_pixel(
    width: int, height: int, parts: tuple[Fraction, ...]
) -> None:
    left, top, right, bottom = parts
    window = Window(
        left=min(left, right),
        top=min(top, bottom),
        width=abs(right - left),
        height=abs(bottom - top),
    )
    try:
        box = window.box(width, height)
    except MediaError:
        assert min(abs(right - left) * width, abs(bottom - top) * height) < 16
        return
    assert all(part % 2 == 0 for part in box)
    assert box.left + box.width <= width
    assert box.top + box.height <= height
    assert abs(box.width - abs(right - left) * width) <= 1
    # Two roundings may add up to one more line than there is: then it begins one earlier.
    assert abs(box.left - min(left, right) * width) <= 3


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (Window(width=640, height=360, left=1000, top=0), "640 x 360 px from 1000, 0 on reaches"),
        (Window(width=1400, height=360), "1400 x 360 px from 0, 180 on reaches past"),
        (Window(width=14, height=360), "14 x 360 px is too small: at least 16 px"),
        (Window(width=Fraction(1, 200), height=Fraction(1)), "6 x 720 px is too small"),
        (Window(aspect_ratio=Fraction(1, 60)), "12 x 720 px is too small"),
    ],
)
def test_what_can_not_be_cut_out_is_refused(window: Window, said: str) -> None:
    with pytest.raises(MediaError, match=said):
        window.box(1280, 720)


@given(size=st.tuples(SIDES, SIDES), film=st.tuples(SIDES, SIDES), focus=POINTS)
def test_a_covering_picture_leaves_nothing_empty_and_is_not_distorted(
    size: tuple[int, int], film: tuple[int, int], focus: tuple[Fraction, Fraction]
) -> None:
    info = clip(width=size[0], height=size[1])

    width, height, box = covering(info, TargetFormat(*film, Fraction(24)), focus)

    assert box[2:] == film
    assert box.left + box.width <= width
    assert box.top + box.height <= height
    assert (width - film[0] <= 1) or (height - film[1] <= 1)
    # To the pixel that is rounded away.
    assert abs(Fraction(width, height) * size[1] / size[0] - 1) <= Fraction(2, min(width, height))


@pytest.mark.parametrize(
    ("colour", "coded"),
    [
        ("#000000", (16, 128, 128)),
        ("#ffffff", (235, 128, 128)),
        ("#ff0000", (63, 102, 240)),
        ("#00ff00", (173, 42, 26)),
        ("#0000ff", (32, 240, 118)),
    ],
)
def test_colours_are_those_of_bt_709(colour: str, coded: tuple[int, int, int]) -> None:
    assert coded_colour(colour) == coded
    ten = coded_colour(colour, ten_bit=True)
    assert all(abs(fine - 4 * coarse) <= 2 for fine, coarse in zip(ten, coded, strict=True))


def shape(tmp_path: Path, name: str, size: tuple[int, int]) -> Path:
    return write_clip(tmp_path / name, clip=len(name), frames=6, rate=24, size=size)


def _grey(path: Path, number: int = -1) -> Image.Image:
    return list(read_lumas(path))[number]


@pytest.mark.media
@pytest.mark.parametrize("shape_of", [(180, 320), (320, 180)])
async def test_blur_keeps_all_of_the_picture_before_itself(
    shape_of: tuple[int, int], tmp_path: Path
) -> None:
    wide = write_clip(tmp_path / "w.mp4", clip=1, frames=30, rate=24, size=shape_of[::-1])
    other = write_clip(tmp_path / "o.mp4", clip=170, frames=6, rate=24, size=shape_of)
    said: list[Treatment] = []

    film = tmp_path / "film.mp4"
    await concat([wide, other], film, framing=Framing("blur"), note=said.append)

    width, height = shape_of[::-1]
    inner = round(min(width, height) * min(width, height) / max(width, height) / 2) * 2
    before = (max(width, height) - inner) // 4 * 2
    box = (
        (before, 0, before + inner, height)
        if width > height
        else (0, before, width, before + inner)
    )
    assert read_codes(film)[:30] == codes(1, range(30))
    assert read_codes(film, box)[30:] == codes(170, range(6))
    bar = (0, 0, before, height) if width > height else (0, 0, width, before)
    levels = _grey(film).crop(bar).histogram()
    # Neither black nor as sharp as the picture: the blurred blocks are greys.
    assert sum(levels[40:215]) > 0.1 * sum(levels)
    assert f"blurred margins make it {width} x {height}" in said[0].clips[1].changes


@pytest.mark.media
@pytest.mark.parametrize(("focus", "left"), [(0, 0), (Fraction(1, 2), 110), (1, 220)])
async def test_crop_keeps_the_focus_in_view(focus: Fraction, left: int, tmp_path: Path) -> None:
    """A film of 100 x 180 of pictures of 320 x 180: what is seen is what stood there."""
    tall = write_clip(tmp_path / "t.mp4", clip=1, frames=30, rate=24, size=(100, 180))
    ramp = Image.linear_gradient("L").rotate(90).resize((320, 180))
    other = _film_of(ramp, tmp_path / "ramp.mp4")

    film = tmp_path / "film.mp4"
    framing = Framing("crop", (Fraction(focus), Fraction(1, 2)))
    await concat([tall, other], film, framing=framing)

    shown = _grey(film)
    assert shown.size == (100, 180)
    for x in (5, 50, 95):
        assert abs(_at(shown, x, 90) - _at(ramp, left + x, 90)) <= 4


@pytest.mark.media
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le", "yuv422p10le"])
@pytest.mark.parametrize("fit", ["pad", "blur", "crop"])
async def test_margins_have_their_colour_in_every_coding(
    pixel_format: str, fit: Fit, tmp_path: Path
) -> None:
    tall = write_clip(tmp_path / "t.mp4", clip=1, frames=5, rate=24, size=(90, 160))
    film = tmp_path / "film.mp4"
    coding = Coding("h264", pixel_format)  # type: ignore[arg-type]
    wanted = WantedFormat(320, 180, None, coding)

    made = await concat([tall], film, framing=Framing(fit, margin="#ff0000"), wanted=wanted)

    assert (made.width, made.height, made.frames, made.pixel_format) == (320, 180, 5, pixel_format)
    red = _rgb(film).getpixel((20, 90))
    assert isinstance(red, tuple)
    is_red = red[0] > 240 and max(red[1:]) < 15
    assert is_red == (fit == "pad")


def _at(picture: Image.Image, x: int, y: int) -> int:
    level = picture.getpixel((x, y))
    assert isinstance(level, int)
    return level


def _rgb(path: Path) -> Image.Image:
    with av.open(str(path)) as media:
        frame = next(media.decode(video=0))
        # PyAV would take the colours for those of a small picture.
        plane = frame.reformat(format="rgb24", src_colorspace="ITU709").planes[0]
        return Image.frombytes(
            "RGB", (frame.width, frame.height), bytes(plane), "raw", "RGB", plane.line_size, 1
        )


def _film_of(picture: Image.Image, path: Path) -> Path:
    with av.open(str(path), "w") as media:
        stream = media.add_stream("libx264", rate=24, options={"crf": "1"})
        stream.width, stream.height = picture.size
        stream.pix_fmt = "yuv420p"
        for _ in range(6):
            frame = av.VideoFrame.from_image(picture.convert("RGB"))  # type: ignore[no-untyped-call]
            media.mux(stream.encode(frame))
        media.mux(stream.encode(None))
    return path


def test_what_a_crop_takes_is_said() -> None:
    info: MediaInfo = clip(width=720, height=1280)
    target = TargetFormat(1280, 720, Fraction(24))

    focus = (Fraction(1, 2), Fraction(1, 5))
    assert picture_changes(info, target, framing=Framing("crop", focus)) == [
        "720 x 1280 px are made 1280 x 2276",
        "1280 x 720 px are cut out of it, from 0, 96 on",
    ]
    assert picture_changes(info, target, framing=Framing("pad", margin="#ff0000")) == [
        "720 x 1280 px are made 404 x 720",
        "margins in #ff0000 make it 1280 x 720",
    ]
