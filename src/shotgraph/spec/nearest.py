"""Suggest the right name for a misspelt one."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from shotgraph.endpoints import KIND_WORDS

MOST_GUESSES = 20
"""How many guesses are made for one file: each takes time, and a file may hold thousands."""
MOST_CHARACTERS = 5000
"""How many characters of right names are looked at for one guess."""
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
    "params": "parameters inputs variables vars args arguments",
    "steps": "stages jobs tasks pipeline nodes shots",
    "output": "outputs result film out",
    "name": "title",
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
    """Make no more than so many guesses inside; the same one again does not count."""
    before = _guesses.set({})
    try:
        yield
    finally:
        _guesses.reset(before)


def nearest_name(wrong: str, right: Iterable[str]) -> str:
    """Find the right name that looks most like the wrong one, or that means the same, or ''."""
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
        text: The text.
        between: What stands for all else, such as a space.
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
"""How many names of a folder are looked at: to compare them takes time."""


@dataclass(frozen=True)
class Missing:
    """A file that is not there.

    Attributes:
        written: Its path, as it was written.
        folder: What that is relative to.
    """

    written: str
    folder: Path

    def nearest(self) -> str:
        """Find the file in the same folder with the most similar name, as it would be written."""
        path = Path(self.written)
        try:
            with os.scandir(self.folder / path.parent) as found:
                names = [entry.name for entry in islice(found, MOST_NAMES) if entry.is_file()]
        except OSError:
            return ""
        # The suffix is often the same, and does not count.
        stems = {Path(name).stem: name for name in sorted(names)}
        stem = nearest_name(path.stem, stems)
        return str(path.with_name(stems[stem])) if stem else ""
