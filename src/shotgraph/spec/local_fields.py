"""Fields that several local steps have: colours, tracks, frames, and places in a picture."""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from shotgraph.media.framing import MIDDLE, Point
from shotgraph.media.lettering import SMALLEST_PX
from shotgraph.media.target_format import FASTEST, LONGEST_SIDE, SHORTEST_SIDE
from shotgraph.spec.exact_numbers import LEAST_S, exact_number, seconds_text


class LocalArguments(BaseModel):
    """The arguments of a local step."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def refuse_all(found: list[PydanticCustomError]) -> None:
    """Report all errors between the fields of a model; pydantic by itself stops at the first.

    Raises:
        ValidationError: There are errors; pydantic reports each by itself.
    """
    if found:
        raise ValidationError.from_exception_data(
            "arguments", [InitErrorDetails(type=each, input=None) for each in found]
        )


def refused_by(*checks: Callable[[], None]) -> Iterator[PydanticCustomError]:
    """Run checks that raise errors, and give the errors."""
    for check in checks:
        try:
            check()
        except PydanticCustomError as error:
            yield error


AudioTrack: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=64)]
AUDIO_TRACK: Any = Field(
    default=None,
    description="The sound track to use, if a clip has several, counted from 1; by default the "
    "track that players choose, or two mono tracks as left and right.",
)


_COLOUR = re.compile("#[0-9a-fA-F]{6}")


def _colour(value: Any) -> Any:
    if isinstance(value, str) and _COLOUR.fullmatch(value):
        return value.lower()
    raise PydanticCustomError(
        "colour",
        'is no colour; write two hexadecimal digits each of red, green and blue: "#1a2b3c"',
    )


HexColour: TypeAlias = Annotated[
    str,
    BeforeValidator(_colour),
    WithJsonSchema({"type": "string", "pattern": f"^{_COLOUR.pattern}$"}),
]
BACKGROUND: Any = Field(
    default=None,
    description='The colour behind a transparent picture, such as "#ffffff"; black by default.',
)


def _frame_at(value: Any) -> Any:
    counted = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if value in ("first", "last") or counted:
        return value
    raise PydanticCustomError("frame", 'is no frame; write "first", "last" or a number from 0 up')


FrameAt: TypeAlias = Annotated[
    Literal["first", "last"] | int,
    BeforeValidator(_frame_at),
    WithJsonSchema({"anyOf": [{"enum": ["first", "last"]}, {"type": "integer", "minimum": 0}]}),
]


def _side(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and value % 2 == 0 and SHORTEST_SIDE <= value <= LONGEST_SIDE:
        return value
    raise PydanticCustomError(
        "side",
        "is no side of a film; write an even number of pixels from {least} to {most}",
        {"least": SHORTEST_SIDE, "most": LONGEST_SIDE},
    )


Side: TypeAlias = Annotated[
    int,
    BeforeValidator(_side),
    WithJsonSchema(
        {
            "type": "integer",
            "multipleOf": 2,
            "minimum": SHORTEST_SIDE,
            "maximum": LONGEST_SIDE,
        }
    ),
]


_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?|[0-9]{1,18}/[1-9][0-9]{0,17}) ?%")


def _share(value: Any) -> Fraction:
    found = share_of(value)
    if found is not None:
        return found
    raise PydanticCustomError("share", "is no part of the whole; write 0 to 1, or such as 50%")


def share_of(value: Any) -> Fraction | None:
    """Read ``0.5``, ``"1/3"`` or ``50%`` as a part of the whole; None for anything else."""
    found = _percent(value)
    found = exact_number(value) if found is None else found
    return found if found is not None and 0 <= found <= 1 else None


def _percent(value: Any) -> Fraction | None:
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return Fraction(found[1]) / 100 if found is not None else None


Share: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_share),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^[0-9./]+ ?%?$"},
            ]
        }
    ),
]
"""A part of a whole: 0 to 1, or 0% to 100%."""


def _two(value: Any) -> Any:
    if isinstance(value, list | tuple) and len(value) == 2:
        return list(value)
    raise PydanticCustomError(
        "point",
        "is no point; write two shares, from the left and from the top, such as [0.5, 0.3]",
    )


Focus: TypeAlias = Annotated[
    list[Share],
    BeforeValidator(_two),
    Field(json_schema_extra={"minItems": 2, "maxItems": 2}),
]
"""A point of a picture: its distance from the left and from the top, as shares."""


def focus_of(given: list[Fraction] | None) -> Point:
    """The given point, or the middle."""
    return (given[0], given[1]) if given is not None else MIDDLE


def at_least_a_frame(seconds: Fraction, *, field: str = "seconds") -> None:
    """Refuse a duration below one frame at the fastest frame rate.

    Raises:
        PydanticCustomError: The duration is shorter.
    """
    if seconds < LEAST_S:
        raise PydanticCustomError(
            "length",
            "{field} is {seconds}; the shortest is {least} s, a frame of a film of {fastest} a "
            "second",
            {
                "field": field,
                "by": (field,),
                "seconds": seconds_text(seconds),
                "least": str(LEAST_S),
                "fastest": FASTEST,
            },
        )


def check_focus(focus: list[Fraction] | None, fit: str | None) -> None:
    """Refuse a focus that has no effect.

    Raises:
        PydanticCustomError: The whole picture is in view, since it is padded.
    """
    if focus is not None and fit not in ("crop", "blur"):
        raise PydanticCustomError(
            "focus",
            "a focus says which part stays in view, and {said} keeps all; write fit: crop",
            {"field": "focus", "by": ("fit", "focus"), "said": f"fit: {fit or 'pad'}"},
        )


def _extent(said: str, *, least: int, is_even: bool = False) -> Callable[[Any], int | Fraction]:
    """Make a reader of pixels, from `least` up, or of a share; 0% only if `least` is 0."""

    def read(value: Any) -> int | Fraction:
        share = value if isinstance(value, Fraction) else _percent(value)
        if share is not None and 0 <= share <= 1 and (share > 0 or least == 0):
            return share
        counted = isinstance(value, int) and not isinstance(value, bool)
        if counted and least <= value <= LONGEST_SIDE and not (is_even and value % 2):
            return int(value)
        raise PydanticCustomError("extent", said, {"least": least, "most": LONGEST_SIDE})

    return read


def _written(value: int | Fraction) -> int | str:
    return f"{value * 100}%" if isinstance(value, Fraction) else value


def _extent_schema(least: int) -> WithJsonSchema:
    pixels = {"type": "integer", "minimum": least, "maximum": LONGEST_SIDE}
    return WithJsonSchema({"anyOf": [pixels, {"type": "string", "pattern": r"^[0-9./]+ ?%$"}]})


PlaceExtent: TypeAlias = Annotated[
    int | Fraction,
    PlainValidator(
        _extent(
            "is no place in a picture; write an even number of pixels from {least} to {most}, or "
            "a share such as 25%",
            least=0,
            is_even=True,
        )
    ),
    PlainSerializer(_written),
    _extent_schema(0),
]
"""Where something begins: an even number of pixels, or a share of the picture as a fraction."""

SideExtent: TypeAlias = Annotated[
    int | Fraction,
    PlainValidator(
        _extent(
            "is no side of a picture; write an even number of pixels from {least} to {most}, or a "
            "share above 0, such as 25%",
            least=SHORTEST_SIDE,
            is_even=True,
        )
    ),
    PlainSerializer(_written),
    _extent_schema(SHORTEST_SIDE),
]
"""A width or a height, as `PlaceExtent`."""

LetterExtent: TypeAlias = Annotated[
    int | Fraction,
    PlainValidator(
        _extent(
            "is no height of letters; write a whole number of pixels from {least} to {most}, or a "
            "share above 0, such as 8%",
            least=SMALLEST_PX,
        )
    ),
    PlainSerializer(_written),
    _extent_schema(SMALLEST_PX),
]
"""The height of letters: pixels, or a share of the picture's height as a fraction."""


_RATIO = re.compile(r"([1-9][0-9]{0,4}):([1-9][0-9]{0,4})")
_MOST_UNEQUAL = 20


def _ratio(value: Any) -> Fraction:
    found = _RATIO.fullmatch(value) if isinstance(value, str) else None
    ratio = Fraction(int(found[1]), int(found[2])) if found is not None else value
    if isinstance(ratio, Fraction) and Fraction(1, _MOST_UNEQUAL) <= ratio <= _MOST_UNEQUAL:
        return ratio
    raise PydanticCustomError(
        "ratio",
        'is no shape of a picture; write width and height as parts, such as "9:16", from '
        "1:{most} to {most}:1",
        {"most": _MOST_UNEQUAL},
    )


AspectRatio: TypeAlias = Annotated[
    Fraction,
    BeforeValidator(_ratio),
    PlainSerializer(lambda ratio: f"{ratio.numerator}:{ratio.denominator}"),
    WithJsonSchema({"type": "string", "pattern": f"^{_RATIO.pattern}$"}),
]
