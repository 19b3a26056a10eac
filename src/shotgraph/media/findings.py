"""What is wrong inside of a clip, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

CHUNK_S = 60
"""Of a clip that are decoded at a time: what a film uses of an hour is not an hour."""


@dataclass(frozen=True)
class Span:
    """A stretch of a clip, in seconds from its first picture; of a sound, from its beginning.

    Attributes:
        begin: Its first second.
        end: Where it ends; None for the clip's end.
    """

    begin: Fraction = Fraction(0)
    end: Fraction | None = None

    def chunks(self, duration: Fraction) -> range:
        """The numbers of the chunks that it touches.

        Args:
            duration: Seconds of the clip.
        """
        end = duration if self.end is None else min(self.end, duration)
        begin = min(max(self.begin, Fraction(0)), duration)
        return range(int(begin) // CHUNK_S, max(int(begin), -int(-end // 1) - 1) // CHUNK_S + 1)


WHOLE = Span()
"""All of a medium."""


@dataclass(frozen=True)
class Finding:
    """Something that a film must not have.

    Attributes:
        stream: picture or sound.
        kind: damaged, if it can't be decoded; changes, if it is another than before.
        begin: Seconds on the clip's clock.
        end: Where it is right again.
        what: What changed, in words.
    """

    stream: str
    kind: str
    begin: Fraction
    end: Fraction
    what: str = ""

    def is_in(self, span: Span) -> bool:
        """Whether it is seen or heard in a span."""
        return self.end > span.begin and (span.end is None or self.begin < span.end)

    def in_words(self) -> str:
        """What is wrong, and when."""
        at = f"{float(self.begin):.2f}".rstrip("0").rstrip(".")
        if self.kind == "damaged":
            return f"its {self.stream} can't be decoded at {at} s"
        return f"{self.what} at {at} s"


@dataclass(frozen=True)
class Findings:
    """All of a chunk."""

    found: tuple[Finding, ...] = ()

    def as_json(self) -> list[dict[str, Any]]:
        """As it is put on record."""
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
        """Read what `as_json` gave."""
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
