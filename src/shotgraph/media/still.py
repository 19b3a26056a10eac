"""Images: what they hold, and that they are whole."""

from pathlib import Path

from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.source import MAX_PIXELS, Container

DEMUXERS = {"png_pipe": "PNG", "jpeg_pipe": "JPEG", "webp_pipe": "WEBP"}
_ORIENTATION = 0x0112
# EXIF 2.32, 4.6.4: which way up the camera was; 5 and 7 are mirrored too.
_CLOCKWISE = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
_PIXEL_FORMATS = {
    "1": "monob",
    "L": "gray",
    "LA": "ya8",
    "P": "pal8",
    "RGB": "rgb24",
    "RGBA": "rgba",
    "CMYK": "cmyk",
    "I;16": "gray16",
}


def read_still(path: Path, container: Container) -> MediaInfo:
    """Decode an image and describe it.

    Raises:
        MediaError: It is cut short, damaged, or has more than 36,864,000 pixels.
    """
    try:
        with Image.open(path, formats=[DEMUXERS[container.demuxer]]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise MediaError(
                    f"{path} is {width} x {height}; at most {MAX_PIXELS} pixels are opened"
                )
            image.load()
            rotation = _CLOCKWISE.get(image.getexif().get(_ORIENTATION, 1), 0)
            mode = image.mode
    except MediaError:
        raise
    # Pillow's plugins raise what they meet: SyntaxError, struct.error, EOFError, and their own.
    except Exception as error:
        raise MediaError(f"{path} was cut short or is damaged: {error}") from error
    if rotation in (90, 270):
        width, height = height, width
    return MediaInfo(
        kind="image",
        container=container.name,
        codec="mjpeg" if container.name == "jpeg" else container.name,
        width=width,
        height=height,
        pixel_format=_PIXEL_FORMATS.get(mode, mode),
        rotation=rotation,
        sample_aspect_ratio=1,
        frame_rate=None,
        constant_frame_rate=True,
        frames=1,
        duration=0,
        time_base=None,
        size_bytes=path.stat().st_size,
        audio=None,
    )
