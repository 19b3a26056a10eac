"""What a record may be called."""

import re

from shotgraph.errors import Terminal

_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}"
_NAME = re.compile(rf"{_PART}(/{_PART}){{0,7}}")


def is_name(name: str) -> bool:
    """Tell whether a record can have this name; a stray file in a store's folder may not."""
    return _NAME.fullmatch(name) is not None


def checked(name: str) -> str:
    """Let a name through that every store takes as it is, and that leads nowhere else.

    Parts of names come from fal, such as a request's id, and in a folder a name is a path.

    Raises:
        Terminal: It is not such a name; nothing was read or written.
    """
    if not is_name(name):
        raise Terminal(
            f"no record can be called {name[:200]!r}; allowed: up to 8 parts with '/' between, "
            "each of letters, digits, '.', '_' and '-', not starting with '.'"
        )
    return name
