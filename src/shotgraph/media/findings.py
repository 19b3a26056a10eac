"""Faults inside a clip, and their times."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

CHUNK_S = 60
"""Seconds of a clip that are decoded at a time: a film uses only a part of an hour's clip."""


@dataclass(frozen=True)
class Span:
    """A stretch of a clip or sound, in seconds from its first picture or its beginning.

    Attributes:
        begin: The time where it begins.
        end: The time where it ends; None for the clip's end.
    """

    begin: Fraction = Fraction(0)
    end: Fraction | None = None

    def chunks(self, duration: Fraction) -> range:
        """The numbers of the chunks that have a part of the span.

        Args:
            duration: The clip's length in seconds.
        """
        end = duration if self.end is None else min(self.end, duration)
        begin = min(max(self.begin, Fraction(0)), duration)
        return range(int(begin) // CHUNK_S, max(int(begin), -int(-end // 1) - 1) // CHUNK_S + 1)


WHOLE = Span()
"""All of a medium."""


@dataclass(frozen=True)
class Finding:
    """A fault in a clip that makes it unusable for a film.

    Attributes:
        stream: picture or sound.
        kind: damaged, if it can't be decoded; changes, if its properties change within the clip.
        begin: Seconds on the clip's clock.
        end: The time where the fault ends.
        what: The change, in words.
    """

    stream: str
    kind: str
    begin: Fraction
    end: Fraction
    what: str = ""

    def is_in(self, span: Span) -> bool:
        """Whether the fault touches a span."""
        return self.end > span.begin and (span.end is None or self.begin < span.end)

    def in_words(self) -> str:
        """The fault and its time, in words."""
        at = f"{float(self.begin):.2f}".rstrip("0").rstrip(".")
        if self.kind == "damaged":
            return f"its {self.stream} can't be decoded at {at} s"
        return f"{self.what} at {at} s"


@dataclass(frozen=True)
class Findings:
    """All findings of a chunk."""

    found: tuple[Finding, ...] = ()

    def as_json(self) -> list[dict[str, Any]]:
        """The findings as they are recorded."""
        return [
            {
                "stream": one.stream,
                "kind": one.kind,
                "begin": str(one.begin),
                "end": str(one.end),
                "what": one.what,
            }
            for one in self.found
        ]

    @classmethod
    def of_json(cls, said: Iterable[dict[str, Any]]) -> "Findings":
        """Read findings that `as_json` wrote."""
        return cls(
            tuple(
                Finding(
                    one["stream"],
                    one["kind"],
                    Fraction(one["begin"]),
                    Fraction(one["end"]),
                    one["what"],
                )
                for one in said
            )
        )
