"""Seconds and frame rates, exact: a float is refused."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from shotgraph.media.source import MAX_DURATION_S
from shotgraph.media.target_format import FASTEST, SLOWEST

_TEXT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|[0-9]{1,9}/[1-9][0-9]{0,8}")


def exact_number(value: Any) -> Fraction | None:
    """Read ``3``, ``1.5``, ``"1.5"`` or ``"1/3"``, from 0 up; None for anything else.

    A number with unusually many digits gives None too.
    """
    whole = isinstance(value, Fraction | int) and not isinstance(value, bool)
    decimal = isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 10
    text = isinstance(value, str) and _TEXT.fullmatch(value) is not None
    found = Fraction(value) if whole or decimal or text else None
    return found if found is not None and found >= 0 else None


def exact_seconds(value: Any, least: str = "0") -> Fraction:
    """Read ``3``, ``1.5``, ``"1.5"`` or ``"1001/24000"``; floats, being inexact, are refused.

    Args:
        value: The given value.
        least: The least time, for the message.
    """
    if isinstance(value, Fraction) and value >= 0:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Fraction(value)
    if isinstance(value, Decimal) and value.is_finite() and value >= 0:
        return Fraction(value)
    if isinstance(value, str) and _TEXT.fullmatch(value):
        return Fraction(value)
    raise PydanticCustomError(
        "seconds",
        "is not a time; write seconds, such as 3, 1.5 or 1001/24000, from {least} up",
        {"least": least},
    )


def _time_from(least: str) -> Any:
    def read(value: Any) -> Fraction:
        return exact_seconds(value, least)

    def within_a_clip(seconds: Fraction) -> Fraction:
        if seconds <= MAX_DURATION_S:
            return seconds
        raise PydanticCustomError(
            "too_long_a_time",
            "is longer than any clip; write seconds, from {least} to {most}",
            {"least": least, "most": MAX_DURATION_S},
        )

    number = {"type": "number", "minimum": 0, "maximum": MAX_DURATION_S}
    text = {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9}|/[1-9][0-9]{0,8})?$"}
    return (
        BeforeValidator(read),
        AfterValidator(within_a_clip),
        PlainSerializer(str),
        WithJsonSchema({"anyOf": [number, text]}),
    )


def seconds_text(seconds: Fraction) -> str:
    """Write seconds as a decimal, ``2.5``; as a fraction if no decimal is exact."""
    if (seconds * 10**9).denominator > 1:
        return str(seconds)
    return f"{Decimal(seconds.numerator) / seconds.denominator:f}"


Seconds: TypeAlias = Annotated[Fraction, *_time_from("0")]
LEAST_S = Fraction(1, FASTEST)
"""The duration of one frame at the fastest frame rate."""
LastingSeconds: TypeAlias = Annotated[Fraction, *_time_from(str(LEAST_S))]
"""The duration of something visible; less than a frame is refused (`at_least_a_frame`)."""


_RATE_TEXT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?|[0-9]{1,6}/[1-9][0-9]{0,3}")
_MOST_PARTS = 1001
# The usual short forms of television's frame rates, and the exact rates (SMPTE ST 12-1).
_TELEVISION = {
    Fraction(said): Fraction(exact)
    for said, exact in (
        ("23.976", "24000/1001"),
        ("23.98", "24000/1001"),
        ("29.97", "30000/1001"),
        ("59.94", "60000/1001"),
    )
}


def exact_rate(value: Any) -> Fraction:
    """Read ``24``, ``12.5`` or ``"24000/1001"``; short forms such as ``23.976`` become exact rates.

    Floats are refused because they are inexact. So are rates that the clock of a film can't have.
    """
    whole = isinstance(value, Fraction | int) and not isinstance(value, bool)
    decimal = isinstance(value, Decimal) and value.is_finite()
    text = isinstance(value, str) and _RATE_TEXT.fullmatch(value) is not None
    if whole or decimal or text:
        said = Fraction(value)
        said = _TELEVISION.get(said, said)
        if SLOWEST <= said <= FASTEST and said.denominator <= _MOST_PARTS:
            return said
    raise PydanticCustomError(
        "frame_rate",
        "is no frame rate; write frames per second, such as 24, 12.5 or 24000/1001, from {least} "
        "to {most}",
        {"least": SLOWEST, "most": FASTEST},
    )


FrameRate: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(exact_rate),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 1, "maximum": 120},
                {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,6}|/[1-9][0-9]{0,3})?$"},
            ]
        }
    ),
]
