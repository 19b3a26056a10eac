"""What is done to an image before a model sees it: nothing that need not be."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shotgraph.making.fit import fit_image
from shotgraph.media.info import MediaInfo

SIDES = st.integers(1, 9000)


def image(width: int, height: int, size_bytes: int = 1_000_000, rotation: int = 0) -> MediaInfo:
    return MediaInfo(
        kind="image",
        container="png",
        codec="png",
        width=width,
        height=height,
        pixel_format="rgb24",
        rotation=rotation,
        sample_aspect_ratio=Fraction(1),
        frame_rate=None,
        constant_frame_rate=True,
        frames=1,
        duration=Fraction(0),
        time_base=None,
        size_bytes=size_bytes,
        audio=None,
    )


@pytest.mark.parametrize("size", [(300, 300), (300, 750), (750, 300), (6000, 4000)])
def test_what_is_inside_the_limits_goes_through_untouched(size: tuple[int, int]) -> None:
    assert fit_image(image(*size)) is None


@example(width=1, height=8194, size_bytes=10_000_001)
@given(SIDES, SIDES, st.sampled_from([1_000_000, 10_000_001]))
def test_every_image_comes_inside_and_undistorted(width: int, height: int, size_bytes: int) -> None:
    found = fit_image(image(width, height, size_bytes))
    if found is None:
        return

    canvas = found.canvas
    assert min(canvas.width, canvas.height) >= 300
    assert Fraction(2, 5) <= Fraction(canvas.width, canvas.height) <= Fraction(5, 2)
    assert canvas.inner_width <= canvas.width
    assert canvas.inner_height <= canvas.height
    # Both sides were scaled alike, and then rounded; a side is one pixel at least.
    half = Fraction(1, 2)
    sides = ((canvas.inner_width, width), (canvas.inner_height, height))
    least = max((inner - half) / side if inner > 1 else 0 for inner, side in sides)
    most = min((inner + half) / side for inner, side in sides)
    assert least <= most
    assert min(canvas.inner_width, canvas.inner_height) >= 1


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (image(299, 300), "299 x 300 px are made 300 x 301"),
        (image(1000, 200), "margins make it 1000 x 400"),
        (image(400, 400, 10_000_001), "10.0 MB are made less than 10"),
        (image(400, 400, rotation=90), "it is turned upright by 90 degrees"),
        (
            image(400, 400).model_copy(update={"mirrored": True}),
            "it is mirrored, as players show it",
        ),
    ],
)
def test_what_is_done_is_said(given_: MediaInfo, said: str) -> None:
    found = fit_image(given_)

    assert found is not None
    assert found.changes == (said,)
