"""Read a pipeline file: its structure, or every problem with it."""

import re
from collections.abc import Collection, Container, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from shotgraph.media.profiles import PROFILES
from shotgraph.spec.checked import check, shown
from shotgraph.spec.document import Document
from shotgraph.spec.document import Path as Path_
from shotgraph.spec.foreign_forms import is_of_comfyui, meant_name
from shotgraph.spec.local_arguments import WantedDelivery
from shotgraph.spec.meant import (
    few_guesses,
    meant_number,
    meant_param,
    name_of,
    nearest_name,
)
from shotgraph.spec.mended_yaml import mended_document
from shotgraph.spec.misplaced import TOP, own_name, set_right
from shotgraph.spec.params import Param
from shotgraph.spec.pipeline import (
    EVERY_NAME,
    NAME,
    STEP_KINDS,
    Draft,
    Pipeline,
    Reference,
    Step,
    whole_reference,
)
from shotgraph.spec.pipeline_text import CantBeRead, pipeline_text
from shotgraph.spec.problem import InvalidPipeline, invalid, with_lines
from shotgraph.spec.step_options import OptionReader, StepDefaults, read_defaults

_BODIES = {
    "params": "a mapping such as {type: text}",
    "steps": "a mapping of the step's kind to its arguments",
}
_SECTIONS = {
    "params": "names, and below each its type: {shot: {type: video}}",
    "steps": "names, and below each its kind: {dusk: {edit: {…}}}",
}
FILM_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def load_pipeline(file: Path, *, called: str = "") -> Pipeline:
    """Read a pipeline file.

    Args:
        called: The file's name in messages; its path by default.

        Raises:
            InvalidPipeline: The file can't be read, or it has problems; every problem is named.
    """
    return _pipeline_of(load_draft(file, called=called))


def read_pipeline(text: str, *, file: str = "pipeline", folder: Path | None = None) -> Pipeline:
    """Read a pipeline's text.

    Args:
        text: YAML.
        file: The name of the text in messages.
        folder: The folder that relative paths start from; the working directory by default.

        Raises:
            InvalidPipeline: The text has problems; every problem is named.
    """
    return _pipeline_of(read_draft(text, file=file, folder=folder))


def load_draft(file: Path, *, called: str = "") -> Draft:
    """Read a pipeline file as far as possible; unlike `load_pipeline`, it never raises."""
    try:
        text = pipeline_text(file, called or str(file))
    except CantBeRead as error:
        return Draft(None, (error.problem,), error.text)
    return read_draft(text, file=called or str(file), folder=file.resolve().parent)


def read_draft(text: str, *, file: str = "pipeline", folder: Path | None = None) -> Draft:
    """Read a pipeline's text as far as possible; unlike `read_pipeline`, it never raises."""
    try:
        document = mended_document(text, file)
    except InvalidPipeline as error:
        return Draft(None, error.problems, text)
    reader = _Reader(document)
    with few_guesses():
        pipeline = reader.pipeline(folder or Path.cwd())
    return Draft(pipeline, with_lines(reader.problems, document.text), document.text)


def _pipeline_of(draft: Draft) -> Pipeline:
    if draft.problems or draft.pipeline is None:
        raise invalid(draft.problems, draft.text)
    return draft.pipeline


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems = [*document.problems]
        self.data: dict[str, Any] = {}
        self.defaults: StepDefaults = {}

    def pipeline(self, folder: Path) -> Pipeline | None:
        """Read the whole file; None if there is nothing to read."""
        data = self.document.data
        if not isinstance(data, dict):
            said = "the file is empty" if data is None else f"{shown(data)} is given"
            if not self.problems:
                self._say((), said, allowed=f"a mapping with {', '.join(TOP)}")
            return None
        if is_of_comfyui(data):
            allowed = "a pipeline file; shotgraph new film.yaml writes one"
            self._say((), "this is a workflow of ComfyUI", allowed=allowed)
            return None
        data = self.data = set_right(self.document, data, self.problems)
        name = self._name(data)
        params = self._params(data.get("params"))
        self.defaults = read_defaults(data, self._say, self._unknown_key)
        steps = self._steps(data)
        for both in params.keys() & steps.keys():
            self._say(("steps", both), f'"{both}" is the name of a parameter too', of_key=True)
            del params[both]
        return Pipeline(
            name=name,
            description=self._text(data, "description"),
            params=params,
            budget_usd=self._budget(data),
            steps=steps,
            output=self._output(data),
            folder=folder,
            document=self.document,
            unread=self._unread({**params, **steps}),
            deliver=tuple(self._deliver(data)),
        )

    def _unread(self, read: Container[str]) -> Container[str]:
        """Find the names in the file that could not be read."""
        names: set[str] = set()
        for section in ("params", "steps"):
            inside, written = self.data.get(section), self.document.raw((section,))
            if isinstance(written, list) and not all(map(own_name, written)):
                return EVERY_NAME
            if (section == "steps" and not inside) or self.document.is_unread((section,)):
                return EVERY_NAME
            if isinstance(inside, dict):
                names |= {name for name in inside if name not in read}
            elif inside is not None:
                return EVERY_NAME
        return names

    def _say(self, path: Path_, what: str, **more: Any) -> None:
        if not self.document.is_unread(path):
            self.problems.append(self.document.problem(path, what, **more))

    def _unknown_key(self, path: Path_, right: list[str]) -> None:
        self.problems.append(self.document.unknown_key(path, right))

    def _name(self, data: dict[str, Any]) -> str:
        name = data.get("name")
        if "name" not in data:
            self._say((), '"name" is missing')
        elif not isinstance(name, str) or not FILM_NAME.fullmatch(name):
            self._say(
                ("name",),
                f"{shown(name)} can't be a film's name",
                allowed="text of at most 64 lower-case letters, digits, '.', '_' and '-' that "
                "starts with a letter or a digit",
                nearest=_meant_name(name),
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
            said, nearest = f"{shown(value)} is given", meant_number(value)
            self._say(("budget_usd",), said, allowed="dollars, from 0 up", nearest=nearest)
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
                nearest=_meant_reference(value, names),
            )
        return reference or Reference("")

    def _deliver(self, data: dict[str, Any]) -> Iterator[WantedDelivery]:
        """Read the further files of the film; a wrong entry is noted and skipped."""
        value = data.get("deliver")
        if "deliver" in data and not (isinstance(value, list) and value):
            near = nearest_name(value, PROFILES) if isinstance(value, str) else ""
            near, allowed = f"[{near}]" if near else "", f"a list of {', '.join(PROFILES)}"
            self._say(("deliver",), f"{shown(value)} is given", allowed=allowed, nearest=near)
            return
        known: set[str] = set()
        for number, item in enumerate(value or ()):
            path = ("deliver", number)
            if not isinstance(item, dict) and item not in PROFILES:
                near = nearest_name(item, PROFILES) if isinstance(item, str) else ""
                what = f"{shown(item)} is no profile"
                self._say(path, what, allowed=", ".join(PROFILES), nearest=near)
                continue
            body = item if isinstance(item, dict) else {"profile": item}
            checked = check(WantedDelivery, body, self.document, path)
            self.problems += checked.problems
            wanted = checked.value
            if wanted is None or checked.problems:
                continue
            if wanted.profile in known:
                self._say(path, f"{wanted.profile} is there twice, and makes one file")
            known.add(wanted.profile)
            yield wanted

    def _named(self, section: Any, key: str) -> dict[str, Any]:
        """Check a section that maps names to mappings; drop the entries that are no mappings."""
        if section is None:
            return {}
        if not isinstance(section, dict):
            self._say((key,), f"{shown(section)} is given", allowed=_SECTIONS[key])
            return {}
        good = {}
        for written, body in section.items():
            name = self._right_name(key, written, section)
            if isinstance(body, dict):
                good[name] = body
            else:
                self._say(
                    (key, name),
                    f"{shown(body)} is given",
                    allowed=_BODIES[key],
                    nearest=meant_param(body) if key == "params" else "",
                )
        return good

    def _right_name(self, section: str, written: str, siblings: Collection[str]) -> str:
        """Check a name; replace a wrong name, so that the entry under it is checked too."""
        if NAME.fullmatch(written) and len(written) <= 64:
            return written
        meant = name_of(written)
        is_free = bool(meant) and meant not in siblings
        self._say(
            (section, written),
            f"{shown(written)} can't be a name",
            allowed="letters, digits and '_', not starting with a digit, at most 64",
            nearest=meant if is_free else "",
            of_key=True,
        )
        name = meant if is_free else written
        if name != written:
            self.document.moved[(section, name)] = (section, written)
        return name

    def _params(self, section: Any) -> dict[str, Param]:
        params = {}
        for name, body in self._named(section, "params").items():
            checked = check(Param, body, self.document, ("params", name))
            self.problems += checked.problems
            if checked.value is not None:
                params[name] = checked.value
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
        if len(kinds) > 1:
            said = f"a step has one kind; this one is {kinds[0]} too"
            self._say((*path, kinds[1]), said, of_key=True)
        if not kinds:
            return None
        kind, arguments = STEP_KINDS[kinds[0]], body[kinds[0]]
        if not isinstance(arguments, dict):
            fields = kind.arguments.model_fields.items()
            needed = [f"{key}: …" for key, field in fields if field.is_required()]
            allowed = f"a mapping such as {{{', '.join(needed) or '…'}}}"
            self._say((*path, kind.name), f"{shown(arguments)} is given", allowed=allowed)
            if kind.name != "concat" or not isinstance(arguments, list):
                return None
            self.document.moved[(*path, "concat", "clips")] = (*path, "concat")
            arguments = {"clips": arguments}
        options = OptionReader(self.data, self._say, self._unknown_key)
        defaults = self.defaults.get(kind.name, {})
        self.document.also((*path, kind.name), ("defaults", kind.name), defaults.keys() - arguments)
        return Step(name, kind, {**defaults, **arguments}, **options.options(path, body, kind))


def _meant_name(name: Any) -> str:
    if type(name) is int:
        return f'"{name}"'
    return name_of(name, between="-").lower() if isinstance(name, str) else ""


def _meant_reference(value: Any, names: Collection[str]) -> str:
    """Find the step that a wrong reference names: ``film``, ``[$film]``."""
    inside = value[0] if isinstance(value, list) and len(value) == 1 else value
    if isinstance(value, dict):
        texts = [one for one in value.values() if isinstance(one, str) and one.startswith("$")]
        inside = texts[0] if len(texts) == 1 else ""
    near = ""
    if isinstance(inside, str):
        near = meant_name(inside, names) or nearest_name(inside.strip("${} "), names)
    return f"${near}" if near else ""
