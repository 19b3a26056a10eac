"""What every name means in one pipeline: its parameters, its steps, and what a run adds."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from shotgraph.graph.bind import Bound
from shotgraph.graph.named import Named, Scope
from shotgraph.spec import Pipeline
from shotgraph.spec.document import Path
from shotgraph.spec.nearest_name import nearest_name
from shotgraph.spec.pipeline import ANY
from shotgraph.spec.template import Reference

Outputs: TypeAlias = Mapping[str, Named]
"""What a step makes, by name; what comes first is meant where no name is said."""


class Meanings:
    """Finds what a reference means.

    Args:
        pipeline: The pipeline.
        bound: What its parameters are worth.
        outputs: Finds what a step makes; None if that can't be told, which was said.
        say: Notes a problem.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        bound: Bound,
        outputs: Callable[[str], Outputs | None],
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
        """Every name that can be said."""
        return [*self._params, *scope, *self._pipeline.steps]

    def texts(self, scope: Scope) -> list[str]:
        """The names that can stand inside a text."""
        known = {**self._params, **scope}
        return [name for name, named in known.items() if named.media is None]

    def value(self, name: str, scope: Scope) -> Named | None:
        """What a name that is not a step's stands for."""
        self.used.add(name)
        return scope.get(name) or self._params.get(name)

    def is_step(self, name: str) -> bool:
        """Whether a step has this name."""
        return name in self._pipeline.steps

    def is_unread(self, name: str, scope: Scope) -> bool:
        """Whether a name may stand for something in the file that could not be read."""
        return name in self._pipeline.unread or ANY in scope

    def find(self, reference: Reference, scope: Scope, here: Path) -> Named | None:
        """What a reference means; None, and a problem, if it means nothing.

        None without a problem, if it means something that could not be read.
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
            self._say(
                here,
                f'there is no step or parameter "{reference.name}"',
                allowed=", ".join(f"${name}" for name in names),
                nearest=dollar(nearest_name(reference.name, names)),
            )
            return None
        outputs = self._outputs(reference.name)
        return None if outputs is None else self._output(reference, outputs, here)

    def _output(self, reference: Reference, outputs: Outputs, here: Path) -> Named | None:
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
        )
        return None


def dollar(name: str) -> str:
    """Write a name as a reference; nothing stays nothing."""
    return f"${name}" if name else ""
