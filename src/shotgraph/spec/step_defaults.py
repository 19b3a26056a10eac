"""Defaults: arguments that a file gives to all steps of a kind."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from shotgraph.spec.checked import shown
from shotgraph.spec.document import Path
from shotgraph.spec.meant import nearest_name
from shotgraph.spec.pipeline import STEP_KINDS
from shotgraph.spec.step_options import Say

StepDefaults: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Fields of a body, by kind of step."""

# What these do is in the fields themselves.
WITHOUT_DEFAULTS = ("use", "fal", "approve")


def read_defaults(
    data: Mapping[str, Any], say: Say, unknown_key: Callable[[Path, list[str]], None]
) -> StepDefaults:
    """Read a file's ``defaults``; what is wrong is noted and left out.

    The values themselves are checked where a step gets them.
    """
    if "defaults" not in data:
        return {}
    section, kinds = data["defaults"], [kind for kind in STEP_KINDS if kind not in WITHOUT_DEFAULTS]
    if not isinstance(section, dict):
        allowed = "kinds of steps and their fields, such as {edit: {tier: pro}}"
        say(("defaults",), f"{shown(section)} is given", allowed=allowed)
        return {}
    good: dict[str, dict[str, Any]] = {}
    for kind, fields in section.items():
        here: Path = ("defaults", kind)
        if kind not in kinds:
            having = [one for one in kinds if kind in STEP_KINDS[one].fields()]
            said = f'"{kind}" is no kind of step that has defaults'
            if having:
                said = f'"{kind}" is a field, and stands where a kind of step belongs'
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
