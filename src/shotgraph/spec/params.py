"""The parameters of a pipeline: their types, and the values that a run gives them."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from shotgraph.model.references import LocalFile, MediaKind, RemoteUrl
from shotgraph.spec.bad_media import BadValue, take_media
from shotgraph.spec.checked import shown
from shotgraph.spec.meant import meant_boolean, meant_list, meant_number, meant_text, nearest_name
from shotgraph.spec.read_yaml import NUMBER

ParamType: TypeAlias = Literal[
    "video", "image", "audio", "text", "number", "integer", "boolean", "choice"
]
Scalar: TypeAlias = str | bool | int | Decimal
Value: TypeAlias = Scalar | LocalFile | RemoteUrl | list[Any]
"""The value of a parameter in one run."""


class Param(BaseModel):
    """One parameter: ``{type: text, default: dusk}`` or ``{list: video}``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ParamType | None = Field(default=None, description="The type of its value.")
    list: ParamType | None = Field(
        default=None, description="For a list: the type of each value in it."
    )
    default: Any = Field(default=None, description="The value if a run gives none.")
    choices: tuple[str, ...] | None = Field(
        default=None, description="The values that a choice allows."
    )
    description: str = Field(default="", description="Its purpose; shown in forms.")

    @field_validator("choices", mode="before")
    @classmethod
    def _choices_are_texts(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return tuple(str(item) if type(item) in (int, Decimal) else item for item in value)

    @model_validator(mode="after")
    def _one_type(self) -> Self:
        if (self.type is None) == (self.list is None):
            said = "neither is given" if self.type is None else "both are given"
            raise PydanticCustomError(
                "param_type",
                "a parameter has one of type and list, and {said}",
                {"field": "type", "by": ("type", "list"), "said": said},
            )
        if (self.item == "choice") != bool(self.choices):
            said = "needs choices" if self.item == "choice" else "takes no choices"
            raise PydanticCustomError(
                "param_choices",
                "a parameter of type {item} {said}",
                {
                    "field": "choices",
                    "by": ("type", "list", "choices"),
                    "item": self.item,
                    "said": said,
                },
            )
        return self

    @property
    def item(self) -> ParamType:
        """The type of its value, or of each value in its list."""
        found = self.type or self.list
        assert found is not None  # noqa: S101  the validator ensures it
        return found

    @property
    def media(self) -> MediaKind | None:
        """The kind of media that it holds, if it holds media."""
        item = self.item
        return item if item in ("video", "image", "audio") else None


_TOO_LARGE = 10**18


def take_value(param: Param, given: Any, *, folder: Path, confined: bool) -> Value:
    """Read a value for a parameter.

    Args:
        given: The value: from the file (YAML data), the command line (text) or Python.
        folder: The folder that relative paths start from.
        confined: Whether media files must lie below the folder; true for values in a file.

        Raises:
            BadValue: The parameter can't have this value.
    """
    if param.list is None:
        return _take_item(param, given, folder, confined)
    if not isinstance(given, list | tuple):
        what, allowed = f"{shown(given)} is given", f"a list of {param.list}"
        raise BadValue(what, allowed, nearest=meant_list(given))
    return [_take_item(param, item, folder, confined) for item in given]


def _take_item(param: Param, given: Any, folder: Path, confined: bool) -> Value:
    if param.media is not None:
        return take_media(given, folder=folder, confined=confined, kind=param.media)
    # A value in a file has its type already; a value from elsewhere may be a text.
    is_text = not confined
    match param.item:
        case "choice":
            return _take_choice(param, given)
        case "boolean":
            return _take_boolean(given, is_text=is_text)
        case "number" | "integer":
            return _take_number(param.item, given, is_text=is_text)
        case _:
            return _take_text(given)


def _take_choice(param: Param, given: Any) -> str:
    choices = param.choices or ()
    text = str(given) if isinstance(given, int | Decimal) else given
    if isinstance(given, bool) or text not in choices:
        number = meant_number(text)
        near = nearest_name(text, choices) if isinstance(text, str) else ""
        nearest = number if number in choices else near
        what = f"{shown(given)} is not one of the choices"
        raise BadValue(what, ", ".join(choices), nearest=nearest)
    return str(text)


def _take_boolean(given: Any, *, is_text: bool) -> bool:
    words = {"true": True, "false": False}
    value = words.get(given, given) if is_text and isinstance(given, str) else given
    if not isinstance(value, bool):
        what = f"{shown(given)} is given"
        raise BadValue(what, "true or false", nearest=meant_boolean(given))
    return value


def _take_number(kind: str, given: Any, *, is_text: bool) -> Decimal | int:
    wanted = "a whole number" if kind == "integer" else "a number"
    number = _number(given) if is_text or not isinstance(given, str) else None
    if number is None or (kind == "integer" and number != number.to_integral_value()):
        nearest = meant_number(given)
        is_whole = kind == "number" or nearest.lstrip("+-").isdecimal()
        raise BadValue(f"{shown(given)} is given", wanted, nearest=nearest if is_whole else "")
    return int(number) if kind == "integer" else number


def _number(given: Any) -> Decimal | None:
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        return None
    if isinstance(given, int):
        return Decimal(given) if abs(given) < _TOO_LARGE else None
    text = str(given)
    return Decimal(text) if NUMBER.fullmatch(text) else None


def _take_text(given: Any) -> str:
    if not isinstance(given, str):
        raise BadValue(f"{shown(given)} is given", "text", nearest=meant_text(given))
    return given


def text_of(value: Scalar) -> str:
    """Write a scalar as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
