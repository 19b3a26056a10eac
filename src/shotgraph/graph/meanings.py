"""The meaning of a name in one run of a step: a parameter, a loop variable, a step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from shotgraph.graph.bind import Bound
from shotgraph.model.references import MediaKind
from shotgraph.spec import Pipeline
from shotgraph.spec.document import Path
from shotgraph.spec.foreign_forms import NO_ENVIRONMENT, is_environment, meant_name
from shotgraph.spec.meant import nearest_name
from shotgraph.spec.pipeline import ANY, UNREAD, Reference

Role: TypeAlias = Literal["parameter", "step", "item", "round"]


@dataclass(frozen=True)
class Named:
    """The meaning of a name.

    Attributes:
        role: The origin of the value: a parameter, a step's output, an item of a for_each, or the
            output of the round before.
        media: The kind of media of the value or of its list; None for texts and numbers.
        value: A value, a medium, or a list of them.
        type_name: The name of its type in messages.
        is_written: Whether the file has the value itself; in a media field such a value is a path.
        is_made_up: Whether the value is a placeholder, of which only the type is valid.
        last_for_one: Whether the last item is used if a single value is required.
    """

    role: Role
    media: MediaKind | None
    value: Any
    type_name: str
    is_written: bool = False
    is_made_up: bool = False
    last_for_one: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether the value is unknown, because its source could not be read."""
        return self.value is UNREAD

    def item(self, value: Any) -> "Named":
        """One value of the list, as the item of a for_each."""
        return Named("item", self.media, value, self.type_name, self.is_written, self.is_made_up)


Scope: TypeAlias = Mapping[str, Named]
"""Names that are valid only in one run of a step."""

UNREAD_NAME = Named("item", None, UNREAD, "")
"""The meaning of a name with an unreadable value."""


NodeOutputs: TypeAlias = Mapping[str, Named]
"""The outputs of a step by name; the first is the default."""


class Meanings:
    """Finds the meaning of a reference.

    Args:
        bound: The values of the pipeline's parameters.
        outputs: Finds the outputs of a step; None if they are not known and the problem is noted.
        say: Notes a problem.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        bound: Bound,
        outputs: Callable[[str], NodeOutputs | None],
        say: Callable[..., None],
    ) -> None:
        self._pipeline = pipeline
        self._outputs = outputs
        self._say = say
        self._params = {
            name: Named(
                "parameter",
                param.media,
                bound.values[name],
                param.item,
                is_made_up=name in bound.made_up,
            )
            for name, param in pipeline.params.items()
        }
        self.used: set[str] = set()

    def names(self, scope: Scope) -> list[str]:
        """Every name that can be referred to."""
        return [*self._params, *scope, *self._pipeline.steps]

    def texts(self, scope: Scope) -> list[str]:
        """The names that can be used inside a text."""
        known = {**self._params, **scope}
        return [name for name, named in known.items() if named.media is None]

    def value(self, name: str, scope: Scope) -> Named | None:
        """The meaning of a name that is not a step."""
        self.used.add(name)
        return scope.get(name) or self._params.get(name)

    def is_step(self, name: str) -> bool:
        """Whether a step has this name."""
        return name in self._pipeline.steps

    def is_unread(self, name: str, scope: Scope) -> bool:
        """Whether a name may belong to a part of the file that could not be read."""
        return name in self._pipeline.unread or ANY in scope

    def find(self, reference: Reference, scope: Scope, here: Path) -> Named | None:
        """The meaning of a reference; None, with a problem, if there is no such meaning.

        None without a problem, if the part of the file that defines it could not be read.
        """
        if (named := self.value(reference.name, scope)) is not None:
            if named.is_unread:
                return None
            if reference.field is None:
                return named
            what = "a parameter" if named.role == "parameter" else f"${reference.name}"
            self._say(here, f"{reference}: {what} has no fields")
            return None
        if not self.is_step(reference.name):
            if self.is_unread(reference.name, scope):
                return None
            names = self.names(scope)
            what = f'there is no step or parameter "{reference.name}"'
            meant = meant_name(str(reference), names) or nearest_name(reference.name, names)
            if not meant and is_environment(reference.name):
                what += NO_ENVIRONMENT
            allowed = ", ".join(f"${name}" for name in names)
            self._say(here, what, allowed=allowed, nearest=dollar(meant))
            return None
        outputs = self._outputs(reference.name)
        return None if outputs is None else self._output(reference, outputs, here)

    def _output(self, reference: Reference, outputs: NodeOutputs, here: Path) -> Named | None:
        first = next(iter(outputs.values()))
        if reference.field is None:
            return first
        if reference.field in outputs:
            return outputs[reference.field]
        if reference.field in ("first", "last") and isinstance(first.value, list):
            return first.item(first.value[0 if reference.field == "first" else -1])
        ends = ["first", "last"] if isinstance(first.value, list) else []
        step = self._pipeline.steps[reference.name]
        self._say(
            here,
            f"{reference}: {step.kind.name} has no output of that name",
            allowed=", ".join(f"${reference.name}.{name}" for name in [*outputs, *ends]),
            nearest=f"${reference.name}" if len(outputs) == 1 else "",
        )
        return None


def dollar(name: str) -> str:
    """Write a name as a reference; '' for an empty name."""
    return f"${name}" if name else ""
