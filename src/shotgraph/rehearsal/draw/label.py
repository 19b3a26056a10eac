"""The mark that every rehearsal's clip carries: it can't pass for a paid one."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from shotgraph.rehearsal.draw.scene import Frame, Scene

MARK: Final = "REHEARSAL"
_FONT: Final = Path(__file__).with_name("font") / "DejaVuSans.ttf"
_LINES: Final = 2
_WIDEST: Final = 0.5
# Characters; more never fit, and measuring a very long text takes minutes.
_READ: Final = 1000
_ACCENT, _TEXT, _BOX = (255, 196, 61, 255), (255, 255, 255, 255), (16, 16, 20, 255)


def write_label(scene: Scene, frame: Frame, path: Path) -> None:
    """Write a PNG for the lower left corner: the mark, the take, two lines of the prompt."""
    size_px = max(14, min(frame.width, frame.height) // 36)
    font, widest = _font(size_px), int(frame.width * _WIDEST)
    head = f"{MARK} · {scene.kind} · {scene.take[:8]}"
    lines = [head, *_wrapped(scene.prompt[:_READ], font, widest)]
    pad, step = size_px // 2, size_px * 4 // 3
    # Opaque and always as large: it covers the mark of the rehearsal that drew its input.
    label = Image.new("RGBA", (widest + 2 * pad, step * (1 + _LINES) + pad), _BOX)
    pen = ImageDraw.Draw(label)
    for number, line in enumerate(lines):
        colour = _TEXT if number else _ACCENT
        pen.text((pad, pad // 2 + number * step), line, font=font, fill=colour)
    label.save(path, "PNG")


@lru_cache(maxsize=8)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size_px)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, widest: int) -> list[str]:
    lines = list(_filled(text.split(), font, widest))
    if len(lines) <= _LINES:
        return lines
    return [*lines[: _LINES - 1], _cut(" ".join(lines[_LINES - 1 :]), font, widest)]


def _filled(words: list[str], font: ImageFont.FreeTypeFont, widest: int) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}".lstrip()
        if line and font.getlength(longer) > widest:
            yield _cut(line, font, widest)
            longer = word
        line = longer
    if line:
        yield _cut(line, font, widest)


def _cut(line: str, font: ImageFont.FreeTypeFont, widest: int) -> str:
    if font.getlength(line) <= widest:
        return line

    def width(length: int) -> int:
        return ceil(font.getlength(f"{line[:length]}…"))

    fits = bisect_right(range(len(line)), widest, key=width) - 1
    return f"{line[: max(0, fits)].rstrip()}…"
