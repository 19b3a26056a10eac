"""Keys in the wrong place, or under a similar name: they are reported, and read as intended.

Most such mistakes come from indentation: a step at the left margin, a field next to its kind.
"""

from collections.abc import Mapping
from typing import Any

from shotgraph.spec.checked import shown
from shotgraph.spec.document import Document, Path
from shotgraph.spec.meant import nearest_name
from shotgraph.spec.pipeline import STEP_KINDS
from shotgraph.spec.problem import Problem
from shotgraph.spec.step_options import STEP_OPTIONS, suits

TOP = ("name", "description", "params", "budget_usd", "defaults", "steps", "output", "deliver")
_OWN_NAMES = ("name", "id")
_BODY_KEYS = ("with", "arguments", "args", "params", "parameters", "inputs", "input", "config")
_KIND_AS_A_VALUE = ("kind", "type", "step", "action", "uses", "do")


def set_right(document: Document, data: Mapping[str, Any], problems: list[Problem]) -> Any:
    """Move the misplaced parts of a file's data to their right places.

    Args:
        document: The file; its `moved` gets the paths of the moved values.
        data: The file's data.
        problems: The list to add the problems to.

    Returns:
        The data with every part in its place. Right parts are unchanged.
    """
    return _Mover(document, problems).file(data)


class _Mover:
    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self._document = document
        self._problems = problems
        self._data: dict[str, Any] = {}

    def file(self, written: Mapping[str, Any]) -> dict[str, Any]:
        self._data = {key: value for key, value in written.items() if key in TOP}
        for key, value in written.items():
            if key not in TOP:
                self._unknown_top_key(key, value)
        for section in ("params", "steps"):
            self._list_of_named(section)
        for section in ("params", "steps", "defaults"):
            if isinstance(self._data.get(section), dict):
                self._top_keys_inside(section)
        if isinstance(self._data.get("steps"), dict):
            self._data["steps"] = self._kinds_below_their_steps(self._data["steps"])
            for name, body in list(self._data["steps"].items()):
                if isinstance(body, dict):
                    self._data["steps"][name] = self._step(name, body)
        return self._data

    def _say(self, path: Path, what: str, **more: Any) -> None:
        self._problems.append(self._document.problem(path, what, of_key=True, **more))

    def _move(self, path: Path, stands_at: Path) -> None:
        self._document.moved[path] = stands_at

    def _unknown_top_key(self, key: str, value: Any) -> None:
        if isinstance(value, dict) and "steps" in value and "steps" not in self._data:
            what = f'"{key}" has the film inside it; its keys belong at the left margin'
            self._say((key,), what, allowed=", ".join(TOP))
            for name in value.keys() & set(TOP) - self._data.keys():
                self._data[name] = value[name]
                self._move((name,), (key, name))
            return
        problem = self._document.unknown_key((key,), list(TOP))
        if problem.nearest and problem.nearest not in self._data:
            self._problems.append(problem)
            self._data[problem.nearest] = value
            self._move((problem.nearest,), (key,))
        elif _is_step(value):
            self._stray(key, value, "steps", "a step")
        elif _is_param(value):
            self._stray(key, value, "params", "a parameter")
        else:
            self._problems.append(problem)

    def _stray(self, key: str, value: Any, section: str, called: str) -> None:
        """Move a step or a parameter from the left margin into its section."""
        what = f'"{key}" looks like {called}, but is at the left margin'
        self._say((key,), what, allowed=f'{called} below "{section}:", indented')
        self._put(section, key, value, (key,))

    def _put(self, section: str, key: str, value: Any, stands_at: Path) -> None:
        inside = self._data.get(section)
        if (inside is None or isinstance(inside, dict)) and key not in (inside or {}):
            self._data[section] = {**(inside or {}), key: value}
            self._move((section, key), stands_at)

    def _list_of_named(self, section: str) -> None:
        """Turn a list into a mapping; its items may have names."""
        items = self._data.get(section)
        if not isinstance(items, list) or not items:
            return
        if not all(isinstance(item, dict) for item in items):
            return
        found = [_named_item(item, section) for item in items]
        names = [name or f"{section[:-1]}_{n}" for n, (name, _) in enumerate(found, start=1)]
        if len({*names}) < len(names):
            return
        allowed = f"a mapping, without dashes: each of the {section} below its name"
        self._problems.append(
            self._document.problem(
                (section,),
                "a list is given",
                allowed=allowed,
                nearest=f"{names[0]}: {{{_beginning(found[0][1])}}}",
            )
        )
        self._data[section] = {}
        for number, (name, (_, body)) in enumerate(zip(names, found, strict=True)):
            self._data[section][name] = body
            is_inside = not own_name(items[number]) and name in items[number]
            self._move((section, name), (section, number, name) if is_inside else (section, number))

    def _top_keys_inside(self, section: str) -> None:
        """Move keys that belong at the left margin, such as an indented ``output``."""
        inside = self._data[section]
        for key in [key for key in inside if key in TOP and key not in self._data]:
            if inside[key] is None or isinstance(inside[key], dict):
                continue
            what = f'"{key}" belongs at the left margin, but is below "{section}"'
            self._say((section, key), what)
            self._data[key] = inside[key]
            self._move((key,), (section, key))
            self._data[section] = {name: inside[name] for name in inside if name != key}
            inside = self._data[section]

    def _kinds_below_their_steps(self, steps: Mapping[str, Any]) -> dict[str, Any]:
        """Move a kind into its step, if the step is empty and the kind is at its level."""
        found: dict[str, Any] = {}
        empty = ""
        for key, body in steps.items():
            kinds = body.keys() & STEP_KINDS.keys() if isinstance(body, dict) else ()
            if empty and not kinds and key in (*STEP_KINDS, *STEP_OPTIONS):
                if found[empty] is None:
                    what = f'"{key}" is next to "{empty}", but belongs inside it'
                    self._say(("steps", key), what, allowed=f'"{key}" indented below "{empty}:"')
                found[empty] = {**(found[empty] or {}), key: body}
                self._move(("steps", empty, key), ("steps", key))
                continue
            found[key] = body
            is_empty = body is None and not self._document.is_unread(("steps", key))
            empty = key if is_empty else ""
        return found

    def _step(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        path: Path = ("steps", name)
        moved = {key: body[key] for key in body if key in STEP_KINDS or key in STEP_OPTIONS}
        strange = [key for key in body if key not in moved]
        for key in strange:
            if isinstance(body[key], dict) and body[key].keys() & STEP_KINDS.keys():
                what = f'"{key}" looks like a step, but is inside "{name}"'
                self._say((*path, key), what, allowed=f'"{key}" in the same column as "{name}"')
                self._put("steps", key, self._step(key, body[key]), (*path, key))
        strange = [key for key in strange if ("steps", key) not in self._document.moved]
        kind = next((key for key in moved if key in STEP_KINDS), "")
        if not kind:
            kind, strange = self._kind_of(path, body, moved, strange)
        for key in [key for key in strange if key in _BODY_KEYS and isinstance(body[key], dict)]:
            if kind and not moved[kind]:
                self._say(
                    (*path, key), f'"{key}" is not a key of a step; its keys belong in {kind}'
                )
                moved[kind] = dict(body[key])
                self._move((*path, kind), (*path, key))
                strange = [other for other in strange if other != key]
        for key in strange:
            self._strange_key(path, key, body[key], kind, moved)
        if kind and isinstance(moved[kind], dict):
            self._options_inside(path, kind, moved)
        return moved

    def _options_inside(self, path: Path, kind: str, moved: dict[str, Any]) -> None:
        """Move options out of the kind, so that their values are read too."""
        fields = STEP_KINDS[kind].fields()
        inside = [key for key in moved[kind] if key in STEP_OPTIONS and key not in fields]
        for key in inside:
            # An option that this kind can't have gets another message later.
            if key in moved or suits(key, STEP_KINDS[kind]):
                what = f'"{key}" belongs next to {kind}, not inside it'
                self._say((*path, kind, key), what)
            if key not in moved:
                moved[key] = moved[kind][key]
                self._move((*path, key), (*path, kind, key))
        moved[kind] = {key: value for key, value in moved[kind].items() if key not in inside}

    def _kind_of(
        self, path: Path, body: Mapping[str, Any], moved: dict[str, Any], strange: list[str]
    ) -> tuple[str, list[str]]:
        """Guess the kind of a step without one; also return the keys that don't fit it."""
        for key in strange:
            if key in _KIND_AS_A_VALUE and isinstance(body[key], str) and body[key] in STEP_KINDS:
                kind = str(body[key])
                what = (
                    f'"{key}" is not a key of a step; the kind of a step is the key that '
                    "holds its fields"
                )
                self._say((*path, key), what, nearest=f"{kind}: {{…}}")
                moved[kind] = {}
                inside = [other for other in strange if other != key]
                return kind, self._move_inside(path, kind, body, moved, inside)
        for key in strange:
            near = nearest_name(key, STEP_KINDS) if _is_body(body[key]) else ""
            if near:
                self._unknown((*path, key), [*STEP_KINDS, *STEP_OPTIONS])
                moved[near] = body[key]
                self._move((*path, near), (*path, key))
                return near, [other for other in strange if other != key]
        fitting = [kind for kind in STEP_KINDS if {*strange} <= {*STEP_KINDS[kind].fields()}]
        if strange and not fitting:
            return "", strange
        name = str(path[-1])
        if strange and name in fitting:
            what = (
                f'"{name}" is a kind of step; a step has a name of its own, and its kind below it'
            )
            self._say(path, what, nearest=f"{name}_1: {{{name}: {{…}}}}")
            moved[name] = {}
            return name, self._move_inside(path, name, body, moved, strange)
        what = "the step has no kind"
        if strange:
            what += f'; "{strange[0]}" belongs inside a kind'
        nearest = f"{fitting[0]}: {{{strange[0]}: …}}" if strange and len(fitting) == 1 else ""
        allowed = ", ".join(fitting)
        self._problems.append(self._document.problem(path, what, allowed=allowed, nearest=nearest))
        if nearest:
            moved[fitting[0]] = {}
            self._move_inside(path, fitting[0], body, moved, strange)
        return "", []

    def _move_inside(
        self,
        path: Path,
        kind: str,
        body: Mapping[str, Any],
        moved: dict[str, Any],
        keys: list[str],
    ) -> list[str]:
        """Move fields into their kind; return the other keys."""
        fields = [key for key in keys if key in STEP_KINDS[kind].fields()]
        moved[kind] = {**(moved[kind] or {}), **{key: body[key] for key in fields}}
        for key in fields:
            self._move((*path, kind, key), (*path, key))
        return [key for key in keys if key not in fields]

    def _strange_key(
        self, path: Path, key: str, value: Any, kind: str, moved: dict[str, Any]
    ) -> None:
        if kind and key in STEP_KINDS[kind].fields():
            self._say((*path, key), f'"{key}" belongs inside {kind}')
            if _is_body(moved[kind]) and key not in (moved[kind] or {}):
                self._move_inside(path, kind, {key: value}, moved, [key])
            return
        right = [*([] if kind else STEP_KINDS), *STEP_OPTIONS]
        near = self._unknown((*path, key), right)
        if near in STEP_OPTIONS and near not in moved:
            moved[near] = value
            self._move((*path, near), (*path, key))

    def _unknown(self, path: Path, right: list[str]) -> str:
        problem = self._document.unknown_key(path, right)
        self._problems.append(problem)
        return problem.nearest


def own_name(item: Any) -> str:
    """The name inside of a list item, or ''."""
    found = (item.get(key) for key in _OWN_NAMES) if isinstance(item, dict) else ()
    return next((name for name in found if isinstance(name, str)), "")


def _named_item(item: Mapping[str, Any], section: str) -> tuple[str, dict[str, Any]]:
    """Give the name and the body of a list item: ``{name: a, …}`` or ``{a: {…}}``."""
    name = own_name(item)
    if name:
        return name, {key: value for key, value in item.items() if key not in _OWN_NAMES}
    (key, body), *others = item.items() or [("", None)]
    is_right = _is_param(body) if section == "params" else _is_step(body)
    if not others and key not in STEP_KINDS and is_right:
        return key, dict(body or {})
    return "", dict(item)


def _is_step(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.keys() & STEP_KINDS.keys())


def _beginning(body: Mapping[str, Any]) -> str:
    """Write the beginning of a body: ``edit: {…}``."""
    for key, value in body.items():
        if isinstance(value, dict):
            return f"{key}: {{…}}"
        said = "[…]" if isinstance(value, list) else shown(value).strip('"')
        return f"{key}: {said}, …"
    return "…"


def _is_param(value: Any) -> bool:
    return isinstance(value, dict) and bool({"type", "list"} & value.keys())


def _is_body(value: Any) -> bool:
    return value is None or isinstance(value, dict)
