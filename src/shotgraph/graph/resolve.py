"""A step's body as written → the same with every reference followed."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from shotgraph.graph.bind import Bound
from shotgraph.media_fields import FieldPath, media_kind_at, model_at, wants_list
from shotgraph.media_ref import LocalFile, MediaKind, RemoteUrl, StepOutput, one
from shotgraph.spec import Param, Pipeline, Problem, Step
from shotgraph.spec.params import BadValue, take_media, text_of
from shotgraph.spec.problem import nearest_name
from shotgraph.spec.template import BadTemplate, Reference, substitute, whole_reference

_UNKNOWN: Any = object()


@dataclass
class Resolver:
    """Follows the references in the bodies of one pipeline, for one set of values.

    Attributes:
        bound: What the parameters are worth.
        problems: What was found to be wrong so far.
        made_up: Steps and fields that got a made-up value whose type alone means something.
    """

    pipeline: Pipeline
    bound: Bound
    problems: list[Problem] = field(default_factory=list)
    made_up: set[tuple[str, str]] = field(default_factory=set)

    def body(self, step: Step) -> dict[str, Any] | None:
        """Resolve a step's body; None if something in it can't be resolved."""
        before = len(self.problems)
        base = ("steps", step.name, step.kind.name)
        model = step.kind.arguments
        fields = step.kind.fields()
        self.problems += [
            self.pipeline.document.unknown_key((*base, key), fields)
            for key in step.body
            if key not in fields and key != "tier"
        ]
        body = {
            key: self._value(value, model, (key,), base)
            for key, value in step.body.items()
            if key in fields and key != "tier"
        }
        return body if len(self.problems) == before else None

    def _value(self, value: Any, model: type[BaseModel], path: FieldPath, base: FieldPath) -> Any:
        if isinstance(value, dict):
            return self._mapping(value, model, path, base)
        if isinstance(value, list):
            return [
                self._value(item, model, (*path, number), base) for number, item in enumerate(value)
            ]
        if not isinstance(value, str):
            return _as_choice(value, model, path)
        here = (*base, *path)
        takes = media_kind_at(model, path)
        if (reference := whole_reference(value)) is not None:
            found = self._referred(reference, takes, here)
        elif takes is not None:
            found = self._media(value, here)
        else:
            found = self._text(value, here)
        if takes is not None and found is not _UNKNOWN:
            self._count(value, found, takes, wants_list(model, path), here)
        return _as_choice(found, model, path)

    def _count(
        self, written: str, found: Any, takes: MediaKind, list_wanted: bool, here: FieldPath
    ) -> None:
        """Check that one stands where one belongs, and a list where a list does."""
        if list_wanted and not isinstance(found, list):
            allowed = f"a list of them, such as [{written}]"
            self._say(here, f"{written} is one {takes}", allowed=allowed)
        elif isinstance(found, list) and not list_wanted:
            self._say(here, f"{written} is a list", allowed=f"one {takes}")

    def _mapping(
        self, mapping: dict[str, Any], model: type[BaseModel], path: FieldPath, base: FieldPath
    ) -> dict[str, Any]:
        reader = model_at(model, path)
        if reader is not None:
            # Said here, because the models also read fal's own names, which no file may use:
            # a path under such a name would not be seen to be one.
            self.problems += [
                self.pipeline.document.unknown_key((*base, *path, key), list(reader.model_fields))
                for key in mapping
                if key not in reader.model_fields
            ]
        return {
            key: self._value(item, model, (*path, key), base)
            for key, item in mapping.items()
            if reader is None or key in reader.model_fields
        }

    def _say(self, path: FieldPath, what: str, *, allowed: str = "", nearest: str = "") -> Any:
        self.problems.append(
            self.pipeline.document.problem(path, what, allowed=allowed, nearest=nearest)
        )
        return _UNKNOWN

    def _referred(self, reference: Reference, takes: MediaKind | None, here: FieldPath) -> Any:
        param = self.pipeline.params.get(reference.name)
        if param is not None:
            return self._param(reference, param, takes, here)
        made = self.output_kind(reference, here)
        if made is None:
            return _UNKNOWN
        if takes is None:
            return self._say(here, f"{reference} is {one(made)}, and {here[-1]} takes none")
        if made != takes:
            return self._say(here, f"{reference} is {one(made)}", allowed=one(takes))
        return StepOutput(step=reference.name, kind=made)

    def _param(
        self, reference: Reference, param: Param, takes: MediaKind | None, here: FieldPath
    ) -> Any:
        if reference.field is not None:
            return self._say(here, f"{reference}: a parameter has no fields")
        if takes is not None and param.media != takes:
            return self._say(here, f"{reference} is of type {param.item}", allowed=one(takes))
        if takes is None and param.media is not None:
            return self._say(here, f"{reference} is {one(param.media)}, and {here[-1]} takes none")
        value = self.bound.values[reference.name]
        if reference.name in self.bound.made_up and not isinstance(value, LocalFile):
            self.made_up.add((str(here[1]), str(here[3])))
        return value

    def output_kind(self, reference: Reference, here: FieldPath) -> MediaKind | None:
        """Tell what the step that is referred to makes; None (and a problem) if there is none."""
        pipeline = self.pipeline
        step = pipeline.steps.get(reference.name)
        if step is None:
            names = [*pipeline.params, *pipeline.steps]
            self._say(
                here,
                f'there is no step or parameter "{reference.name}"',
                allowed=", ".join(f"${name}" for name in names),
                nearest=_dollar(nearest_name(reference.name, names)),
            )
            return None
        if reference.field not in (None, step.kind.output):
            self._say(
                here,
                f"{reference}: {step.kind.name} has no output of that name",
                allowed=f"${step.name}.{step.kind.output}",
            )
            return None
        return step.kind.output

    def _media(self, text: str, here: FieldPath) -> LocalFile | RemoteUrl | Any:
        try:
            return take_media(text, folder=self.pipeline.folder, confined=True)
        except BadValue as bad:
            return self._say(here, bad.what, allowed=bad.allowed)

    def _text(self, text: str, here: FieldPath) -> str:
        def value_of(name: str) -> str:
            param = self.pipeline.params.get(name)
            value = self.bound.values.get(name)
            if param is None:
                self._not_a_text(name, here)
            elif isinstance(value, list | LocalFile | RemoteUrl) or value is None:
                said = one(param.media) if param.media and not param.list else "a list"
                self._say(here, f"${name} is {said}, and can't stand inside a text")
            else:
                return text_of(value)
            return ""

        try:
            return substitute(text, value_of)
        except BadTemplate as bad:
            self._say(here, str(bad))
            return ""

    def _not_a_text(self, name: str, here: FieldPath) -> None:
        if name in self.pipeline.steps:
            self._say(here, f"${name} is a step, and can't stand inside a text")
            return
        texts = [key for key, param in self.pipeline.params.items() if param.media is None]
        self._say(
            here,
            f'there is no parameter "{name}"',
            allowed=", ".join(f"${key}" for key in texts) or 'no parameters; "$$" is a dollar sign',
            nearest=_dollar(nearest_name(name, texts)),
        )


def _dollar(name: str) -> str:
    return f"${name}" if name else ""


def _as_choice(value: Any, model: type[BaseModel], path: FieldPath) -> Any:
    """Let ``duration: 5`` mean "5": fal's choices are texts, also where they look like numbers."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and len(path) == 1:
        annotation = model.model_fields[str(path[0])].annotation
        if get_origin(annotation) is Literal and str(value) in get_args(annotation):
            return str(value)
    return value
