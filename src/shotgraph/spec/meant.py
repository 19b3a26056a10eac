"""Suggestions for mistakes: the nearest right name, or the value in its right form."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any, get_args

from shotgraph.endpoints import KIND_WORDS
from shotgraph.media.transition import TransitionKind
from shotgraph.model.references import media_kind_of_file
from shotgraph.spec.hidden_characters import stray_quotes, without_quotes
from shotgraph.spec.picture_words import (
    meant_colour,
    meant_extent,
    meant_point,
    meant_position,
    meant_ratio,
    meant_share,
)

MOST_GUESSES = 20
"""The most guesses for one file: each takes time, and a file may hold thousands of mistakes."""
MOST_CHARACTERS = 5000
"""The most characters of right names that one guess compares."""
_CUTOFF = 0.65

_guesses: ContextVar[dict[tuple[str, ...], str] | None] = ContextVar("guesses", default=None)

# Names that other programs or people use.
_ALSO_CALLED = {
    "video": "input source src clip shot file footage",
    "clips": "inputs sources videos shots files",
    "images": "pictures photos references image_urls",
    "start_image": "image input source first_frame start_frame picture photo from",
    "end_image": "last_frame end_frame tail_image to",
    "prompt": "text description instruction words caption message",
    "duration": "length seconds time",
    "seconds": "duration length time",
    "start": "from begin offset ss",
    "end": "to until stop",
    "aspect_ratio": "aspect ratio shape",
    "keep_audio": "audio sound keep_sound with_audio",
    "audio": "music sound song track",
    "voice": "speech narration",
    "gain_db": "volume gain",
    "at": "frame number index position when",
    "fade_out": "fade",
    "fps": "frame_rate framerate rate",
    "kind": "type effect name",
    "endpoint": "model id application app",
    "arguments": "input inputs args params",
    "price_usd": "price cost cost_usd",
    "budget_usd": "budget max_usd limit",
    "deliver": "delivery deliveries exports formats",
    "params": "parameters inputs variables vars args arguments",
    "steps": "stages jobs tasks pipeline nodes shots",
    "output": "outputs result film out",
    "name": "title",
    "title": "text caption lower_third card credits subtitle drawtext",
    "font": "typeface font_file fontfile family",
    "position": "place align alignment gravity",
    "colour": "color fill text_color text_colour font_color fontcolor font_colour foreground",
    "background": "on bg backdrop background_color background_colour bgcolor bg_color color colour",
    "fade_in": "fadein in",
    "size": "font_size fontsize height",
    "box": "boxcolor box_color plate",
    "opacity": "alpha transparency",
    "16:9": "landscape horizontal wide widescreen",
    "9:16": "portrait vertical reel story",
    "1:1": "square",
    "centre": "center middle",
    "default": "value",
    "choices": "options enum values",
    "needs": "after depends_on depends requires wait_for",
    "for_each": "foreach loop each",
    "repeat": "times rounds",
    "takes": "variants count samples",
    "from": "start first",
    "as": "name called",
    "concat": "join concatenate merge stitch combine append",
    "trim": "cut crop_time slice",
    **{kind: " ".join(words.synonyms) for kind, words in KIND_WORDS.items()},
    "frame": "still screenshot snapshot",
    "crop": "cut_out zoom reframe punch_in cover fill",
    "pad": "contain letterbox margins bars",
    "hold": "freeze still freeze_frame ken_burns",
    "speed": "tempo slow_motion timelapse retime",
    "factor": "speed times rate",
    "focus": "center centre middle anchor",
    "fit": "resize scale_mode object_fit",
    "push": "zoom ken_burns scale",
    "like": "format size_of as",
    "left": "x",
    "top": "y",
    "soundtrack": "music sound audio",
    "approve": "review approval confirm",
    "use": "include import",
    "text": "string str prompt",
    "integer": "int number_of",
    "number": "float decimal double",
    "boolean": "bool flag",
    "image": "picture photo still",
    "choice": "enum select option",
    "cut": "none hard",
    "dissolve": "fade crossfade xfade blend mix",
}


@contextmanager
def few_guesses() -> Iterator[None]:
    """Limit the guesses inside to `MOST_GUESSES`; a repeated guess does not count."""
    before = _guesses.set({})
    try:
        yield
    finally:
        _guesses.reset(before)


def nearest_name(wrong: str, right: Iterable[str]) -> str:
    """Find the right name that looks most like the wrong one or means the same; '' if none does."""
    names = _some(right)
    known = _guesses.get()
    if known is None:
        return _nearest(wrong, names)
    asked = (wrong, *names)
    if asked not in known and len(known) < MOST_GUESSES:
        known[asked] = _nearest(wrong, names)
    return known.get(asked, "")


def name_of(text: str, *, between: str = "_") -> str:
    """Make the name that looks most like a text: letters, digits and one other character, or ''.

    Args:
        between: The replacement for all other characters, such as spaces.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", between, plain).strip("_-").lstrip("0123456789_-")[:64]


def _some(right: Iterable[str]) -> list[str]:
    names, left = [], MOST_CHARACTERS
    for name in right:
        left -= len(name)
        if left < 0:
            break
        names.append(name)
    return names


def _nearest(wrong: str, names: list[str]) -> str:
    plain = {_letters(name): name for name in reversed(names)}
    if (same := plain.get(_letters(wrong))) is not None:
        return same
    close = get_close_matches(wrong, names, n=1, cutoff=_CUTOFF)
    return _called(wrong, names) or next(iter(close), "")


def _called(wrong: str, names: list[str]) -> str:
    word = re.sub("[- ]", "_", wrong.lower())
    return next((name for name in names if word in _ALSO_CALLED.get(name, "").split()), "")


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower()) or name


MOST_NAMES = 200
"""The most names of a folder that are compared, since this takes time."""


@dataclass(frozen=True)
class Missing:
    """A file that does not exist.

    Attributes:
        written: The path, as it is in the pipeline file.
        folder: The folder that the path is relative to.
        suffixes: The suffixes of the files that may be meant; empty for any.
    """

    written: str
    folder: Path
    suffixes: tuple[str, ...] = ()

    def nearest(self) -> str:
        """Find the file in the same folder with the most similar name; give its path, or ''."""
        path = Path(self.written)
        try:
            with os.scandir(self.folder / path.parent) as found:
                names = [entry.name for entry in islice(found, MOST_NAMES) if entry.is_file()]
        except OSError:
            return ""
        # The suffix is often the same, and does not count.
        names = [name for name in names if not self.suffixes or name.endswith(self.suffixes)]
        stems = {Path(name).stem: name for name in sorted(names)}
        stem = nearest_name(path.stem, stems)
        return str(path.with_name(stems[stem])) if stem else ""


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
    text = value.strip().replace("−", "-").replace("–", "-") if isinstance(value, str) else ""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return ""
    return f"{found[1]}.{found[2]}" if found[2] else found[1]


def meant_seconds(value: Any) -> str:
    """Read ``5s``, ``1500 ms``, ``2,5`` or ``1:30`` as seconds; '' for anything else."""
    if not isinstance(value, str):
        return ""
    value = re.sub(r"^PT(?=[0-9.]+[SM]$)", "", value.strip())  # ISO 8601
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
    """Put quotes around a value that YAML reads as a number or a truth value."""
    if isinstance(value, bool):
        return f'"{str(value).lower()}"'
    if _is_mapping(value) and [*value.values()] == [None]:
        return f'"${{{next(iter(value))}}}"'  # {look}, as other programs write ${look}
    if isinstance(value, list) and value and all(_written(item) for item in value):
        return f'"{", ".join(map(_written, value))}"'
    return f'"{value}"' if _is_short(value) else ""


def meant_list(value: Any) -> str:
    """Make a list of one item, or of the values of a mapping."""
    if isinstance(value, dict) and value and all(_written(item) for item in value.values()):
        return f"[{', '.join(map(_written, value.values()))}]"
    return f"[{_written(value)}]" if _written(value) else ""


def meant_item(value: Any) -> str:
    """Take the medium out of ``[clip.mp4]`` or ``{file: clip.mp4}``."""
    inside = value if isinstance(value, list) else [*value.values()] if _is_mapping(value) else []
    return _written(inside[0]) if len(inside) == 1 else ""


def meant_transition(value: Any) -> str:
    """Turn the name of a transition, or its seconds, into a mapping."""
    kind = nearest_name(value, get_args(TransitionKind)) if isinstance(value, str) else ""
    if kind:
        return "{kind: cut}" if kind == "cut" else f"{{kind: {kind}, seconds: 0.5}}"
    seconds = meant_seconds(str(value)) if isinstance(value, str | int | Decimal) else ""
    return f"{{kind: dissolve, seconds: {seconds}}}" if seconds else ""


def meant_param(value: Any) -> str:
    """Turn the default of a parameter, or its type, into a parameter."""
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
    "bool_parsing": meant_boolean,
    "string_type": meant_text,
    "list_type": meant_list,
    "int_type": meant_number,
    "decimal_parsing": meant_number,
    "decimal_type": meant_number,
    "media": meant_item,
    "colour": meant_colour,
    "position": meant_position,
    "point": meant_point,
    "share": meant_share,
    "extent": meant_extent,
    "ratio": meant_ratio,
}


def meant(finding: str, value: Any) -> str:
    """Suggest the right form of a wrong value.

    Args:
        finding: pydantic's name for the error.
        value: The value, as it is in the file.

    Returns:
        The text to write instead, or ''.
    """
    find, given = _BY_FINDING.get(finding), value
    if isinstance(value, str) and stray_quotes(value):
        value = without_quotes(value)
    found = find(value) if find is not None else ""
    if finding.startswith("bool"):
        return found  # "true" in quotes is a text
    return "" if found == given else found


def _written(value: Any) -> str:
    if isinstance(value, str) and not re.search(r"[\[\]{},#\"'\n]|: ", value):
        return value
    return str(value) if _is_short(value) else ""


def _is_short(value: Any) -> bool:
    """Tell whether a value is a number of at most 18 digits."""
    is_number = type(value) in (int, Decimal)
    return is_number and abs(value) < 10**18


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)
