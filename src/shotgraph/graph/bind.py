"""The values of the parameters in one run."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shotgraph.errors import InvalidInput, ShotgraphError
from shotgraph.model.references import LocalFile
from shotgraph.spec import Param, Pipeline, Problem, Value
from shotgraph.spec.bad_media import BadValue
from shotgraph.spec.meant import nearest_name
from shotgraph.spec.mended_yaml import read_document
from shotgraph.spec.params import take_value


@dataclass(frozen=True)
class Bound:
    """The values of the parameters in one run.

    Attributes:
        values: A value for every parameter.
        made_up: The parameters with a made-up value, because they have no value or a wrong one.
        problems: Problems with the given values.
    """

    values: Mapping[str, Value]
    made_up: frozenset[str]
    problems: Sequence[Problem]


def bind(
    pipeline: Pipeline, given: Mapping[str, Any], *, folder: Path, placeholders: bool
) -> Bound:
    """Give every parameter its value.

    Args:
        given: The run's values: texts from a command line, or Python values.
        folder: The folder that paths among them are relative to.
        placeholders: Whether a parameter without a value gets a placeholder of its type, so that
            the rest can be checked.
    """
    known = (pipeline.params, pipeline.unread)
    problems = [
        _unknown(pipeline, name) for name in given if not any(name in names for names in known)
    ]
    values: dict[str, Value] = {}
    made_up = set()
    for name, param in pipeline.params.items():
        value = _value(pipeline, name, param, given, folder=folder)
        if isinstance(value, Problem):
            problems.append(value)
        if value is None and not placeholders:
            problems.append(_missing(pipeline, name))
        if value is None or isinstance(value, Problem):
            made_up.add(name)
            values[name] = _placeholder(param)
        else:
            values[name] = value
    return Bound(values, frozenset(made_up), problems)


def bind_inner(pipeline: Pipeline, given: Mapping[str, Any], unsure: Collection[str]) -> Bound:
    """Give every parameter of a used pipeline its value.

    Args:
        pipeline: The pipeline that another one uses.
        given: Checked values, which may be outputs of steps; the other parameters have defaults.
        unsure: Parameters that get a made-up value.
    """
    problems = []
    values: dict[str, Value] = {}
    made_up = set()
    for name, param in pipeline.params.items():
        found: Any = given.get(name)
        if found is None and name not in unsure:
            found = _value(pipeline, name, param, {}, folder=pipeline.folder)
        if isinstance(found, Problem):
            problems.append(found)
        if found is None or isinstance(found, Problem):
            made_up.add(name)
            found = _placeholder(param)
        values[name] = found
    return Bound(values, frozenset(made_up), problems)


def _value(
    pipeline: Pipeline,
    name: str,
    param: Param,
    given: Mapping[str, Any],
    *,
    folder: Path,
) -> Value | Problem | None:
    document = pipeline.document
    if name in given:
        try:
            return _given_value(param, given[name], folder)
        except BadValue as bad:
            what = f"for this run, {bad.what}"
            return document.problem(
                ("params", name),
                what,
                allowed=bad.allowed,
                nearest=bad.nearest,
                missing=bad.missing,
                of_key=True,
            )
    if param.default is not None:
        try:
            return take_value(param, param.default, folder=pipeline.folder, confined=True)
        except BadValue as bad:
            return document.problem(
                ("params", name, "default"),
                bad.what,
                allowed=bad.allowed,
                nearest=bad.nearest,
                missing=bad.missing,
            )
    return None


def _missing(pipeline: Pipeline, name: str) -> Problem:
    what = "it has no default, and this run gives it no value"
    return pipeline.document.problem(("params", name), what, allowed=f"--set {name}=…", of_key=True)


def _given_value(param: Param, given: Any, folder: Path) -> Value:
    """Read a value for a run; a list may come as text: YAML's ``[a, b]``, or one item.

    Raises:
        BadValue: The parameter can't have this value.
    """
    if param.list is None or not isinstance(given, str):
        return take_value(param, given, folder=folder, confined=False)
    if given.lstrip().startswith("["):
        try:
            items = read_document(given, "--set").data
        except ShotgraphError:
            raise BadValue(f'"{given}" is given', "a list such as [one, two]") from None
        return take_value(param, items, folder=folder, confined=False)
    try:
        return take_value(param, [given], folder=folder, confined=False)
    except BadValue as bad:
        parts = [part for part in re.split(r"[,;\s]+", given) if part]
        if len(parts) < 2:
            raise
        allowed = "a list such as [one, two]"
        raise BadValue(bad.what, allowed, nearest=f"'[{', '.join(parts)}]'") from None


def _unknown(pipeline: Pipeline, name: str) -> Problem:
    return pipeline.document.problem(
        ("params",),
        f'a value is given for "{name}", and there is no such parameter',
        allowed=", ".join(pipeline.params) or "no parameters",
        nearest=nearest_name(name.lstrip("$-"), pipeline.params),
        of_key=True,
    )


def _placeholder(param: Param) -> Value:
    if param.list is not None:
        return [_placeholder_item(param)]
    return _placeholder_item(param)


def _placeholder_item(param: Param) -> Value:
    if param.media is not None:
        return LocalFile(file=Path(f"a {param.media} to be given"))
    match param.item:
        case "choice":
            return (param.choices or ("",))[0]
        case "boolean":
            return False
        case "number" | "integer":
            return 1
        case _:
            return "text to be given"


def settings(pairs: list[str], option: str = "--set") -> dict[str, str]:
    """Read ``name=value`` pairs from a command line.

    Args:
        pairs: The pairs, as written.
        option: The option before each pair, for messages.

    Raises:
        InvalidInput: Pairs have no ``=``, or repeat a name; the message has all of them.
    """
    values: dict[str, str] = {}
    wrong = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            found = re.match(r"([A-Za-z_]\w*) ?[: ] ?(\S.*)", pair)
            said = f"{found[1]}={found[2]}" if found is not None else "name=value"
            wrong.append(f'{option} "{pair}": write {option} {said}')
        elif name in values:
            wrong.append(
                f'{option} "{pair}": "{name}" is given twice; a list is written as one value: '
                f"{option} '{name}=[{values[name]}, {value}]'"
            )
        else:
            values[name] = value
    if wrong:
        raise InvalidInput("\n".join(wrong))
    return values
