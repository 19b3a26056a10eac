"""Looking at the frames of a clip."""

from pathlib import Path

import av
from PIL import Image, ImageChops, ImageStat


def frames_of(path: Path) -> list[Image.Image]:
    """Every frame, small: 64 wide."""
    with av.open(str(path)) as media:
        return [
            _image(frame, 64, round(64 * frame.height / frame.width))
            for frame in media.decode(video=0)
        ]


def first_and_last(path: Path) -> tuple[Image.Image, Image.Image]:
    """The two frames at the ends, in full size."""
    with av.open(str(path)) as media:
        frames = list(media.decode(video=0))
        first, last = frames[0], frames[-1]
        return _image(first, first.width, first.height), _image(last, last.width, last.height)


def _image(frame: av.VideoFrame, width: int, height: int) -> Image.Image:
    small = frame.reformat(width=width, height=height, format="rgb24")
    plane = small.planes[0]
    return Image.frombytes("RGB", (width, height), bytes(plane), "raw", "RGB", plane.line_size)


def colour(image: Image.Image, box: tuple[float, float, float, float]) -> tuple[int, ...]:
    """The mean red, green and blue of a part; sides as shares of width and height."""
    left, top, right, bottom = box
    wide, high = image.size
    part = image.crop((int(left * wide), int(top * high), int(right * wide), int(bottom * high)))
    return tuple(round(mean) for mean in ImageStat.Stat(part.convert("RGB")).mean)


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures, 0 to 255."""
    difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB").resize(one.size))
    return sum(ImageStat.Stat(difference).mean) / 3
