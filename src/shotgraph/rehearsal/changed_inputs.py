"""Inputs as a list of requests may show them: in another form than they were sent."""

from typing import Any

from shotgraph.rehearsal.faults import Change

ANOTHER_HOST = "https://v3b.fal.media/files/copied"
CUT_AFTER = 60
"""The characters of a text that is cut."""


def changed(value: Any, change: Change) -> Any:
    """Return an input in another form.

    Args:
        value: The input.
        change: The form; `Fault.change` has them all.
    """
    if change == "wrapped":
        return {"input": value}
    if change == "bare":
        inside = value.items() if isinstance(value, dict) else ()
        return {name: one for name, one in inside if isinstance(one, str) and not _is_url(one)}
    return _each(value, change)


def _each(value: Any, change: Change) -> Any:
    if isinstance(value, dict):
        return {name: _each(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_each(one, change) for one in value]
    if not isinstance(value, str):
        return value
    return _url(value, change) if _is_url(value) else _text(value, change)


def _is_url(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _url(url: str, change: Change) -> str:
    match change:
        case "host":
            return f"{ANOTHER_HOST}/{url.rpartition('/')[2]}"
        case "query":
            return f"{url}?token=1"
    return url


def _text(text: str, change: Change) -> str:
    match change:
        case "space":
            return f" {text}\n"
        case "case":
            return text.upper()
        case "cut":
            return text[:CUT_AFTER]
    return text
