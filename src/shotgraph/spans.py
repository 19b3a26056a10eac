"""Spans for OpenTelemetry, where somebody has set it up; else nothing, at no cost.

A provider that is set has imported the API: so it is looked for among what is imported, and never
imported here. What is noted are names, keys and figures: no prompt, no URL and no secret, and of an
error its class alone.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_API = "opentelemetry.trace"


class Noted:
    """What a span is told while it lasts."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def note(self, **values: str | int | float | bool | None) -> None:
        """Note values, such as a request's id; None is left out."""
        if self._span is None:
            return
        for name, value in values.items():
            if value is not None:
                self._span.set_attribute(f"shotgraph.{name}", value)


@contextmanager
def span(name: str, **values: str | int | float | bool | None) -> Iterator[Noted]:
    """Time a part of the work.

    Args:
        name: Such as ``fal.submit``.
        values: What is known of it; each becomes ``shotgraph.<name>``.
    """
    api = sys.modules.get(_API)
    if api is None:
        yield Noted()
        return
    tracer = api.get_tracer("shotgraph")
    with tracer.start_as_current_span(
        f"shotgraph.{name}", record_exception=False, set_status_on_exception=False
    ) as started:
        noted = Noted(started)
        noted.note(**values)
        try:
            yield noted
        except BaseException as error:
            # Its message may hold a prompt, or what fal said of one.
            started.set_status(api.Status(api.StatusCode.ERROR, type(error).__name__))
            raise
