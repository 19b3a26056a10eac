"""Guess the value that was meant: ``5`` for ``5s``, ``true`` for ``yes``."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, get_args

from shotgraph.media.dissolve import TransitionKind
from shotgraph.model.references import media_kind_of_file
from shotgraph.spec.nearest import nearest_name

_NUMBER = re.compile(r"[$€]?\s*([-+]?[0-9]{1,9})(?:[.,]([0-9]{1,9}))?\s*([A-Za-z€$]{0,8})\.?")
_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-9]{1,2}(?:\.[0-9]{1,6})?)")
_UNITS_IN_SECONDS = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), Decimal(1)),
    **dict.fromkeys(("ms", "msec"), Decimal("0.001")),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), Decimal(60)),
}
_TYPES = ("video", "image", "audio", "text", "number", "integer", "boolean")
_YES = ("yes", "y", "on", "true", "1")
_NO = ("no", "n", "off", "false", "0", "none")
_FRAMES = {"start": "first", "begin": "first", "beginning": "first", "end": "last"}


def meant_number(value: Any) -> str:
    """Read ``24 fps``, ``$5``, ``2,5`` or ``"3"`` as a number; '' for anything else."""
    found = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return ""
    return f"{found[1]}.{found[2]}" if found[2] else found[1]


def meant_seconds(value: Any) -> str:
    """Read ``5s``, ``1500 ms``, ``2,5`` or ``1:30`` as seconds; '' for anything else."""
    if not isinstance(value, str):
        return ""
    if (clock := _CLOCK.fullmatch(value.strip())) is not None:
        hours, minutes, seconds = (Decimal(part or 0) for part in clock.groups())
        return _plain(hours * 3600 + minutes * 60 + seconds)
    found = _NUMBER.fullmatch(value.strip())
    unit = _UNITS_IN_SECONDS.get(found[3].lower()) if found is not None else None
    number = Decimal(meant_number(value)) if unit is not None else Decimal(-1)
    return _plain(number * unit) if unit is not None and number >= 0 else ""


def meant_boolean(value: Any) -> str:
    """Read ``yes``, ``off`` or ``1`` as true or false; '' for anything else."""
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    return "true" if word in _YES else "false" if word in _NO else ""


def meant_text(value: Any) -> str:
    """Put in quotes what YAML takes for a number or a truth value."""
    if isinstance(value, bool):
        return f'"{str(value).lower()}"'
    if _is_mapping(value) and [*value.values()] == [None]:
        return f'"${{{next(iter(value))}}}"'  # {look}, as other programs write ${look}
    return f'"{value}"' if _is_short(value) else ""


def meant_list(value: Any) -> str:
    """Make a list of one item."""
    return f"[{_written(value)}]" if _written(value) else ""


def meant_item(value: Any) -> str:
    """Take the medium out of ``[clip.mp4]`` or ``{file: clip.mp4}``."""
    inside = value if isinstance(value, list) else [*value.values()] if _is_mapping(value) else []
    return _written(inside[0]) if len(inside) == 1 else ""


def meant_transition(value: Any) -> str:
    """Make a mapping of the name of a transition, or of its seconds."""
    kind = nearest_name(value, get_args(TransitionKind)) if isinstance(value, str) else ""
    if kind:
        return "{kind: cut}" if kind == "cut" else f"{{kind: {kind}, seconds: 0.5}}"
    seconds = meant_seconds(str(value)) if isinstance(value, str | int | Decimal) else ""
    return f"{{kind: dissolve, seconds: {seconds}}}" if seconds else ""


def meant_param(value: Any) -> str:
    """Make a parameter of its default, or of its type."""
    if isinstance(value, bool):
        return f"{{type: boolean, default: {str(value).lower()}}}"
    if _is_short(value):
        return f"{{type: number, default: {value}}}"
    if not isinstance(value, str) or not _written(value):
        return ""
    if value in _TYPES:
        return f"{{type: {value}}}"
    kind = media_kind_of_file(value)
    return f"{{type: {kind or 'text'}, default: {value}}}"


def _frame(value: Any) -> str:
    return _FRAMES.get(value.lower(), "") if isinstance(value, str) else ""


def _side(value: Any) -> str:
    number = value if type(value) is int else int(Decimal(meant_number(value) or 0))
    return str(number // 2 * 2) if 16 <= number <= 7680 else ""


_BY_FINDING: Mapping[str, Callable[[Any], str]] = {
    "seconds": meant_seconds,
    "frame_rate": meant_number,
    "frame": _frame,
    "side": _side,
    "bool_type": meant_boolean,
    "string_type": meant_text,
    "list_type": meant_list,
    "int_type": meant_number,
    "decimal_parsing": meant_number,
    "decimal_type": meant_number,
    "media": meant_item,
}


def meant(finding: str, value: Any) -> str:
    """Find what was probably meant by a value.

    Args:
        finding: What pydantic calls that which is wrong with it.
        value: The value, as it stands in the file.

    Returns:
        What to write in its place, or ''.
    """
    find = _BY_FINDING.get(finding)
    found = find(value) if find is not None else ""
    return "" if found == value else found


def _written(value: Any) -> str:
    if isinstance(value, str) and not re.search(r"[\[\]{},#\"'\n]|: ", value):
        return value
    return str(value) if _is_short(value) else ""


def _is_short(value: Any) -> bool:
    """Tell whether it is a number, and one that can be written."""
    is_number = type(value) in (int, Decimal)
    return is_number and abs(value) < 10**18


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)
