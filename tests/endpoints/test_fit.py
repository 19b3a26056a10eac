"""A medium fits at each limit and just inside; just outside, the message says by how much."""

from fractions import Fraction
from typing import Any

import pytest

from shotgraph.endpoints.arguments import misfits
from shotgraph.media.info import MediaInfo

MB = 1_000_000
VIDEO: dict[str, Any] = {
    "kind": "video",
    "container": "mp4",
    "codec": "h264",
    "width": 1280,
    "height": 720,
    "pixel_format": "yuv420p",
    "rotation": 0,
    "sample_aspect_ratio": Fraction(1),
    "frame_rate": Fraction(24),
    "constant_frame_rate": True,
    "frames": 120,
    "duration": Fraction(5),
    "time_base": Fraction(1, 24),
    "size_bytes": 5 * MB,
    "audio": None,
}
IMAGE: dict[str, Any] = {
    **VIDEO,
    "kind": "image",
    "container": "png",
    "frame_rate": None,
    "frames": 1,
    "duration": Fraction(0),
    "time_base": None,
}
SAID_LENGTH = "s; allowed: 3 to 10.05"
SAID_RATE = "frames a second; allowed: 24 to 60"


def video(**changed: Any) -> list[str]:
    return misfits(MediaInfo.model_validate({**VIDEO, **changed}), "video")


def image(width: int, height: int, **changed: Any) -> list[str]:
    info = {**IMAGE, "width": width, "height": height, **changed}
    return misfits(MediaInfo.model_validate(info), "image")


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"container": "mov"},
        {"size_bytes": 200 * MB},
        {"size_bytes": 0},
        {"width": 720, "height": 720},
        {"width": 721, "height": 2159},
        {"width": 2160, "height": 2160},
        {"duration": Fraction(3)},
        {"duration": Fraction(3001, 1000)},
        {"duration": Fraction(1005, 100)},
        {"duration": Fraction(10)},
        {"frame_rate": Fraction(24)},
        {"frame_rate": Fraction(30000, 1001)},
        {"frame_rate": Fraction(60)},
        {"constant_frame_rate": False},
    ],
)
def test_a_video_at_or_inside_of_a_limit_fits(changed: dict[str, Any]) -> None:
    assert video(**changed) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"container": "matroska"}, "its format is matroska; allowed: mp4, mov"),
        ({"size_bytes": 200 * MB + 1}, "it has 200.000001 MB; allowed: at most 200"),
        ({"width": 719}, "it is 719 px wide; allowed: 720 to 2160"),
        ({"height": 719}, "it is 719 px high; allowed: 720 to 2160"),
        ({"width": 2161}, "it is 2161 px wide; allowed: 720 to 2160"),
        ({"height": 2161}, "it is 2161 px high; allowed: 720 to 2160"),
        ({"duration": Fraction(2999, 1000)}, f"it lasts 2.999 {SAID_LENGTH}"),
        ({"duration": Fraction(71, 24)}, f"it lasts 2.958333 {SAID_LENGTH}"),
        ({"duration": Fraction(100501, 10000)}, f"it lasts 10.0501 {SAID_LENGTH}"),
        ({"frame_rate": Fraction(24000, 1001)}, f"it has 23.976024 {SAID_RATE}"),
        ({"frame_rate": Fraction(60001, 1000)}, f"it has 60.001 {SAID_RATE}"),
        ({"frame_rate": None}, f"it has 0 {SAID_RATE}"),
    ],
)
def test_a_video_just_outside_of_a_limit_does_not(changed: dict[str, Any], said: str) -> None:
    assert video(**changed) == [said]


def test_says_everything_that_is_wrong_at_once() -> None:
    changed = {"container": "matroska", "size_bytes": 201 * MB, "width": 10, "height": 5000}
    found = video(**changed, duration=Fraction(60), frame_rate=Fraction(12))
    assert len(found) == 6


@pytest.mark.parametrize(
    ("width", "height", "size_bytes"),
    [(300, 300, MB), (301, 400, MB), (750, 300, MB), (300, 750, MB), (4000, 4000, 10 * MB)],
)
def test_an_image_at_or_inside_of_a_limit_fits(width: int, height: int, size_bytes: int) -> None:
    assert image(width, height, size_bytes=size_bytes) == []


@pytest.mark.parametrize(
    ("width", "height", "said"),
    [
        (299, 300, "it is 299 x 300 px; allowed: at least 300 a side"),
        (300, 299, "it is 300 x 299 px; allowed: at least 300 a side"),
        (751, 300, "it is 2.503333 times as wide as high; allowed: 0.4 to 2.5"),
        (300, 751, "it is 0.399467 times as wide as high; allowed: 0.4 to 2.5"),
    ],
)
def test_an_image_just_outside_of_a_limit_does_not(width: int, height: int, said: str) -> None:
    assert image(width, height) == [said]


def test_an_image_that_is_too_large_does_not() -> None:
    said = "it has 10.000001 MB; allowed: at most 10"
    assert image(600, 600, size_bytes=10 * MB + 1) == [said]


def test_another_kind_of_medium_does_not() -> None:
    assert misfits(MediaInfo.model_validate(IMAGE), "video") == [
        "it holds an image, and a video is wanted"
    ]
    assert misfits(MediaInfo.model_validate(VIDEO), "image") == [
        "it holds a video, and an image is wanted"
    ]
