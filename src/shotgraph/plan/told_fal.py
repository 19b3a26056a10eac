"""The fal that the user of a run was told of: the run buys at no other.

The command plans a run and tells its user what it will buy, before the run begins. The run then
reads the FalCredentials block again. If the block names another fal by then, other clips are there,
and another account pays.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shotgraph.errors import InvalidInput

_told: ContextVar[str | None] = ContextVar("told_fal", default=None)


@contextmanager
def only_at(backend: str | None) -> Iterator[None]:
    """Let every run in the block buy only at one fal.

    Args:
        backend: The name of the fal in content keys; None if the user was told of no fal.
    """
    token = _told.set(backend)
    try:
        yield
    finally:
        _told.reset(token)


def check_fal(backend: str) -> None:
    """Check that a run is about to buy at the fal that its user was told of.

    Args:
        backend: The name of the run's fal in content keys.

    Raises:
        InvalidInput: It is another fal; nothing was sent.
    """
    told = _told.get()
    if told is not None and backend != told:
        raise InvalidInput(
            f"this run was planned for the fal {told}, and now its FalCredentials block or the "
            f"environment names the fal {backend}, where other clips are there. Nothing was sent. "
            "Run again: then you see what a run buys there"
        )
