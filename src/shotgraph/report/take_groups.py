"""The takes of a step side by side, and the differences of their prompts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from shotgraph.report.manifest import Manifest, StepEntry

Difference: TypeAlias = tuple[Literal["same", "gone", "new"], str]
"""A piece of a text: unchanged, removed or inserted."""

_TAKE = re.compile(r" (?:take [0-9]+|as drawn|\(taken again[^)]*\))\Z")
_MOST_WORDS = 600
"""The most words of a text that is compared word by word; longer texts are shown whole."""


@dataclass(frozen=True)
class Take:
    """One of several takes.

    Attributes:
        number: Its number, from 1; also the key on the keyboard that shows it.
        chosen: Whether the film uses it.
        words: The differences from the prompt of the first take.
    """

    number: int
    step: StepEntry
    chosen: bool
    words: Sequence[Difference]


@dataclass(frozen=True)
class TakeGroup:
    """All takes of one step."""

    name: str
    takes: Sequence[Take]

    @property
    def same_words(self) -> bool:
        """Whether all takes have the same prompt, and differ only by chance."""
        return all(kind == "same" for take in self.takes for kind, _ in take.words)


def take_groups(manifest: Manifest) -> list[TakeGroup]:
    """Find the steps with several finished takes."""
    groups: dict[str, list[StepEntry]] = {}
    for step in manifest.steps:
        if step.is_paid and step.medium is not None:
            groups.setdefault(base_name(step.name), []).append(step)
    picked = {base_name(step.name): step for step in manifest.steps if step.kind == "pick"}
    used = {name for step in manifest.steps if step.kind != "pick" for name in step.sources()}
    found = []
    for name, steps in groups.items():
        if len(steps) < 2:
            continue
        chosen = _chosen(picked.get(name), steps, used)
        found.append(
            TakeGroup(
                name,
                [
                    Take(number, step, step is chosen, differences(steps[0].prompt, step.prompt))
                    for number, step in enumerate(steps, start=1)
                ],
            )
        )
    return found


def base_name(name: str) -> str:
    """The name of the step that a take belongs to."""
    return _TAKE.sub("", name)


def differences(before: str, after: str) -> Sequence[Difference]:
    """Compare two texts word by word."""
    if before == after:
        return [("same", after)]
    old, new = _words(before), _words(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        return [("gone", before), ("new", after)]
    found: list[Difference] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(new[k:m])))
            continue
        if j > i:
            found.append(("gone", "".join(old[i:j])))
        if m > k:
            found.append(("new", "".join(new[k:m])))
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s]+", text)


def _chosen(pick: StepEntry | None, steps: Sequence[StepEntry], used: set[str]) -> StepEntry | None:
    if pick is not None:
        return next((step for step in steps if pick.key is not None and step.key == pick.key), None)
    return next((step for step in steps if step.name in used), None)
