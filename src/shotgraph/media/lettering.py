"""Draw a text as a picture with transparency. The text is drawn as it is, without any markup.

`draw_here` runs in the child that reads media, because the font isn't trusted. `lettered` calls it
there.
"""

import base64
import io
import unicodedata
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from shotgraph.errors import MediaError
from shotgraph.media.child import DRAWING, Child
from shotgraph.media.font_file import SHIPPED_FONT, loaded, without_glyphs

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

Place: TypeAlias = Literal[
    "top-left", "top", "top-right",
    "left", "centre", "right",
    "bottom-left", "bottom", "bottom-right",
]  # fmt: skip

MOST_CHARACTERS = 1000
# The margin as a share of the shorter side: screens may cut off 5 % (EBU R 95).
_EDGE = 0.06
# Shares of the text's size; the last value is the shadow's opacity.
_BETWEEN_LINES = 0.2
_PADDING = 0.35
_SHADOW_AT, _SHADOW_BLUR, _SHADOW = 0.05, 0.06, 0.65
SMALLEST_PX = 4


@dataclass(frozen=True)
class Lettering:
    """How a text looks.

    Attributes:
        text: The text, with line breaks; long lines are broken at spaces.
        size: Pixels, or a share of the picture's height.
        colour: The colour of the letters, as ``#rrggbb``.
        place: The place of the text: a word, or the point of its middle, as shares.
        box: The colour of a box behind the text; None for no box.
        opacity: The opacity of the box, 0 to 1.
        has_shadow: Whether the letters have a soft shadow.
    """

    text: str
    size: int | Fraction = Fraction(8, 100)
    colour: str = "#ffffff"
    place: Place | tuple[Fraction, Fraction] = "centre"
    box: str | None = None
    opacity: Fraction = Fraction(6, 10)
    has_shadow: bool = True


@dataclass(frozen=True)
class TextPicture:
    """A picture of a text.

    Attributes:
        png: The picture, with transparency.
        left: Its left edge in the film's picture, in pixels; even.
        top: Its top edge; like `left`.
        lines: The number of lines.
    """

    png: bytes
    left: int
    top: int
    lines: int


_child = Child(DRAWING)


def lettered(
    lettering: Lettering, width: int, height: int, font: Path | None = None
) -> TextPicture:
    """Draw a text for a picture of `width` x `height` pixels; blocks until it is drawn.

    Raises:
        MediaError: The font can't be used or lacks characters, or the text doesn't fit.
    """
    place = lettering.place
    said = {
        **asdict(lettering),
        "size": _pixels(lettering.size, height),
        "opacity": float(lettering.opacity),
        "place": place if isinstance(place, str) else [float(part) for part in place],
        "width": width,
        "height": height,
    }
    answer = _child.draw(font or SHIPPED_FONT, said)
    if "drawn" not in answer:
        raise MediaError(answer["error"])
    drawn = answer["drawn"]
    png = base64.b64decode(drawn["png"])
    return TextPicture(png, drawn["left"], drawn["top"], drawn["lines"])


def why_not_lettered(
    lettering: Lettering, size: tuple[int, int] | None, font: Path | None = None
) -> str | None:
    """The reason why a text can't be drawn; None if it can.

    Args:
        lettering: The text.
        size: The size of the picture; None if it isn't known, to check only the font.
        font: Its font.
    """
    try:
        if size is None:
            answer = _child.draw(font or SHIPPED_FONT, {"text": lettering.text, "width": 0})
            return str(answer["error"]) if "error" in answer else None
        lettered(lettering, *size, font)
    except MediaError as error:
        return error.message
    return None


def _pixels(size: int | Fraction, height: int) -> int:
    return size if isinstance(size, int) else max(1, round(size * height))


def draw_here(path: Path, said: dict[str, Any]) -> dict[str, Any]:
    """Draw a text in this process.

    Args:
        path: The font.
        said: The fields of a `Lettering`, with the text's size in pixels, and the picture's size.

    Raises:
        MediaError: For the reasons of `lettered`.
    """
    text = unicodedata.normalize("NFC", said["text"]).replace("\t", " ")
    missing = without_glyphs(path, "".join(char for char in text if _is_drawn(char)))
    if missing:
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise MediaError(
            f"{path.name} has no letter for {named}{more}; use a font that has it, or remove it "
            "from the text"
        )
    layout = _layout_for(text)
    if not said["width"]:
        loaded(path, 24, layout)
        return {}
    return _drawn(text, said, loaded(path, said["size"], layout), path)


def _is_drawn(char: str) -> bool:
    """Whether the font must have a character: not for breaks, spaces and format characters."""
    return unicodedata.category(char) not in ("Cc", "Cf", "Zs", "Zl", "Zp")


def _layout_for(text: str) -> Any:
    """Basic layout, which is equal on all machines, unless the script needs complex layout.

    Raises:
        MediaError: The script needs complex layout, and its libraries are not installed.
    """
    from PIL import ImageFont, features

    is_simple = all(
        unicodedata.bidirectional(char) not in ("R", "AL", "AN", "RLE", "RLO", "RLI")
        and unicodedata.category(char) not in ("Mn", "Mc", "Me")
        and char != "\u200d"
        for char in text
    )
    if is_simple:
        return ImageFont.Layout.BASIC
    if not (features.check("raqm") and features.check("fribidi")):
        raise MediaError(
            "the text has letters that are written from right to left, or joined, and the "
            "library for such text is missing on this machine: install FriBidi (Debian: apt "
            "install libfribidi0)"
        )
    return ImageFont.Layout.RAQM


def _drawn(text: str, said: dict[str, Any], font: "FreeTypeFont", path: Path) -> dict[str, Any]:
    width, height, size = said["width"], said["height"], said["size"]
    edge = round(min(width, height) * _EDGE)
    pad = round(size * _PADDING) if said["box"] else 0
    room = width - 2 * (edge + pad), height - 2 * (edge + pad)
    lines = _lines(text, font, room[0])
    ascent, descent = font.getmetrics()
    step = ascent + descent + round(size * _BETWEEN_LINES)
    high = step * (len(lines) - 1) + ascent + descent
    wide = max(round(font.getlength(line)) for line in lines)
    if size < SMALLEST_PX:
        raise MediaError(f"letters of {size} px can't be read; at least {SMALLEST_PX} px are drawn")
    if high > room[1] or wide > room[0]:
        raise MediaError(
            f"the text doesn't fit: at {size} px it needs {wide} x {high} px in {len(lines)} "
            f"line{'' if len(lines) == 1 else 's'}, and {room[0]} x {room[1]} px of a picture of "
            f"{width} x {height} are free; shorten the text, or make its size smaller"
        )
    left, top = _corner(said["place"], (wide, high), (width, height), edge + pad)
    return _picture(lines, said, font, (left, top, wide, high), step, pad)


def _lines(text: str, font: "FreeTypeFont", width: int) -> list[str]:
    found: list[str] = []
    for written in text.split("\n"):
        line = ""
        for word in written.split(" "):
            tried = f"{line} {word}" if line else word
            if not line or font.getlength(tried) <= width:
                line = tried
            else:
                found.append(line)
                line = word
            while font.getlength(line) > width and len(line) > 1:
                fits = _most(line, font, width)
                found.append(line[:fits])
                line = line[fits:]
        found.append(line.strip())
    return found


def _most(word: str, font: "FreeTypeFont", width: int) -> int:
    """The number of letters of a long word that fit in a line; at least one."""
    low, high = 1, len(word)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if font.getlength(word[:middle]) <= width else (low, middle)
    return low


def _corner(
    place: str | list[float], block: tuple[int, int], whole: tuple[int, int], edge: int
) -> tuple[int, int]:
    """The left and top of a block of text, always inside the margin."""
    if isinstance(place, str):
        across = 0.0 if "left" in place else 1.0 if "right" in place else 0.5
        down = 0.0 if "top" in place else 1.0 if "bottom" in place else 0.5
        left = edge + round((whole[0] - 2 * edge - block[0]) * across)
        return left, edge + round((whole[1] - 2 * edge - block[1]) * down)
    begin = [
        round(part * side - inner / 2)
        for part, side, inner in zip(place, whole, block, strict=True)
    ]
    left, top = (
        max(edge, min(at, side - edge - inner))
        for at, side, inner in zip(begin, whole, block, strict=True)
    )
    return left, top


def _picture(
    lines: list[str],
    said: dict[str, Any],
    font: "FreeTypeFont",
    block: tuple[int, int, int, int],
    step: int,
    pad: int,
) -> dict[str, Any]:
    """The letters, their shadow and their box, cropped to the pixels that are drawn."""
    from PIL import Image, ImageDraw, ImageFilter

    size = (said["width"], said["height"])
    left, top, wide, high = block
    place = said["place"] if isinstance(said["place"], str) else ""
    across = 0.0 if "left" in place else 1.0 if "right" in place else 0.5
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    ascent = font.getmetrics()[0]
    for number, line in enumerate(lines):
        begin = left + (wide - font.getlength(line)) * across
        draw.text((begin, top + ascent + number * step), line, fill=255, font=font, anchor="ls")
    # Transparent pixels get the colour of the letters or the box too: chroma subsampling mixes
    # neighbouring colours, which would tint the edges.
    whole = Image.new("RGBA", size, (*_rgb(said["box"] or said["colour"]), 0))
    if said["box"]:
        alpha = round(255 * said["opacity"])
        corners = (left - pad, top - pad, left + wide + pad - 1, top + high + pad - 1)
        ImageDraw.Draw(whole).rectangle(corners, fill=(*_rgb(said["box"]), alpha))
    if said["has_shadow"]:
        away, blur = said["size"] * _SHADOW_AT, said["size"] * _SHADOW_BLUR
        shadow = Image.new("L", size)
        shadow.paste(mask, (round(away), round(away)))
        shadow = shadow.filter(ImageFilter.GaussianBlur(blur)).point(
            [round(level * _SHADOW) for level in range(256)]
        )
        whole = _laid(whole, "#000000", shadow)
    whole = _laid(whole, said["colour"], mask)
    box = whole.getchannel("A").getbbox()
    if box is None:
        raise MediaError("the text has nothing that can be seen")
    # At even places and of even size, because of chroma subsampling.
    corner = box[0] // 2 * 2, box[1] // 2 * 2
    cut = whole.crop(
        (*corner, min(size[0], box[2] + box[2] % 2), min(size[1], box[3] + box[3] % 2))
    )
    written = io.BytesIO()
    cut.save(written, format="PNG", compress_level=6)
    png = base64.b64encode(written.getvalue()).decode()
    return {"png": png, "left": corner[0], "top": corner[1], "lines": len(lines)}


def _laid(under: "Image", colour: str, mask: "Image") -> "Image":
    from PIL import Image

    layer = Image.new("RGBA", under.size, (*_rgb(colour), 0))
    layer.putalpha(mask)
    return Image.alpha_composite(under, layer)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue
