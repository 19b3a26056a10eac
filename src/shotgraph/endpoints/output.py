"""Where in an endpoint's reply its files are."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

from pydantic import BaseModel, ConfigDict

from shotgraph.model.references import MediaKind

_PART = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,3})\]")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*|\[\d{1,3}\])*")
_MOST_SAID = 20
_MOST_LEVELS = 6


class Output(BaseModel):
    """One file that a job makes.

    Attributes:
        name: What the step calls it.
        path: Where it is in the reply: ``audio``, ``images[0]``; a file's own ``.url`` is left
            out.
        kind: What it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    path: str
    kind: MediaKind


VIDEO = Output(name="video", path="video", kind="video")
"""What every Kling O1 endpoint makes."""


def canonical_path(written: str) -> str | None:
    """Check a path, and leave out the ``.url`` at its end; None if it is no path."""
    if not _PATH.fullmatch(written) or len(written) > 200:
        return None
    return written.removesuffix(".url")


def path_parts(path: str) -> list[str | int]:
    """Take a path apart: ``images[0]`` → ``["images", 0]``."""
    return [int(index) if index else name for name, index in _PART.findall(path)]


def url_at(reply: Any, path: str) -> str | None:
    """Find the URL of a file in a reply; None if there is none at the path.

    A text that is no http or https URL is no file.
    """
    found = reply
    for part in path_parts(path):
        if isinstance(part, str) and isinstance(found, dict):
            found = found.get(part)
        elif isinstance(part, int) and isinstance(found, list) and part < len(found):
            found = found[part]
        else:
            return None
    url = found.get("url") if isinstance(found, dict) else found
    return url if _is_url(url) else None


def has_files(reply: Any) -> bool:
    """Tell whether a reply names any file."""
    return next(_files(reply, (), _MOST_LEVELS), None) is not None


def outline(reply: Any) -> str:
    """Say what a reply has: the paths of its files, else its names. Never a value."""
    files = list(_files(reply, (), _MOST_LEVELS))
    names = files or (sorted(map(str, reply)) if isinstance(reply, dict) else [])
    said = [name[:80] for name in names[:_MOST_SAID]]
    more = f" and {len(names) - len(said)} more" if len(names) > len(said) else ""
    return ", ".join(said) + more if said else "nothing"


def _files(value: Any, path: Sequence[str | int], levels: int) -> Iterator[str]:
    named = value.get("url") if isinstance(value, dict) else value
    if path and _is_url(named):
        yield _written(path)
    elif levels and isinstance(value, dict):
        for name, item in value.items():
            yield from _files(item, (*path, str(name)), levels - 1)
    elif levels and isinstance(value, list):
        for number, item in enumerate(value[:_MOST_SAID]):
            yield from _files(item, (*path, number), levels - 1)


def _is_url(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _written(path: Sequence[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
