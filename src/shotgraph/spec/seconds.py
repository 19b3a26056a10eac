"""Seconds as exact numbers."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

_TEXT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|[0-9]{1,9}/[1-9][0-9]{0,8}")


def exact_seconds(value: Any) -> Fraction:
    """Read ``3``, ``1.5``, ``"1.5"`` or ``"1001/24000"``; floats, being inexact, are refused."""
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
        "is not a time; write seconds, such as 3, 1.5 or 1001/24000, from 0 up",
    )


def seconds_text(seconds: Fraction) -> str:
    """Write seconds as people do, ``2.5``; as a fraction where that is all that is exact."""
    if (seconds * 10**9).denominator > 1:
        return str(seconds)
    return f"{Decimal(seconds.numerator) / seconds.denominator:f}"


Seconds: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(exact_seconds),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9}|/[1-9][0-9]{0,8})?$"},
            ]
        }
    ),
]
