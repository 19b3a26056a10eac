"""The pipeline file: from the models that read it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pages.table import code, first_line, table
from shotgraph.endpoints import IMAGE_INPUT, VIDEO_INPUT, KlingArguments
from shotgraph.endpoints.arguments import Element
from shotgraph.graph.room import MOST_CHARACTERS, MOST_RUNS, MOST_VALUES
from shotgraph.model.fields import media_kind_at, wants_list
from shotgraph.spec import STEP_KINDS, Param, StepKind
from shotgraph.spec.exact_numbers import FrameRate, LastingSeconds, Seconds
from shotgraph.spec.json_schema import OPTIONS
from shotgraph.spec.local_arguments import FormatArguments, TransitionArguments, WantedDelivery
from shotgraph.spec.local_fields import (
    AspectRatio,
    Focus,
    LetterExtent,
    PlaceExtent,
    Share,
    SideExtent,
)
from shotgraph.spec.misplaced import TOP
from shotgraph.spec.params import ParamType
from shotgraph.spec.picture_arguments import Factor, PushFactor
from shotgraph.spec.read_yaml import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES
from shotgraph.spec.step_options import MOST_TAKES
from shotgraph.spec.title_arguments import Position

_TOP_MEANINGS = {
    "name": ("yes", "The name of the film and of its file: at most 64 lower-case letters, digits, "
             "`.`, `_` and `-`."),
    "description": ("", "A description of the film; text."),
    "params": ("", "A mapping of names to parameters."),
    "budget_usd": ("", "The most that a run may spend, in dollars; a number from 0 up."),
    "defaults": ("", "A mapping of kinds to default fields for all steps of that kind; and `check` "
                 "and `retake` for all steps."),
    "steps": ("yes", "A mapping of names to steps; at least one."),
    "output": ("yes", "A reference to the step that makes the film: `$film`."),
    "deliver": ("", "A list of further files of the film: names of profiles, or mappings."),
}  # fmt: skip


_MADE_OF = {
    "for_each": "a mapping of names to lists",
    "repeat": "`times`, `from` and `as`",
    "takes": f"a whole number, 1 to {MOST_TAKES}",
    "pick": "`first`, `ask`, `best`",
    "on_length": "`fit`, `warn`, `fail`",
    "continue": "`true`, `false`",
    "check": "`warn`, `retake`, `stop`, `off`",
    "retake": "`times`",
    "needs": "a list of steps",
}
_MADE = {
    "fal": "Makes what its `output` says.",
    "approve": "Passes the approved output on.",
    "use": "Makes what that file's `output` makes.",
}


def page() -> str:
    """Write the page."""
    if set(_TOP_MEANINGS) != set(TOP):
        raise SystemExit(f"the file's top keys are {TOP}: say what each means")
    parts = [
        "# The pipeline file\n",
        _file(),
        "## Parameters\n",
        first_line(Param.__doc__) + "\n",
        _fields(Param, required_note=False),
        f"Types: {', '.join(code(item) for item in get_args(ParamType))}.\n",
        "## Steps\n",
        "A step is a name with one kind and its fields, and perhaps how often it runs and what it "
        "waits for. "
        "A media field takes a reference, a path below the file's folder, or an https URL.\n",
        "### On any step\n",
        _options(),
        *(_kind(kind) for kind in STEP_KINDS.values()),
        "## Elements\n",
        first_line(Element.__doc__) + "\n",
        _fields(Element),
        "## Transitions\n",
        first_line(TransitionArguments.__doc__) + "\n",
        _fields(TransitionArguments),
        "## Formats\n",
        first_line(FormatArguments.__doc__) + "\n",
        _fields(FormatArguments),
        "## Files to deliver\n",
        first_line(WantedDelivery.__doc__)
        + " An entry of `deliver` is a profile's name, or a mapping.\n",
        _fields(WantedDelivery),
        _limits(),
        _prices(),
    ]
    return "\n".join(parts)


def _file() -> str:
    rows = [[code(key), need, meaning] for key, (need, meaning) in _TOP_MEANINGS.items()]
    return (
        table(["key", "needed", "meaning"], rows)
        + "\n"
        + "YAML 1.2, without anchors, aliases, tags, merge keys, duplicate keys or a second "
        + f"document; at most {MAX_CHARACTERS:,} characters, {MAX_NODES:,} values and "
        + f"{MAX_DEPTH} levels. `16:9` and `no` are text.\n\n"
        + f"A film has at most {MOST_RUNS:,} steps, {MOST_VALUES:,} values in them and "
        + f"{MOST_CHARACTERS:,} characters of text that references insert. Each run of a "
        + "`for_each` or `repeat`, each take, and each `use` of a file counts again, with all that "
        + "is in it.\n"
    )


def _options() -> str:
    rows = [
        [
            code(name),
            f"{_MADE_OF[name]}: " + code(json.dumps(schema["examples"][0], ensure_ascii=False))
            if "examples" in schema
            else _MADE_OF[name],
            code(schema["default"]) if "default" in schema else "",
            schema["description"],
        ]
        for name, schema in OPTIONS.items()
    ]
    return table(["key", "takes", "default", "meaning"], rows)


def _kind(kind: StepKind) -> str:
    made = {"image": "Makes an image.", "video": "Makes a video.", None: _MADE.get(kind.name)}
    lines = [f"### {kind.name}\n", f"{first_line(kind.arguments.__doc__)} {made[kind.output]}\n"]
    rows = _rows(kind.arguments)
    if kind.tiers:
        tiers = ", ".join(code(tier) for tier in kind.tiers)
        rows.append(
            [code("tier"), tiers, code("standard"), "The endpoint of fal that does the step."]
        )
    lines.append(table(["field", "takes", "default", "meaning"], rows))
    if issubclass(kind.arguments, KlingArguments):
        most = kind.arguments.max_pictures
        lines.append(f"At most {most} images and elements together.\n")
    return "\n".join(lines)


def _fields(model: type[BaseModel], *, required_note: bool = True) -> str:
    return table(
        ["field", "takes", "default", "meaning"], _rows(model, required_note=required_note)
    )


def _rows(model: type[BaseModel], *, required_note: bool = True) -> list[list[str]]:
    return [
        [
            code(name),
            _takes(model, name, field),
            _default(field, required_note=required_note),
            field.description or "",
        ]
        for name, field in model.model_fields.items()
    ]


def _takes(model: type[BaseModel], name: str, field: FieldInfo) -> str:
    media = media_kind_at(model, (name,))
    if media is not None:
        return f"list of {media}s" if wants_list(model, (name,)) else media
    return _words(get_type_hints(model, include_extras=True)[name])


_OF_FRACTIONS = [
    (FrameRate, "frames per second"),
    (AspectRatio, "a ratio such as `9:16`"),
    (PlaceExtent, "pixels or a share"),
    (SideExtent, "pixels or a share"),
    (LetterExtent, "pixels or a share"),
    (Factor, "a factor"),
    (PushFactor, "a factor"),
    (Share, "a share: `0.5` or `50%`"),
    (Focus, "two shares: `[0.5, 0.3]`"),
    (Position, "a place, or two shares: `[0.5, 0.8]`"),
    *((seconds, "seconds") for seconds in (Seconds, LastingSeconds)),
]
"""The words for each type that holds fractions; a new one must be added."""


def _words(annotation: Any) -> str:
    for known, words in _OF_FRACTIONS:
        if annotation == known:
            return words
    if get_origin(annotation) is Annotated:
        return _words(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return ", ".join(code(choice) for choice in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"mapping of {', '.join(code(name) for name in annotation.model_fields)}"
    plain = {
        str: "text",
        bool: "true or false",
        int: "a whole number",
        Decimal: "a number",
        Any: "a value of its type",
        Path: "a path",
    }
    if annotation in plain:
        return plain[annotation]
    if get_origin(annotation) is dict:
        return "a mapping"
    inner = [part for part in get_args(annotation) if part not in (type(None), Ellipsis)]
    if get_origin(annotation) in (list, tuple):
        item = inner[0]
        named = isinstance(item, type) and issubclass(item, BaseModel)
        return f"list of {item.__name__.lower()}s" if named else f"list of {_words(item)}s"
    if not inner:
        raise TypeError(f"say what {annotation} takes")
    return " or ".join(_words(part) for part in inner)


def _default(field: FieldInfo, *, required_note: bool) -> str:
    if field.is_required():
        return "**needed**" if required_note else ""
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", {}):
        return ""
    if isinstance(value, BaseModel):
        return code(next(iter(value.model_dump().values())))
    if isinstance(value, bool):
        return code(str(value).lower())
    return code(value)


def _limits() -> str:
    video, image = VIDEO_INPUT, IMAGE_INPUT
    rows = [
        ["video, format", ", ".join(video.containers)],
        ["video, size", f"at most {video.max_bytes / 1e6:g} MB"],
        ["video, each side", f"{video.min_side_px} to {video.max_side_px} px"],
        ["video, length", f"{float(video.min_duration):g} to {float(video.max_duration):g} s"],
        ["video, rate", f"{video.min_frame_rate} to {video.max_frame_rate} frames a second"],
        ["image, size", f"at most {image.max_bytes / 1e6:g} MB"],
        ["image, each side", f"at least {image.min_side_px} px"],
        [
            "image, width over height",
            f"{float(image.min_ratio):.2f} to {float(image.max_ratio):.2f}",
        ],
    ]
    return (
        "## What fal lets in\n\nChecked before anything is uploaded or paid; sources: "
        f"{video.source}; {image.source}.\n\n" + table(["input", "limit"], rows)
    )


def _prices() -> str:
    rows = [
        [
            code(kind.name),
            tier,
            code(endpoint.id),
            f"${endpoint.price.usd_per_second}",
            f"{endpoint.price.billed_on} seconds",
            endpoint.price.dated,
        ]
        for kind in STEP_KINDS.values()
        for tier, endpoint in kind.tiers.items()
    ]
    return (
        "## Endpoints and prices\n\nDollars per second, for estimates: a part second counts as a "
        "whole one. What fal says that it billed replaces the estimate in reports and budgets.\n\n"
        + table(["kind", "tier", "endpoint", "price", "of", "as of"], rows)
    )
