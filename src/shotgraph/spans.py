"""Spans for OpenTelemetry; without a provider the API does nothing, at no cost.

Spans hold names, keys and figures, but no prompt, URL or secret; of an error only its class.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Span


class Noted:
    """A span, for the code inside of it."""

    def __init__(self, span: "Span") -> None:
        self._span = span

    def note(self, **values: str | int | float | bool | None) -> None:
        """Note values, such as a request's id; None is not noted."""
        for name, value in values.items():
            if value is not None:
                self._span.set_attribute(f"shotgraph.{name}", value)


@contextmanager
def span(name: str, **values: str | int | float | bool | None) -> Iterator[Noted]:
    """Time a part of the work.

    Args:
        name: The span's name, such as ``fal.submit``.
        values: Values to note; each becomes ``shotgraph.<name>``.
    """
    # Imported here: it takes a tenth of a second, and a plan has no spans.
    from opentelemetry.trace import Status, StatusCode, get_tracer

    with get_tracer("shotgraph").start_as_current_span(
        f"shotgraph.{name}", record_exception=False, set_status_on_exception=False
    ) as started:
        noted = Noted(started)
        noted.note(**values)
        try:
            yield noted
        except BaseException as error:
            # The message may hold a prompt, or fal's words about a prompt.
            started.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
