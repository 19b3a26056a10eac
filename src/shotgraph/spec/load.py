"""A pipeline file's text → its structure, or every problem with it."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shotgraph.spec.findings import problems_of, shown
from shotgraph.spec.nearest_name import few_guesses
from shotgraph.spec.params import Param
from shotgraph.spec.pipeline import Pipeline, Step
from shotgraph.spec.problem import Problem, invalid
from shotgraph.spec.step_defaults import StepDefaults, read_defaults
from shotgraph.spec.step_kinds import STEP_KINDS
from shotgraph.spec.step_options import STEP_OPTIONS, OptionReader
from shotgraph.spec.template import NAME, Reference, whole_reference
from shotgraph.spec.yaml_text import MAX_CHARACTERS, Document, read_document
from shotgraph.spec.yaml_text import Path as Path_

_TOP = ["name", "description", "params", "budget_usd", "defaults", "steps", "output"]
_BODIES = {
    "params": "a mapping such as {type: text}",
    "steps": "a mapping of the step's kind to its arguments",
}
_FILM_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def load_pipeline(file: Path, *, called: str = "") -> Pipeline:
    """Read a pipeline file.

    Args:
        file: The file.
        called: What messages call it; its path by default.

    Raises:
        InvalidPipeline: It can't be read, or something in it is wrong; every problem is named.
    """
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(MAX_CHARACTERS + 1)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        place = read_document("", called or str(file)).place(())
        raise invalid([Problem(place, "", f"can't be read: {reason}")], "") from None
    return read_pipeline(text, file=called or str(file), folder=file.resolve().parent)


def read_pipeline(text: str, *, file: str = "pipeline", folder: Path | None = None) -> Pipeline:
    """Read a pipeline's text.

    Args:
        text: YAML.
        file: What messages call it.
        folder: What its paths are relative to; the working directory by default.

    Raises:
        InvalidPipeline: Something in it is wrong; every problem is named.
    """
    document = read_document(text, file)
    reader = _Reader(document)
    with few_guesses():
        pipeline = reader.pipeline(folder or Path.cwd())
    if reader.problems or pipeline is None:
        raise invalid(reader.problems, document.text)
    return pipeline


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.defaults: StepDefaults = {}

    def pipeline(self, folder: Path) -> Pipeline | None:
        data = self.document.data
        if not isinstance(data, dict):
            said = "the file is empty" if data is None else f"{shown(data)} is given"
            self._say((), said, allowed=f"a mapping with {', '.join(_TOP)}")
            return None
        for key in data:
            if key not in _TOP:
                self._unknown_key((key,), _TOP)
        name = self._name(data)
        params = self._params(data.get("params"))
        self.defaults = read_defaults(data, self._say, self._unknown_key)
        steps = self._steps(data)
        for both in params.keys() & steps.keys():
            self._say(("steps", both), f'"{both}" is the name of a parameter too', of_key=True)
        output = self._output(data)
        return Pipeline(
            name=name,
            description=self._text(data, "description"),
            params=params,
            budget_usd=self._budget(data),
            steps=steps,
            output=output,
            folder=folder,
            document=self.document,
        )

    def _say(self, path: Path_, what: str, **more: Any) -> None:
        self.problems.append(self.document.problem(path, what, **more))

    def _unknown_key(self, path: Path_, right: list[str]) -> None:
        self.problems.append(self.document.unknown_key(path, right))

    def _name(self, data: dict[str, Any]) -> str:
        name = data.get("name")
        if "name" not in data:
            self._say((), '"name" is missing')
        elif not isinstance(name, str) or not _FILM_NAME.fullmatch(name):
            self._say(
                ("name",),
                f"{shown(name)} can't be a film's name",
                allowed="text of at most 64 lower-case letters, digits, '.', '_' and '-' that "
                "starts with a letter or a digit",
                nearest=f'"{name}"' if type(name) is int else "",
            )
        return str(name)

    def _text(self, data: dict[str, Any], key: str) -> str:
        value = data.get(key, "")
        if not isinstance(value, str):
            self._say((key,), f"{shown(value)} is given", allowed="text")
        return str(value)

    def _budget(self, data: dict[str, Any]) -> Decimal | None:
        if "budget_usd" not in data:
            return None
        value = data["budget_usd"]
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
            self._say(("budget_usd",), f"{shown(value)} is given", allowed="dollars, from 0 up")
            return None
        return Decimal(value)

    def _output(self, data: dict[str, Any]) -> Reference:
        value, steps = data.get("output"), data.get("steps")
        names = steps if isinstance(steps, dict) else {}
        reference = whole_reference(value) if isinstance(value, str) else None
        if "output" not in data:
            self._say((), '"output" is missing: it names the step that makes the film')
        elif reference is None:
            self._say(
                ("output",),
                f"{shown(value)} is no reference",
                allowed=", ".join(f"${name}" for name in names) or "$ and a step's name",
                nearest=f"${value}" if isinstance(value, str) and value in names else "",
            )
        return reference or Reference("")

    def _named(self, section: Any, key: str) -> dict[str, Any]:
        """Check a section that maps names to mappings; drop what is not one."""
        if section is None:
            return {}
        if not isinstance(section, dict):
            self._say((key,), f"{shown(section)} is given", allowed=f"a mapping of names to {key}")
            return {}
        good = {}
        for name, body in section.items():
            if not NAME.fullmatch(name) or len(name) > 64:
                self._say(
                    (key, name),
                    f"{shown(name)} can't be a name",
                    allowed="letters, digits and '_', not starting with a digit, at most 64",
                    of_key=True,
                )
            elif not isinstance(body, dict):
                self._say((key, name), f"{shown(body)} is given", allowed=_BODIES[key])
            else:
                good[name] = body
        return good

    def _params(self, section: Any) -> dict[str, Param]:
        params = {}
        for name, body in self._named(section, "params").items():
            try:
                params[name] = Param.model_validate(body)
            except ValidationError as error:
                self.problems += problems_of(error, Param, self.document, ("params", name))
                params[name] = Param(type="text")
        return params

    def _steps(self, data: dict[str, Any]) -> dict[str, Step]:
        section = data.get("steps")
        if not section:
            self._say(("steps",) if "steps" in data else (), "there are no steps")
            return {}
        steps = {}
        for name, body in self._named(section, "steps").items():
            step = self._step(name, body)
            if step is not None:
                steps[name] = step
        return steps

    def _step(self, name: str, body: dict[str, Any]) -> Step | None:
        path = ("steps", name)
        kinds = [key for key in body if key in STEP_KINDS]
        for key in body:
            if key not in STEP_KINDS and key not in STEP_OPTIONS:
                self._unknown_step_key((*path, key), kinds)
        if len(kinds) > 1:
            said = f"a step has one kind; this one is {kinds[0]} too"
            self._say((*path, kinds[1]), said, of_key=True)
            return None
        if not kinds:
            if all(key in STEP_OPTIONS for key in body):
                self._say(path, "the step has no kind", allowed=", ".join(STEP_KINDS))
            return None
        arguments = body[kinds[0]]
        if not isinstance(arguments, dict):
            self._say((*path, kinds[0]), f"{shown(arguments)} is given", allowed="a mapping")
            return None
        kind = STEP_KINDS[kinds[0]]
        options = OptionReader(self.document.data, self._say, self._unknown_key)
        defaults = self.defaults.get(kind.name, {})
        self.document.also((*path, kind.name), ("defaults", kind.name), defaults.keys() - arguments)
        return Step(name, kind, {**defaults, **arguments}, **options.options(path, body, kind))

    def _unknown_step_key(self, path: tuple[str, ...], kinds: list[str]) -> None:
        if kinds and path[-1] in STEP_KINDS[kinds[0]].fields():
            self._say(path, f'"{path[-1]}" belongs inside of {kinds[0]}', of_key=True)
            return
        self._unknown_key(path, [*([] if kinds else STEP_KINDS), *STEP_OPTIONS])
