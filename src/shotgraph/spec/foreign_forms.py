"""References, lists and addresses as other programs write them, in the form of a pipeline file."""

import re
from collections.abc import Collection, Mapping
from typing import Any

FOREIGN = re.compile(r"\$?\{\{? *[\w.]+ *\}?\}|\$\( *[\w.]+ *\)|\$[\w.]+")
"""A reference in any program's form: ``${{ params.look }}``, ``{{ look }}``, ``$(look)``."""
_AROUND = frozenset(
    (
        "params", "parameters", "inputs", "input", "args", "arguments", "vars", "variables", "var",
        "env", "steps", "step", "jobs", "tasks", "nodes", "needs", "outputs", "output", "workflow",
        "context", "item", "matrix",
    )
)  # fmt: skip
_ENVIRONMENT = re.compile(r"[A-Z][A-Z0-9_]+")
_ADDRESS = re.compile(
    r"(?:ht+ps?|https?|htps?)?:?/{0,3}((?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/\S+)", re.IGNORECASE
)
BULLETS = "-•–—·*▪◦‣"
"""The signs before the items of a list, on pages and in YAML."""
NO_ENVIRONMENT = (
    "; environment variables are not read: make a parameter, and give its value with --set"
)


def meant_name(text: str, names: Collection[str]) -> str:
    """Find the name in a reference of another program: ``${{ params.look }}`` means ``look``.

    Returns:
        One of the names; '' if the text names none of them.
    """
    parts = re.findall(r"\w+", text)
    while len(parts) > 1 and parts[0] in _AROUND and parts[0] not in names:
        parts = parts[1:]
    return parts[0] if parts and parts[0] in names else ""


def is_environment(name: str) -> bool:
    """Whether a name looks like that of an environment variable: ``HOME``."""
    return _ENVIRONMENT.fullmatch(name) is not None


def meant_address(text: str) -> str:
    """Give the https URL that a text without the right beginning means: ``//a.com/b.mp4``; or ''.

    A path such as ``clips.of/a.mp4`` has no such beginning.
    """
    if not re.match(r"//|ht+p?s?:", text, re.IGNORECASE):
        return ""
    found = _ADDRESS.fullmatch(text)
    return f"https://{found[1]}" if found is not None else ""


def is_of_comfyui(data: Mapping[str, Any]) -> bool:
    """Whether a file's data is a workflow of ComfyUI, as its page saves it or as its API takes it.

    Args:
        data: The keys and values at the left margin.
    """
    nodes = [value for value in data.values() if isinstance(value, dict)]
    has_classes = bool(nodes) and all("class_type" in value for value in nodes)
    return has_classes or {"nodes", "links"} <= data.keys()
