"""A model's fields → the schemas of what may be written there."""

from decimal import Decimal
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, WithJsonSchema
from pydantic.fields import FieldInfo

from shotgraph.free_json import TakesAnywhere
from shotgraph.media.target_format import LONGEST_SIDE, SHORTEST_SIDE
from shotgraph.media_ref import Takes
from shotgraph.spec.frame_rate import FrameRate
from shotgraph.spec.json_schema.references import Schema, either, or_filled_in, or_reference, ref
from shotgraph.spec.local_steps import FrameAt, Side
from shotgraph.spec.seconds import Seconds

# What the validators of these take, which pydantic can't tell.
_WRITTEN: list[tuple[Any, Schema]] = [
    (
        Seconds,
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9}|/[1-9][0-9]{0,8})?$"},
            ],
        },
    ),
    (
        FrameRate,
        {
            "anyOf": [
                {"type": "number", "minimum": 1, "maximum": 120},
                {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,6}|/[1-9][0-9]{0,3})?$"},
            ],
        },
    ),
    (
        Side,
        {
            "type": "integer",
            "multipleOf": 2,
            "minimum": SHORTEST_SIDE,
            "maximum": LONGEST_SIDE,
        },
    ),
    (FrameAt, {"anyOf": [{"enum": ["first", "last"]}, {"type": "integer", "minimum": 0}]}),
]


class Fields:
    """Writes models as schemas; those that stand inside of others become definitions.

    Attributes:
        definitions: By name.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def body(self, model: type[BaseModel]) -> tuple[dict[str, Schema], list[str]]:
        """Give the schemas of a model's fields, and the names of those that it needs."""
        hints = get_type_hints(model, include_extras=True)
        fields = model.model_fields
        properties = {name: self._field(hints[name], field) for name, field in fields.items()}
        return properties, [name for name, field in fields.items() if field.is_required()]

    def model(self, model: type[BaseModel]) -> Schema:
        """Give the schema of a mapping that a model reads."""
        properties, required = self.body(model)
        return {
            "type": "object",
            "description": first_line(model),
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    def _field(self, hint: Any, field: FieldInfo) -> Schema:
        if (schema := self._written(hint, field)) is None:
            schema = _counted(self._of(hint), field)
        said: Schema = {"description": field.description} if field.description else {}
        default = _default(field)
        return {**schema, **said, **({} if default is None else {"default": default})}

    def _written(self, hint: Any, field: FieldInfo) -> Schema | None:
        """Give the schema that a field's own marks say, or None."""
        marks = [*field.metadata, *getattr(hint, "__metadata__", ())]
        for mark in marks:
            if isinstance(mark, WithJsonSchema) and mark.json_schema is not None:
                return dict(mark.json_schema)
            if isinstance(mark, TakesAnywhere):
                return {"type": "object"}
        return None

    def _of(self, hint: Any) -> Schema:
        for written, schema in _WRITTEN:
            if hint == written:
                return or_filled_in(schema)
        origin, inside = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(hint)
        if origin in (Union, UnionType):
            return either(*(self._of(part) for part in inside if part is not NoneType))
        if origin is list:
            return self._list(inside[0])
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            self.definitions[_key(hint)] = self.model(hint)
            return ref(_key(hint))
        if origin is Literal:
            return or_filled_in(_choices(inside))
        if origin is dict:
            return {"type": "object"}
        if hint is Path:
            return {"type": "string", "minLength": 1}
        return _scalar(hint)

    def _annotated(self, hint: Any) -> Schema:
        for mark in get_args(hint)[1:]:
            if isinstance(mark, Takes):
                return ref(mark.kind)
        return _scalar(hint)

    def _list(self, item: Any) -> Schema:
        if isinstance(item, type) and issubclass(item, BaseModel):
            return {"type": "array", "items": self._of(item)}
        return or_reference({"type": "array", "items": self._of(item)})


def first_line(model: type[BaseModel]) -> str:
    """What a model's docstring says first."""
    return (model.__doc__ or "").strip().splitlines()[0]


def _key(model: type[BaseModel]) -> str:
    return model.__name__.removesuffix("Arguments").lower()


def _choices(choices: tuple[Any, ...]) -> Schema:
    """Allow choices, and those that are digits as numbers too, as they are read."""
    numbers = [int(choice) for choice in choices if isinstance(choice, str) and choice.isdigit()]
    return {"enum": [*choices, *numbers]}


def _counted(schema: Schema, field: FieldInfo) -> Schema:
    """Put in how long a list may be, which pydantic keeps beside its type."""
    words = {
        word: getattr(mark, attribute)
        for mark in field.metadata
        for word, attribute in (("minItems", "min_length"), ("maxItems", "max_length"))
        if hasattr(mark, attribute)
    }
    parts = schema.get("anyOf", [schema])
    lists = [{**part, **words} if part.get("type") == "array" else part for part in parts]
    return {**schema, "anyOf": lists} if "anyOf" in schema else lists[0]


def _scalar(hint: Any) -> Schema:
    schema = _exact(TypeAdapter(hint).json_schema())
    is_text = schema.get("type") == "string"
    return schema if is_text or not schema else or_filled_in(schema)


def _exact(schema: Schema) -> Schema:
    """Let a text that stands for a number be one, which pydantic leaves open."""
    parts = schema.get("anyOf", [])
    if not any(part.get("type") == "number" for part in parts):
        return schema
    number = {"type": "string", "pattern": r"^[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?$"}
    numbers = [number if part.get("type") == "string" else part for part in parts]
    return {**schema, "anyOf": numbers}


def _default(field: FieldInfo) -> Any:
    value = field.default if not field.is_required() else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value if isinstance(value, str | int) and value != "" else None
