"""The options of any step, and `defaults`: arguments for all steps of a kind."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from shotgraph.spec.checked import shown
from shotgraph.spec.document import Path
from shotgraph.spec.meant import meant_list, meant_number, name_of, nearest_name
from shotgraph.spec.pipeline import (
    ANY,
    NAME,
    STEP_KINDS,
    UNREAD,
    Checking,
    CheckMode,
    OnLength,
    Pick,
    Reference,
    Repeat,
    StepKind,
    whole_reference,
)

STEP_OPTIONS = (
    "for_each",
    "repeat",
    "takes",
    "pick",
    "on_length",
    "continue",
    "check",
    "retake",
    "needs",
)
CONTINUING = ("reference", "image_to_video")
"""The kinds of step that can continue another shot."""
MOST_TAKES = 20
MOST_ROUNDS = 50
MOST_RETAKES = 5
CHECK_OPTIONS = ("check", "retake")
_REPEAT = ("times", "from", "as")
_PICKS: Mapping[str, Pick] = {"first": "first", "ask": "ask", "best": "best"}
_LENGTHS: Mapping[str, OnLength] = {"fit": "fit", "warn": "warn", "fail": "fail"}
_MODES: Mapping[str, CheckMode] = {
    "warn": "warn",
    "retake": "retake",
    "stop": "stop",
    "off": "off",
}


def suits(option: str, kind: StepKind) -> bool:
    """Whether a step of a kind can have an option at all."""
    if option == "continue":
        return kind.name in CONTINUING
    if option == "takes":
        return kind.paid
    return bool(kind.tiers) or option not in ("on_length", *CHECK_OPTIONS)


class Say(Protocol):
    """Notes a problem with the value at a path."""

    def __call__(
        self,
        path: Path,
        what: str,
        *,
        allowed: str = "",
        nearest: str = "",
        of_key: bool = False,
    ) -> None:
        """Note the problem."""


class OptionReader:
    """Reads the options of the steps of one file."""

    def __init__(
        self, data: Mapping[str, Any], say: Say, unknown_key: Callable[[Path, list[str]], None]
    ) -> None:
        self._data = data
        self._say = say
        self._unknown_key = unknown_key

    def options(self, path: Path, body: Mapping[str, Any], kind: StepKind) -> dict[str, Any]:
        """Read all options, as fields of a `Step`; a wrong value is noted and not used."""
        takes = self._takes(path, body, kind)
        checking, pick = self._checking(path, body, kind), self._pick(path, body, takes)
        if pick == "best" and checking.mode == "off":
            said = "the takes are not checked, so shotgraph can't find the best take"
            self._say((*path, "pick"), said, allowed="first, ask; or check: warn, retake, stop")
        return {
            "needs": self._needs(path, body.get("needs")),
            "takes": takes,
            "pick": pick,
            "on_length": self._on_length(path, body, kind),
            "checking": checking,
            "continues": self._continues(path, body, kind),
            "for_each": self._for_each(path, body),
            "repeat": self._repeat(path, body),
        }

    def _takes(self, path: Path, body: Mapping[str, Any], kind: StepKind) -> int:
        takes = body.get("takes", 1)
        if type(takes) is not int or not 1 <= takes <= MOST_TAKES:
            allowed = f"a whole number from 1 to {MOST_TAKES}"
            said, nearest = f"{shown(takes)} is given", meant_number(takes)
            self._say((*path, "takes"), said, allowed=allowed, nearest=nearest)
            return 1
        if "takes" in body and not kind.paid:
            said = (
                f"{kind.name} makes the same result each time; takes are for steps that fal draws"
            )
            self._say((*path, "takes"), said, of_key=True)
        return takes

    def _pick(self, path: Path, body: Mapping[str, Any], takes: int) -> Pick:
        written = body.get("pick", "first")
        if not isinstance(written, str) or written not in _PICKS:
            said, nearest = f"{shown(written)} is given", nearest_name(str(written), _PICKS)
            self._say((*path, "pick"), said, allowed=", ".join(_PICKS), nearest=nearest)
            return "first"
        if "pick" in body and takes == body.get("takes", 1) == 1:
            said = (
                "there is only one take, so there is nothing to pick; write the number of "
                "takes with takes"
            )
            self._say((*path, "pick"), said, of_key=True)
        return _PICKS[written]

    def _on_length(self, path: Path, body: Mapping[str, Any], kind: StepKind) -> OnLength:
        written, here = body.get("on_length", "warn"), (*path, "on_length")
        if not isinstance(written, str) or written not in _LENGTHS:
            said, nearest = f"{shown(written)} is given", nearest_name(str(written), _LENGTHS)
            self._say(here, said, allowed=", ".join(_LENGTHS), nearest=nearest)
            return "warn"
        if "on_length" in body and not kind.tiers:
            said = f"{kind.name} has no requested length; on_length is for shots that Kling draws"
            self._say(here, said, of_key=True)
        return _LENGTHS[written]

    def _continues(self, path: Path, body: Mapping[str, Any], kind: StepKind) -> bool:
        written, here = body.get("continue", False), (*path, "continue")
        if type(written) is not bool:
            said, nearest = f"{shown(written)} is given", _meant_switch(written)
            self._say(here, said, allowed="true, false", nearest=nearest)
            return False
        if "continue" in body and kind.name not in CONTINUING:
            said = f"{kind.name} continues no shot; continue is for {' and '.join(CONTINUING)}"
            self._say(here, said, of_key=True)
            return False
        return written

    def _checking(self, path: Path, body: Mapping[str, Any], kind: StepKind) -> Checking:
        if not kind.tiers:
            for option in CHECK_OPTIONS:
                if option in body:
                    said = f"{kind.name} is not checked; {option} is for shots that Kling draws"
                    self._say((*path, option), said, of_key=True)
            return Checking("off")
        section = self._data.get("defaults")
        defaults = section if isinstance(section, dict) else {}
        # A step with its own `check` takes neither `check` nor `retake` from the defaults.
        given = body if "check" in body else {**defaults, **body}
        # Problems with the defaults are reported once, where they are read, and not for each step.
        quiet = OptionReader(self._data, _say_nothing, _know_all)
        mode = (self if "check" in body else quiet).mode_of(path, given)
        retakes = (self if "retake" in body else quiet).retakes_of(path, given)
        if "retake" in body and mode != "retake":
            said = f"no retake is bought with check: {mode}; write check: retake"
            self._say((*path, "retake"), said, of_key=True)
        return Checking(mode, retakes if mode == "retake" else 0)

    def mode_of(self, path: Path, given: Mapping[str, Any]) -> CheckMode:
        """Read `check`."""
        written = given.get("check", "warn")
        if written is False:  # YAML 1.1 reads "off" as false, and its users may write false
            return "off"
        if not isinstance(written, str) or written not in _MODES:
            said, nearest = f"{shown(written)} is given", nearest_name(str(written), _MODES)
            if written is True or written == "on":
                said = f"{said}, which does not tell what to do about a fault"
                nearest = "warn"
            self._say((*path, "check"), said, allowed=", ".join(_MODES), nearest=nearest)
            return "warn"
        return _MODES[written]

    def retakes_of(self, path: Path, given: Mapping[str, Any]) -> int:
        """Read `retake`."""
        written = given.get("retake", {"times": 1})
        here, count = (*path, "retake"), f"a whole number from 1 to {MOST_RETAKES}"
        if not isinstance(written, dict) or "times" not in written:
            is_count = type(written) is int and 1 <= written <= MOST_RETAKES
            self._say(
                here,
                f"{shown(written)} is given" if written != {} else "the mapping is empty",
                allowed=f"{{times: 1}}, with {count}",
                nearest=f"{{times: {written}}}" if is_count else "",
            )
            return 1
        for key in written:
            if key != "times":
                self._unknown_key((*here, key), ["times"])
        times = written["times"]
        if type(times) is not int or not 1 <= times <= MOST_RETAKES:
            said, nearest = f"{shown(times)} is given", meant_number(times)
            self._say((*here, "times"), said, allowed=count, nearest=nearest)
            return 1
        return times

    def _needs(self, path: Path, needs: Any) -> tuple[str, ...]:
        if needs is None:
            return ()
        if not isinstance(needs, list) or not all(isinstance(item, str) for item in needs):
            said, nearest = f"{shown(needs)} is given", self._meant_needs(needs)
            self._say((*path, "needs"), said, allowed="a list of steps", nearest=nearest)
            return ()
        named = self._data["steps"]
        for number, item in enumerate(needs):
            if item not in named:
                self._say(
                    (*path, "needs", number),
                    f'there is no step "{item}"',
                    allowed=", ".join(named),
                    nearest=nearest_name(item.strip("${}"), named),
                )
        return tuple(needs)

    def _meant_needs(self, needs: Any) -> str:
        steps = self._data["steps"]
        words = re.findall(r"[A-Za-z_]\w*", needs) if isinstance(needs, str) else []
        return f"[{', '.join(words)}]" if words and all(word in steps for word in words) else ""

    def _for_each(self, path: Path, body: Mapping[str, Any]) -> dict[str, Any]:
        if "for_each" not in body:
            return {}
        here, written = (*path, "for_each"), body["for_each"]
        if not isinstance(written, dict) or not written:
            allowed = "names and lists, such as {shot: $shots}"
            said, nearest = f"{shown(written)} is given", _meant_for_each(written)
            self._say(here, said, allowed=allowed, nearest=nearest)
            return {ANY: UNREAD}
        good: dict[str, Any] = {}
        for name, source in written.items():
            if not self._is_new_name((*here, name), name):
                good[name_of(name) or name] = UNREAD
                continue
            good[name] = UNREAD
            reference = whole_reference(source) if isinstance(source, str) else None
            if reference is None and not isinstance(source, list):
                allowed = "a list, or a reference to one, such as $shots"
                said, nearest = f"{shown(source)} is given", self._meant_list(source)
                self._say((*here, name), said, allowed=allowed, nearest=nearest)
            elif source == []:
                self._say((*here, name), "the list is empty: nothing would be made")
            else:
                good[name] = source
        return good

    def _meant_list(self, source: Any) -> str:
        for section in ("params", "steps"):
            names = self._data.get(section)
            if isinstance(names, dict) and isinstance(source, str) and source in names:
                return f"${source}"
        return meant_list(source)

    def _repeat(self, path: Path, body: Mapping[str, Any]) -> Repeat | None:
        if "repeat" not in body:
            return None
        here, written = (*path, "repeat"), body["repeat"]
        if not isinstance(written, dict):
            allowed = "a mapping such as {times: 3, from: $shot, as: previous}"
            self._say(here, f"{shown(written)} is given", allowed=allowed)
            return Repeat(1, UNREAD, ANY)
        for key in written:
            if key not in _REPEAT:
                self._unknown_key((*here, key), list(_REPEAT))
        for key in [key for key in _REPEAT if key not in written]:
            self._say(here, f'"{key}" is missing', allowed="times, from and as", of_key=True)
        times = self._times((*here, "times"), written.get("times", 1))
        name, start = written.get("as", ANY), written.get("from", UNREAD)
        if "as" in written and not self._is_new_name((*here, "as"), name, of_key=False):
            return Repeat(times, start, name if isinstance(name, str) else ANY)
        for_each = body.get("for_each")
        if isinstance(for_each, dict) and name in for_each:
            self._say((*here, "as"), f"{shown(name)} is a name of for_each too")
        return Repeat(times, start, name)

    def _times(self, here: Path, written: Any) -> int | Reference:
        if isinstance(written, str) and (reference := whole_reference(written)) is not None:
            return reference
        if type(written) is not int or not 1 <= written <= MOST_ROUNDS:
            allowed = f"a whole number from 1 to {MOST_ROUNDS}, or a parameter that is one"
            self._say(here, f"{shown(written)} is given", allowed=allowed)
            return 1
        return written

    def _is_new_name(self, here: Path, name: Any, *, of_key: bool = True) -> bool:
        if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > 64:
            allowed = "letters, digits and '_', not starting with a digit, at most 64"
            said, nearest = f"{shown(name)} can't be a name", name_of(str(name or ""))
            self._say(here, said, allowed=allowed, nearest=nearest, of_key=of_key)
            return False
        for section, what in (("params", "parameter"), ("steps", "step")):
            taken = self._data.get(section)
            if isinstance(taken, dict) and name in taken:
                self._say(here, f'"{name}" is the name of a {what} too', of_key=of_key)
                return False
        return True


def _say_nothing(
    path: Path, what: str, *, allowed: str = "", nearest: str = "", of_key: bool = False
) -> None:
    """Note no problem."""


def _know_all(path: Path, right: list[str]) -> None:
    """Note no unknown key."""


def _meant_switch(written: Any) -> str:
    """Guess true or false; the name of a shot means true."""
    said = str(written).lower()
    if said in ("no", "off", "false", "0", "none"):
        return "false"
    return "true" if said in ("yes", "on", "true", "1") or said.startswith("$") else ""


def _meant_for_each(written: Any) -> str:
    """Give the items of a list a name: ``$shots`` probably means ``{shot: $shots}``."""
    found = re.fullmatch(r"(?:(\w+) in )?\$\{?(\w+?)(s?)\}?", str(written))
    if found is None or not isinstance(written, str):
        return ""
    name = found[1] or (found[2] if found[3] else f"one_{found[2]}")
    return f"{{{name}: ${found[2]}{found[3]}}}"


StepDefaults: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Fields of a body, by kind of step."""

# The fields of these kinds define each step by itself.
WITHOUT_DEFAULTS = ("use", "fal", "approve")


def read_defaults(
    data: Mapping[str, Any], say: Say, unknown_key: Callable[[Path, list[str]], None]
) -> StepDefaults:
    """Read a file's ``defaults``; a wrong entry is noted and skipped.

    The values are checked in each step that gets them.
    """
    if "defaults" not in data:
        return {}
    section, kinds = data["defaults"], [kind for kind in STEP_KINDS if kind not in WITHOUT_DEFAULTS]
    if not isinstance(section, dict):
        allowed = "kinds of steps and their fields, such as {edit: {tier: pro}}"
        say(("defaults",), f"{shown(section)} is given", allowed=allowed)
        return {}
    good: dict[str, dict[str, Any]] = {}
    reader = OptionReader(data, say, unknown_key)
    reader.mode_of(("defaults",), section)
    if "retake" in section and section.get("check") != "retake":
        said = "no retake is bought without check: retake in the same mapping"
        say(("defaults", "retake"), said, of_key=True)
    reader.retakes_of(("defaults",), section)
    for kind, fields in section.items():
        here: Path = ("defaults", kind)
        if kind in CHECK_OPTIONS:
            continue
        if kind not in kinds:
            having = [one for one in kinds if kind in STEP_KINDS[one].fields()]
            said = f'"{kind}" is no kind of step that has defaults'
            if having:
                said = f'"{kind}" is a field, but a kind of step belongs here'
            nearest = "" if having else nearest_name(kind, kinds)
            say(here, said, allowed=", ".join(having or kinds), nearest=nearest, of_key=True)
        elif not isinstance(fields, dict):
            allowed = "a mapping, such as {tier: pro}"
            say(here, f"{shown(fields)} is given", allowed=allowed)
        else:
            right = STEP_KINDS[kind].fields()
            for field in fields.keys() - set(right):
                unknown_key((*here, field), right)
            good[kind] = {field: value for field, value in fields.items() if field in right}
    return good
