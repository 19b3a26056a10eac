"""A pipeline file that a step of another file uses, with its values."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from shotgraph.graph.bind import Bound, bind_inner
from shotgraph.graph.meanings import Meanings, Named, Scope
from shotgraph.graph.resolve import Resolver
from shotgraph.graph.room import Room
from shotgraph.model.file_memory import is_file, what_is_no_file
from shotgraph.model.references import one
from shotgraph.spec import Param, Pipeline, Problem, Step
from shotgraph.spec.bad_media import BadValue, outside_words
from shotgraph.spec.checked import shown
from shotgraph.spec.document import Path
from shotgraph.spec.meant import Missing, nearest_name
from shotgraph.spec.params import take_value

MOST_FILES = 8
"""The most levels of files that use other files."""


@dataclass(frozen=True)
class Inner:
    """A pipeline that another one uses.

    Attributes:
        path: The file of the pipeline.
        bound: The values of its parameters.
    """

    path: FilePath
    pipeline: Pipeline
    bound: Bound


@dataclass(frozen=True)
class Used:
    """Reads the file that a step uses, for one run of the step.

    Attributes:
        outer: The pipeline of the step.
        meanings: The meanings of its names.
        scope: The names that are valid only in this run.
        note: Notes a problem of the outer file.
        inside: The files that are being read, outermost first.
        problems: The list to which problems of used files are added.
        room: The parts that the film may still get.
    """

    outer: Pipeline
    meanings: Meanings
    scope: Scope
    note: Callable[..., None]
    inside: tuple[str, ...]
    problems: list[Problem]
    room: Room

    def read(self, step: Step) -> Inner | None:
        """Read the file and bind its parameters; None, with a problem, if that fails."""
        base: Path = ("steps", step.name, "use")
        for key in step.body:
            if key not in step.kind.fields():
                problem = self.outer.document.unknown_key((*base, key), step.kind.fields())
                self.note(
                    (*base, key),
                    problem.what,
                    allowed=problem.allowed,
                    nearest=problem.nearest,
                    of_key=True,
                )
        path = self._path(step, base)
        pipeline = self._pipeline(step, path) if path is not None else None
        if path is None or pipeline is None:
            return None
        self.room.take_values(len(pipeline.document.values), self.outer.document, base)
        given, unsure = self._values(step, pipeline, (*base, "params"))
        for name, param in pipeline.params.items():
            if name not in given and name not in unsure and param.default is None:
                what = f'"{name}" has no default in {step.body["file"]}, and gets no value here'
                self.note(base, what, of_key=True)
                unsure.add(name)
        bound = bind_inner(pipeline, given, unsure)
        self.problems.extend(bound.problems)
        return Inner(path, pipeline, bound)

    def _path(self, step: Step, base: Path) -> FilePath | None:
        written = step.body.get("file")
        here = (*base, "file")
        if "file" not in step.body:
            self.note(base, '"file" is missing', of_key=True)
            return None
        if not isinstance(written, str) or not written or "\0" in written or "://" in written:
            self.note(here, f"{shown(written)} is given", allowed="the path of a pipeline file")
            return None
        folder = self.outer.folder.resolve()
        try:
            path = (folder / written).resolve()
            is_there = is_file(path)
        except (OSError, RuntimeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            self.note(here, f"{shown(written)} can't be looked up: {reason}")
            return None
        if not path.is_relative_to(folder):
            what = outside_words(written, folder)
            self.note(here, what, allowed=f"a path below {folder}")
            return None
        if kind := what_is_no_file(path):
            self.note(here, f"{shown(written)} is {kind}", allowed="the path of a pipeline file")
            return None
        if not is_there:
            what, missing = f"{shown(written)}: there is no file {path}", Missing(written, folder)
            self.note(here, what, allowed="the path of a pipeline file", missing=missing)
            return None
        if str(path) in self.inside or path == FilePath(self.outer.document.file).resolve():
            self.note(here, f"{shown(written)} uses itself", allowed="another file")
            return None
        if len(self.inside) >= MOST_FILES:
            what = f"{shown(written)} is used inside of {len(self.inside)} other files"
            self.note(here, what, allowed=f"at most {MOST_FILES}")
            return None
        return path

    def _pipeline(self, step: Step, path: FilePath) -> Pipeline | None:
        called = FilePath(self.outer.document.file).parent / str(step.body["file"])
        draft, is_first = self.room.read(path, str(called))
        if is_first:
            self.problems.extend(draft.problems)
        return draft.pipeline

    def _values(
        self, step: Step, pipeline: Pipeline, base: Path
    ) -> tuple[dict[str, Any], set[str]]:
        """The given values, and the names of wrong values; their problems are noted."""
        written = step.body.get("params", {})
        if not isinstance(written, dict):
            self.note(base, f"{shown(written)} is given", allowed="a mapping of names to values")
            return {}, set(pipeline.params)
        given: dict[str, Any] = {}
        unsure: set[str] = set()
        for name, value in written.items():
            param = pipeline.params.get(name)
            if param is None:
                self._unknown_param(step, pipeline, (*base, name), unsure)
            elif (found := self._value(value, param, (*base, name))) is None:
                unsure.add(name)
            else:
                given[name] = found
        return given, unsure

    def _unknown_param(self, step: Step, pipeline: Pipeline, here: Path, unsure: set[str]) -> None:
        name = str(here[-1])
        if name in pipeline.unread:
            return
        nearest = nearest_name(name, pipeline.params)
        self.note(
            here,
            f'{step.body["file"]} has no parameter "{name}"',
            allowed=", ".join(pipeline.params) or "no parameters",
            nearest=nearest,
            of_key=True,
        )
        unsure.add(nearest)

    def _value(self, written: Any, param: Param, here: Path) -> Any:
        """The value of an inner parameter; None, with a problem, if it does not fit."""
        resolver = Resolver(self.outer, self.meanings, self.scope, self.note, self.room)
        if isinstance(written, list):
            named = [resolver.named(item, (*here, place)) for place, item in enumerate(written)]
            if any(item is None for item in named):
                return None
            values = [self._taken(item, param, here) for item in named if item is not None]
            lists = sum(len(value) for value in values if isinstance(value, list))
            self.room.take_values(len(values) + lists, self.outer.document, here)
            flat = [
                one for value in values for one in (value if isinstance(value, list) else [value])
            ]
            found: Any = None if any(value is None for value in values) else flat
        elif isinstance(written, bool):
            found = self._taken(
                Named("item", None, written, "boolean", is_written=True), param, here
            )
        else:
            meant = resolver.named(written, here)
            found = self._taken(meant, param, here) if meant is not None else None
        if found is not None and isinstance(found, list) != (param.list is not None):
            wanted = f"a list of {param.item}" if param.list else f"one {param.item}"
            said = f"{written} is" if isinstance(written, str) else "that is"
            self.note(here, f"{said} {_count(found)}", allowed=wanted)
            return None
        return found

    def _taken(self, named: Named, param: Param, here: Path) -> Any:
        if named.media is not None and named.media != param.media:
            wanted = one(param.media) if param.media else f"a {param.item}"
            self.note(here, f"{one(named.media)} is given", allowed=wanted)
            return None
        if named.media is not None:
            alone = named.last_for_one and param.list is None and isinstance(named.value, list)
            return named.value[-1] if alone else named.value
        values = named.value if isinstance(named.value, list) else [named.value]
        single = param.model_copy(update={"type": param.item, "list": None})
        try:
            confined = named.role != "parameter"
            folder = self.outer.folder
            taken = [take_value(single, each, folder=folder, confined=confined) for each in values]
        except BadValue as bad:
            self.note(here, bad.what, allowed=bad.allowed, nearest=bad.nearest, missing=bad.missing)
            return None
        return taken if isinstance(named.value, list) else taken[0]


def _count(found: Any) -> str:
    return "a list" if isinstance(found, list) else "one value"
