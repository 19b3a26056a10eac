"""The models of a pipeline file: its steps, the kinds of steps, and references.

References are ``$name``, ``${name}`` and ``$$``, as in Python's ``string.Template``. A value that
is one whole reference is replaced by data. Inside a text, references to scalar parameters are
replaced once: the inserted texts are not searched for references. There are no expressions.
"""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from shotgraph.endpoints import KINDS, Endpoint, Tier
from shotgraph.model.references import MediaKind
from shotgraph.spec.document import Document
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.spec.local_arguments import (
    ApproveArguments,
    ConcatArguments,
    FrameArguments,
    SoundtrackArguments,
    TrimArguments,
    WantedDelivery,
)
from shotgraph.spec.params import Param
from shotgraph.spec.picture_arguments import CropArguments, HoldArguments, SpeedArguments
from shotgraph.spec.problem import Problem
from shotgraph.spec.title_arguments import TitleArguments

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_WHOLE = re.compile(rf"\$(?:({_NAME})(?:\.({_NAME}))?|\{{({_NAME})(?:\.({_NAME}))?\}})")
_INSIDE = re.compile(
    rf"\$(?:(?P<escaped>\$)|(?P<named>{_NAME})|\{{(?P<braced>{_NAME})\}}|(?P<bad>))"
)

_OUTPUT = re.compile(rf"\$\{{{_NAME}\.{_NAME}\}}")
# References as other programs write them: ``${{ name }}``, ``${ name }``, ``$(name)``.
_OTHER_FORM = re.compile(rf"\$\{{{{? *({_NAME}) *\}}?\}}|\$\( *({_NAME}) *\)")

NAME = re.compile(_NAME)
"""The name of a parameter or a step."""


@dataclass(frozen=True)
class Reference:
    """One whole reference: ``$name`` or ``$name.field``."""

    name: str
    field: str | None = None

    def __str__(self) -> str:
        return f"${self.name}.{self.field}" if self.field else f"${self.name}"


class BadTemplate(ValueError):
    """A ``$`` that starts no reference.

    Attributes:
        part: The wrong part of the text.
        nearest: The reference that the author probably meant, or ''.
    """

    def __init__(self, message: str, part: str, nearest: str = "") -> None:
        super().__init__(message)
        self.part = part
        self.nearest = nearest


def whole_reference(text: str) -> Reference | None:
    """Read a text that is one reference and nothing else, or return None."""
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    return Reference(match[1] or match[3], match[2] or match[4])


def substitute(text: str, value_of: Callable[[str], str]) -> str:
    """Replace the references inside a text.

    Raises:
        BadTemplate: A ``$`` starts no reference; to write a dollar sign, double it.
    """

    def replaced(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        if match["bad"] is not None:
            rest = text[match.start() :]
            here = f"{rest[:11]}…" if len(rest) > 12 else rest
            what = 'a "$" that starts no name; for a dollar sign write "$$"'
            if _OUTPUT.match(rest):
                what = "an output of a step can't be inside a text"
            said = f'"{here}": {what}'
            other = _OTHER_FORM.match(rest)
            if other is not None:
                raise BadTemplate(said, other[0], f"${{{other[1] or other[2]}}}")
            raise BadTemplate(said, rest[:1])
        return value_of(match["named"] or match["braced"])

    return _INSIDE.sub(replaced, text)


class UseArguments(BaseModel):
    """Run another pipeline file; its output is the output of the step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(
        min_length=1, description="The other file, relative to this one, in its folder or below."
    )
    params: dict[str, Any] = Field(
        default={}, description="Values for its parameters; the others keep their defaults."
    )


@dataclass(frozen=True)
class StepKind:
    """One kind of step.

    Attributes:
        arguments: The model of the step's body.
        output: The kind of its output; None if the body determines it.
        tiers: shotgraph's endpoints by tier; empty for a local step, and for a step with its
            endpoint in its body.
    """

    name: str
    arguments: type[BaseModel]
    output: MediaKind | None
    tiers: Mapping[Tier, Endpoint]

    @property
    def paid(self) -> bool:
        """Whether its runs are bought from fal."""
        return bool(self.tiers) or self.arguments is FalArguments

    def fields(self) -> list[str]:
        """The names of the fields that its body may have."""
        return [*self.arguments.model_fields, *(["tier"] if self.tiers else [])]


def _local(name: str, arguments: type[BaseModel], output: MediaKind | None) -> StepKind:
    return StepKind(name, arguments, output, MappingProxyType({}))


STEP_KINDS: Mapping[str, StepKind] = MappingProxyType(
    {
        **{
            kind: StepKind(kind, first.arguments, first.outputs[0].kind, tiers)
            for kind, tiers in KINDS.items()
            for first in [next(iter(tiers.values()))]
        },
        "fal": _local("fal", FalArguments, None),
        "trim": _local("trim", TrimArguments, "video"),
        "frame": _local("frame", FrameArguments, "image"),
        "concat": _local("concat", ConcatArguments, "video"),
        "crop": _local("crop", CropArguments, "video"),
        "hold": _local("hold", HoldArguments, "video"),
        "speed": _local("speed", SpeedArguments, "video"),
        "title": _local("title", TitleArguments, "video"),
        "soundtrack": _local("soundtrack", SoundtrackArguments, "video"),
        "approve": _local("approve", ApproveArguments, None),
        "use": _local("use", UseArguments, None),
    }
)


Pick: TypeAlias = Literal["first", "ask", "best"]
CheckMode: TypeAlias = Literal["warn", "retake", "stop", "off"]
"""The action on a video's faults: report them, buy another take, end the step, don't check."""
OnLength: TypeAlias = Literal["fit", "warn", "fail"]
"""The action on a video of another length than asked for: fit it, fit and report it, refuse it."""


@dataclass(frozen=True)
class Checking:
    """How a video from fal is checked before it is used.

    Attributes:
        mode: The action if the video has faults.
        retakes: How many more takes may be bought because of faults; 0 unless `mode` is `retake`.
    """

    mode: CheckMode = "warn"
    retakes: int = 0


AS_USUAL = Checking()
UNREAD: Any = object()
"""A value that could not be read; its problem has been noted."""
ANY = "*"
"""Any name: some names could not be read."""


class _EveryName(Container[str]):
    def __contains__(self, name: object) -> bool:
        return True


EVERY_NAME = _EveryName()


@dataclass(frozen=True)
class Repeat:
    """Rounds of one step; each round takes the output of the round before.

    Attributes:
        times: The number of rounds; a whole number, or a reference to a whole number.
        start: The input of the first round, as written.
        name: The name of the last round's output in the body.
    """

    times: int | Reference
    start: Any
    name: str


@dataclass(frozen=True)
class Step:
    """One step, as written.

    Attributes:
        body: The arguments, with the file's defaults for the kind.
        needs: Further steps that it waits for, without using their outputs.
        takes: How many generations of the same job are made.
        pick: The take that other steps get: the first, the one that a person chooses, or the one
            with the fewest faults.
        on_length: The action on a video of another length than asked for.
        checking: How its videos are checked.
        continues: Whether the shot continues the shot that it takes.
        for_each: The loop variables and their lists, as written.
    """

    name: str
    kind: StepKind
    body: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    takes: int = 1
    pick: Pick = "first"
    for_each: Mapping[str, Any] = field(default_factory=dict)
    repeat: Repeat | None = None
    on_length: OnLength = "warn"
    checking: Checking = AS_USUAL
    continues: bool = False


@dataclass(frozen=True)
class Pipeline:
    """A film, declared.

    Attributes:
        unread: Names of values that could not be read; their problems are noted.
        folder: The folder that the file's paths are relative to, and must lie below.
        budget_usd: The most that a run may spend, in dollars; None if the file sets no limit.
        document: The text and the locations, for messages.
        deliver: Further files of the film.
    """

    name: str
    description: str
    params: Mapping[str, Param]
    budget_usd: Decimal | None
    steps: Mapping[str, Step]
    output: Reference
    folder: Path
    document: Document
    unread: Container[str] = frozenset()
    deliver: tuple[WantedDelivery, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A file as far as it could be read.

    Attributes:
        pipeline: The part that could be read; None if nothing could be read.
        problems: The problems with the rest.
        text: The file's text, for messages.
    """

    pipeline: Pipeline | None
    problems: tuple[Problem, ...]
    text: str
