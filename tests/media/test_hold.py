"""Stills and held frames: so many frames, the right picture, a push that goes where it should."""

import itertools
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from shotgraph.errors import MediaError
from shotgraph.media.framing import Framing
from shotgraph.media.held import Push, held_frames, hold_words, still_format
from shotgraph.media.hold import hold_frame, hold_still
from shotgraph.media.target_format import TargetFormat, WantedFormat
from shotgraph.media.treatment import Treatment
from tests.making.test_foreseen import clip
from tests.media.coded_clips import codes, read_codes, read_lumas, write_clip

FORMAT = TargetFormat(320, 180, Fraction(24))


@given(
    seconds=st.fractions(Fraction(1, 1000), 600, max_denominator=10_000),
    rate=st.sampled_from([Fraction(24), Fraction(30000, 1001), Fraction(120)]),
)
def test_the_length_is_to_the_nearest_frame(seconds: Fraction, rate: Fraction) -> None:
    frames = held_frames(seconds, rate)
    assert frames == 1 or abs(frames - seconds * rate) <= Fraction(1, 2)


def test_a_still_has_its_own_size_or_that_of_another() -> None:
    still = clip(kind="image", width=641, height=481, frame_rate=None, frames=1)

    assert still_format(still, None, WantedFormat()) == TargetFormat(640, 480, Fraction(24))
    assert still_format(still, clip(), WantedFormat()) == TargetFormat(1280, 720, Fraction(24))
    wanted = WantedFormat(320, None, Fraction(25))
    assert still_format(still, None, wanted) == TargetFormat(320, 240, Fraction(25))
    with pytest.raises(MediaError, match=r"8000 x 480 px can't be made.*say its width"):
        still_format(clip(kind="image", width=8000, height=480), None, WantedFormat())


@pytest.mark.parametrize(
    ("push", "at", "said"),
    [
        (Push(), None, ["it is shown for 24 frames"]),
        (Push(), "last", ["its last frame is shown for 24 frames"]),
        (
            Push(Fraction(11, 10), (Fraction(1, 3), Fraction(1))),
            7,
            ["frame 7 is shown for 24 frames", "a push by 1.1 towards 33.333 %, 100 % of it"],
        ),
        (
            Push(Fraction(4, 5)),
            None,
            ["it is shown for 24 frames", "a push by 0.8 away from 50 %, 50 % of it"],
        ),
    ],
)
def test_what_is_held_is_said(push: Push, at: int | None, said: list[str]) -> None:
    assert hold_words(24, push, at=at) == said


@pytest.mark.media
@pytest.mark.parametrize(("at", "number"), [("last", 39), ("first", 0), (17, 17)])
async def test_one_frame_is_held_to_the_frame(
    at: int, number: int, first: Path, tmp_path: Path
) -> None:
    said: list[Treatment] = []

    made = await hold_frame(
        first, tmp_path / "y.mp4", at=at, seconds=Fraction("0.71"), note=said.append
    )

    assert read_codes(tmp_path / "y.mp4") == codes(1, [number] * 21)
    assert (made.frames, made.frame_rate, made.audio) == (21, Fraction(30), None)
    assert (made.width, made.height) == (320, 180)
    assert said[0].clips[0].changes[-1].endswith("is shown for 21 frames")


@pytest.mark.media
async def test_a_turned_clip_is_held_upright(turned: Path, tmp_path: Path) -> None:
    made = await hold_frame(turned, tmp_path / "y.mp4", at=3, seconds=Fraction(1, 3))

    assert (made.width, made.height, made.rotation) == (180, 320, 0)
    assert read_codes(tmp_path / "y.mp4") == codes(4, [3] * 10)


@pytest.mark.media
async def test_a_frame_that_is_not_there_is_refused(first: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="has no frame 40: it has 40, numbered 0 to 39"):
        await hold_frame(first, tmp_path / "y.mp4", at=40, seconds=Fraction(1))
    assert list(tmp_path.iterdir()) == []


def still(path: Path, size: tuple[int, int] = (320, 180)) -> Path:
    """A picture of a grid with a bright point at a quarter from the left and from the top."""
    picture = Image.new("RGB", size, (40, 40, 40))
    width, height = size
    mark = Image.new("RGB", (8, 8), (255, 255, 255))
    for x, y in ((width // 4, height // 4), (width * 3 // 4, height * 3 // 4)):
        picture.paste(mark, (x - 4, y - 4))
    picture.save(path)
    return path


@pytest.mark.media
async def test_a_still_stands_still(tmp_path: Path) -> None:
    source = still(tmp_path / "x.png")

    made = await hold_still(source, tmp_path / "y.mp4", FORMAT, seconds=Fraction(1, 2))

    assert (made.frames, made.frame_rate) == (12, Fraction(24))
    given = Image.open(source).convert("L")
    for shown in read_lumas(tmp_path / "y.mp4"):
        assert ImageStat.Stat(ImageChops.difference(shown, given)).mean[0] < 1


@pytest.mark.media
@pytest.mark.parametrize(
    ("scale", "begin", "end"),
    [
        # The point at a quarter: where a push by 2 to the top left corner brings it.
        (Fraction(2), (80, 45), (160, 90)),
        (Fraction(1, 2), (160, 90), (80, 45)),
    ],
)
async def test_a_push_keeps_its_focus_where_it_is(
    scale: Fraction, begin: tuple[int, int], end: tuple[int, int], tmp_path: Path
) -> None:
    source = still(tmp_path / "x.png")
    push = Push(scale, (Fraction(0), Fraction(0)))

    await hold_still(source, tmp_path / "y.mp4", FORMAT, seconds=Fraction(2), push=push)

    shown = list(read_lumas(tmp_path / "y.mp4"))
    places = [_bright(picture) for picture in shown]
    assert len(shown) == 48
    assert places[0] == pytest.approx(begin, abs=1)
    assert places[-1] == pytest.approx(end, abs=1)
    # By parts of pixels: it moves in every frame, and the same way each time.
    steps = [after[0] - before[0] for before, after in itertools.pairwise(places)]
    assert all(0.5 < abs(step) < 3.5 and step * (scale - 1) > 0 for step in steps)


def _bright(picture: Image.Image) -> tuple[float, float]:
    """The middle of the bright point that is nearest to the top left corner."""
    left = picture.crop((0, 0, 230, 130))
    levels = left.tobytes()
    weights = [
        (place % left.width, place // left.width, level)
        for place, level in enumerate(levels)
        if level > 120
    ]
    whole = sum(level for _, _, level in weights)
    return (
        sum(x * level for x, _, level in weights) / whole + 0.5,
        sum(y * level for _, y, level in weights) / whole + 0.5,
    )


@pytest.mark.media
async def test_transparency_and_orientation_are_those_of_the_image(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (180, 320), (0, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (0, 0, 180, 160))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: its top is then on the right
    picture.save(tmp_path / "x.png", exif=exif)

    made = await hold_still(
        tmp_path / "x.png", tmp_path / "y.mp4", FORMAT, seconds=Fraction(1, 4), background="#808080"
    )

    shown = next(iter(read_lumas(tmp_path / "y.mp4")))
    assert (made.width, made.height) == (320, 180)
    assert shown.getpixel((300, 90)) == pytest.approx(255, abs=3)
    assert shown.getpixel((20, 90)) == pytest.approx(128, abs=3)


@pytest.mark.media
async def test_an_image_of_another_shape_is_cropped_at_its_focus(tmp_path: Path) -> None:
    picture = Image.linear_gradient("L").resize((180, 640)).convert("RGB")
    picture.save(tmp_path / "x.png")
    framing = Framing("crop", (Fraction(1, 2), Fraction(1)))

    await hold_still(
        tmp_path / "x.png", tmp_path / "y.mp4", FORMAT, seconds=Fraction(1, 4), framing=framing
    )

    # 320 x 1138, of which the lowest 180 lines are seen.
    shown = next(iter(read_lumas(tmp_path / "y.mp4")))
    for y in (10, 170):
        assert shown.getpixel((160, y)) == pytest.approx(255 * (958 + y) / 1138, abs=4)


@pytest.mark.media
@pytest.mark.parametrize("what", ["a clip", "cut short", "text"])
async def test_what_is_no_image_is_refused(what: str, first: Path, tmp_path: Path) -> None:
    source = tmp_path / "x.png"
    if what == "a clip":
        source.write_bytes(first.read_bytes())
    elif what == "text":
        source.write_text("nothing")
    else:
        source.write_bytes(still(tmp_path / "z.png").read_bytes()[:60])
    before = set(tmp_path.iterdir())

    with pytest.raises(MediaError):
        await hold_still(source, tmp_path / "y.mp4", FORMAT, seconds=Fraction(1))

    assert set(tmp_path.iterdir()) == before


@pytest.mark.media
async def test_an_odd_clip_is_held(tmp_path: Path) -> None:
    source = write_clip(
        tmp_path / "x.mp4", clip=7, frames=9, rate=25, size=(321, 181), pixel_format="yuv444p"
    )

    made = await hold_frame(source, tmp_path / "y.mp4", at="last", seconds=Fraction(1, 5))

    assert (made.width, made.height, made.frames) == (320, 180, 5)
    assert read_codes(tmp_path / "y.mp4") == codes(7, [8] * 5)
