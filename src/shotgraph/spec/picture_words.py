"""Suggestions for colours, places and shapes, from the words that people and other programs use."""

import re
from decimal import Decimal
from math import gcd
from typing import Any

# The left and right, top and bottom of a picture, as people and other programs call them.
_SIDES = {
    **dict.fromkeys(("top", "upper", "north", "above"), "top"),
    **dict.fromkeys(("bottom", "lower", "south", "subtitles", "subtitle"), "bottom"),
    **dict.fromkeys(("left", "west"), "left"),
    **dict.fromkeys(("right", "east"), "right"),
    **dict.fromkeys(("centre", "center", "middle", "mid"), "centre"),
}
_SIDE = re.compile("|".join(_SIDES))
_FILLERS = re.compile(r"[\s_.,/-]|third|corner|aligned|align|of|the|at|in")
_SHARES = {"left": "0", "top": "0", "right": "1", "bottom": "1"}
_NUMBERS = re.compile(r"\(?([0-9]*\.?[0-9]+ ?%?)(?:\s*[,;x:/]\s*|\s+)([0-9]*\.?[0-9]+ ?%?)\)?")
_HEX = re.compile(r"(?:#|0x|\\#)?([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})")
_SHAPE = re.compile(r"([0-9]{1,5}) ?[:/x×*] ?([0-9]{1,5})", re.IGNORECASE)
_LINES = re.compile(r"([0-9]{3,4})p", re.IGNORECASE)
_SIZES = {"hd": 720, "fullhd": 1080, "fhd": 1080, "uhd": 2160, "4k": 2160, "2k": 1440}


def meant_colour(value: Any) -> str:
    """Write a colour as ``"#ff0000"``: a name, ``#f00``, ``rgb(255, 0, 0)``; '' for another."""
    found = _colour(value)
    return f'"{found}"' if found else ""


def _colour(value: Any) -> str:
    if type(value) is int:  # six digits without quotes
        return f"#{value:06d}" if value == 0 or 100_000 <= value <= 999_999 else ""
    if isinstance(value, list):
        value = f"rgb({','.join(str(part) for part in value)})" if len(value) == 3 else ""
    if not isinstance(value, str):
        return ""
    text = value.strip().lower().partition("@")[0]  # ffmpeg writes red@0.5
    if (found := _HEX.fullmatch(text)) is not None:
        digits = found[1] if len(found[1]) > 4 else "".join(digit * 2 for digit in found[1])
        return f"#{digits[:6]}"
    from PIL import ImageColor  # with all its names, only for a mistake

    for form in (text, re.sub(r"[\s_-]", "", text)):
        try:
            red, green, blue, *_ = ImageColor.getrgb(form)
        except ValueError:
            continue
        return f"#{red:02x}{green:02x}{blue:02x}"
    return ""


def meant_position(value: Any) -> str:
    """Write the place of a text: ``top right`` becomes ``top-right``; '' for another value."""
    sides = _sides(value)
    if sides is None:
        return _two_shares(value)
    return "-".join(sides) or "centre"


def meant_point(value: Any) -> str:
    """Write a point as two shares: ``top`` becomes ``[0.5, 0]``; '' for another value."""
    sides = _sides(value)
    if sides is None:
        return _two_shares(value)
    across = next((_SHARES[side] for side in sides if side in ("left", "right")), "0.5")
    down = next((_SHARES[side] for side in sides if side in ("top", "bottom")), "0.5")
    return f"[{across}, {down}]"


def _sides(value: Any) -> list[str] | None:
    """Find the sides that a word names, top and bottom first; None if it is another word."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    text = value.strip().lower()
    words = {_SIDES[found[0]] for found in _SIDE.finditer(text)}
    if not words or _FILLERS.sub("", _SIDE.sub("", text)):
        return None
    words.discard("centre")
    if {"top", "bottom"} <= words or {"left", "right"} <= words:
        return None
    return [side for side in ("top", "bottom", "left", "right") if side in words]


def _two_shares(value: Any) -> str:
    if isinstance(value, dict):
        value = [value[name] for name in ("x", "y") if name in value]
    if isinstance(value, str) and (found := _NUMBERS.fullmatch(value.strip())) is not None:
        value = [one if "%" in one else Decimal(one) for one in found.groups()]
    if not isinstance(value, list) or len(value) != 2:
        return ""
    written = [_written_share(one) for one in value]
    return f"[{', '.join(written)}]" if all(written) else ""


def _written_share(value: Any) -> str:
    if isinstance(value, str) and value.endswith("%"):
        return value.replace(" ", "")
    if type(value) in (int, Decimal) and 0 <= value <= 1:
        return str(value)
    return meant_share(value)


def meant_share(value: Any) -> str:
    """Write 60 as 60%; '' for another value."""
    is_percent = type(value) in (int, Decimal) and 5 <= value <= 100
    return f"{value}%" if is_percent else ""


def meant_factor(value: Any) -> str:
    """Write ``2x`` as 2, and 50% as 0.5; '' for another value."""
    pattern = r"[x×]? ?([0-9]{1,3}(?:\.[0-9]{1,3})?) ?([x×%]?)"
    found = re.fullmatch(pattern, value.strip()) if isinstance(value, str) else None
    if found is None:
        return ""
    number = Decimal(found[1]) / (100 if found[2] == "%" else 1)
    return f"{number.normalize():f}"


def meant_extent(value: Any) -> str:
    """Write pixels as an even number, and a share with a percent sign; '' for another value."""
    if isinstance(value, str):
        found = re.fullmatch(r"([0-9]{1,5}) ?(px|pixels?)?", value.strip())
        value = int(found[1]) if found is not None else value
    if isinstance(value, Decimal) and 0 < value <= 1:
        percent = value * 100
        return f"{percent.normalize():f}%"
    return str(value // 2 * 2) if type(value) is int and 4 <= value <= 7680 else ""


def meant_ratio(value: Any) -> str:
    """Write ``16/9`` and ``1920x1080`` as ``16:9``; '' for another value."""
    found = _SHAPE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or not int(found[1]) or not int(found[2]):
        return ""
    width, height = int(found[1]), int(found[2])
    return f"{width // gcd(width, height)}:{height // gcd(width, height)}"


def meant_format(value: Any) -> str:
    """Write ``1080p`` and ``1280x720`` as a format; '' for another value."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if (found := _SHAPE.fullmatch(text)) is not None and int(found[1]) >= 100:
        return f"{{width: {found[1]}, height: {found[2]}}}"
    lines = _LINES.fullmatch(text)
    height = int(lines[1]) if lines is not None else _SIZES.get(re.sub(r"\W", "", text.lower()), 0)
    return f"{{width: {height * 16 // 9 // 2 * 2}, height: {height}}}" if height else ""


def meant_box(value: Any) -> str:
    """Write the colour of a box, or true, as a box; '' for another value."""
    if value is True or value in ("yes", "on"):
        return "{}"
    colour = meant_colour(value)
    return f"{{colour: {colour}}}" if colour else ""
