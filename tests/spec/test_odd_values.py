"""Every field of the steps that this machine makes, and every option, with values that miss it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shotgraph.graph import check
from shotgraph.spec import Problem, read_draft

ODD = (
    "0", "-1", "0.001", "0.5", "1000", "1000000", "1e400", ".nan", "abc", '""', "null", "true",
    "false", "off", "[]", "[2, 2]", "{a: 1}", "0%", "101%", '"1000:1"', "#123456",
)  # fmt: skip
"""Zero, below zero, huge, tiny, no number, another type, empty, null, and a comment."""

STEPS: Mapping[str, Mapping[str, str]] = {
    "trim": {"video": "clip.mp4", "seconds": "1"},
    "frame": {"video": "clip.mp4"},
    "concat": {"clips": "[clip.mp4, clip.mp4]"},
    "soundtrack": {"video": "clip.mp4", "audio": "song.m4a"},
    "crop": {"video": "clip.mp4", "width": "64", "height": "64"},
    "speed": {"video": "clip.mp4", "factor": "2"},
    "hold": {"image": "still.png", "seconds": "1"},
    "title": {"video": "clip.mp4", "text": "A"},
    "reference": {"video": "clip.mp4", "prompt": "Go on from @Video1"},
}
CARD = {"video": "", "width": "640", "height": "360", "fps": "24", "seconds": "1"}

NOTHING = "null"
TIMES = "0 0.001 0.5 1000"
SWITCH = "true false"
TRACK = "null #123456"
# What each field takes of the odd values; the fields that must be beside it, or must not ('').
TAKEN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "trim.start": (TIMES, {}),
    "trim.seconds": ("0.5 1000", {}),
    "trim.end": ("0.5 1000", {"seconds": ""}),
    "trim.audio_track": (TRACK, {}),
    "trim.background": (NOTHING, {}),
    "frame.at": ("0 1000 1000000", {}),
    "frame.background": (NOTHING, {}),
    "concat.clips": ("", {}),
    "concat.transition": ("", {}),
    "concat.transition.kind": ("", {}),
    "concat.transition.seconds": ("0.5 1000", {}),
    "concat.format": ("null #123456", {}),
    "concat.format.width": ("1000 null #123456", {}),
    "concat.format.height": ("1000 null #123456", {}),
    "concat.format.fps": ("null #123456", {}),
    "concat.format.codec": ("null #123456", {}),
    "concat.format.pixel_format": ("null #123456", {}),
    "concat.format.quality": ("null #123456", {}),
    "concat.loudness": (TRACK, {}),
    "concat.audio_track": (TRACK, {}),
    "concat.background": (NOTHING, {}),
    "concat.fit": (TRACK, {}),
    "concat.focus": (TRACK, {"fit": "crop"}),
    "concat.match": (TRACK, {}),
    "soundtrack.mode": ("", {}),
    "soundtrack.gain_db": ("0 -1 0.001 0.5", {}),
    "soundtrack.start": (TIMES, {}),
    "soundtrack.loop": (SWITCH, {}),
    "soundtrack.fade_out": (TIMES, {}),
    "soundtrack.loudness": (TRACK, {}),
    "soundtrack.audio_track": (TRACK, {}),
    "crop.aspect_ratio": ("", {"width": "", "height": ""}),
    "crop.width": ("1000", {}),
    "crop.height": ("1000", {}),
    "crop.left": ("0 1000 0% null #123456", {}),
    "crop.top": ("0 1000 0% null #123456", {}),
    "crop.focus": (TRACK, {}),
    "crop.audio_track": (TRACK, {}),
    "crop.background": (NOTHING, {}),
    "speed.factor": ("0.5", {}),
    "speed.sound": ("", {}),
    "speed.audio_track": (TRACK, {}),
    "speed.background": (NOTHING, {}),
    "hold.seconds": ("0.5 1000", {}),
    "hold.at": (TRACK, {}),
    "hold.push": ("0.5 null #123456", {}),
    "hold.focus": (TRACK, {"fit": "crop"}),
    "hold.fit": (TRACK, {}),
    "hold.like": (TRACK, {}),
    "hold.width": ("1000 null #123456", {}),
    "hold.height": ("1000 null #123456", {}),
    "hold.fps": (TRACK, {}),
    "hold.background": (NOTHING, {}),
    "title.text": ("1e400 .nan abc off 0% 101% 1000:1", {}),
    "title.font": (TRACK, {}),
    "title.size": ("1000 null #123456", {}),
    "title.position": ("", {}),
    "title.colour": ("", {}),
    "title.box": (TRACK, {}),
    "title.box.colour": ("", {}),
    "title.box.opacity": ("0 0.001 0.5 0%", {}),
    "title.shadow": (SWITCH, {}),
    "title.start": (TIMES, {}),
    "title.seconds": ("0.5 1000 null #123456", {}),
    "title.fade_in": (TIMES, {}),
    "title.fade_out": (TIMES, {}),
    "title.width": ("1000", CARD),
    "title.height": ("1000", CARD),
    "title.fps": ("", CARD),
    "title.background": (NOTHING, {}),
    "title.audio_track": (TRACK, {}),
}
# Options stand beside the kind, or below `defaults`.
OPTIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "takes": ("", {}),
    "pick": ("", {"takes": "2"}),
    "on_length": ("", {}),
    "continue": ("true false", {}),
    "check": ("false off", {}),
    "retake": ("", {"check": "retake"}),
    "retake.times": ("", {"check": "retake"}),
    "needs": ("null [] #123456", {}),
}
BELOW_DEFAULTS = ("check", "retake", "retake.times")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media").resolve()
    for name in ("clip.mp4", "still.png", "song.m4a"):
        (folder / name).touch()
    return folder


def lines_of(field: str, value: str, beside: Mapping[str, str]) -> list[str]:
    """Write a field with a value, and those beside it; a value below `a.b` has lines of its own."""
    outer, _, inner = field.partition(".")
    said = {**beside, outer: value if not inner else ""}
    lines = [f"{key}: {said[key]}" for key in said if said[key] or key == outer]
    if field == "transition.seconds":
        lines.append("  kind: dissolve")
    return [*lines, f"  {inner}: {value}"] if inner else lines


def film_with(step: list[str], options: list[str], defaults: list[str], kind: str) -> str:
    """Write a film of one step."""
    rows = ["name: film", *(["defaults:"] if defaults else []), *(f"  {one}" for one in defaults)]
    rows += ["steps:", "  a:", f"    {kind}:", *(f"      {one}" for one in step)]
    return "\n".join([*rows, *(f"    {one}" for one in options), "output: $a", ""])


def problems_of(text: str, media: Path) -> list[Problem]:
    """Check a film, as `validate` does before it opens media."""
    found = check(read_draft(text, file="film.yaml", folder=media)).problems
    return [one for one in found if one.where != "output"]  # a frame is no film


def judge(text: str, field: str, value: str, *, is_taken: bool, media: Path) -> str:
    """Say what is wrong with what is said of a value; '' for nothing."""
    found = problems_of(text, media)
    if is_taken:
        return f"{value}: {found}" if found else ""
    name = field.rpartition(".")[2]
    row = next(
        n for n, line in enumerate(text.splitlines(), 1) if line.endswith(f"{name}: {value}")
    )
    wrong = [
        one
        for one in found
        if one.location.line != row
        or name not in one.where
        or not (one.allowed or one.nearest or any(word in one.what for word in _SAYS_MORE))
    ]
    return f"{value}: {wrong or 'it is taken'}" if wrong or not found else ""


_SAYS_MORE = (
    "write",
    "must",
    "empty",
    "is missing",
    "given",
    "shortest",
    "needs seconds",
    "no file",
    "one",
)


@pytest.mark.parametrize("name", TAKEN)
def test_each_value_that_a_field_does_not_take_is_said_at_its_place(name: str, media: Path) -> None:
    kind, _, field = name.partition(".")
    taken, beside = TAKEN[name]
    beside = {**STEPS[kind], **beside}
    wrong = []
    for value in ODD:
        text = film_with(lines_of(field, value, beside), [], [], kind)
        is_taken = value.strip('"') in taken.split()
        wrong.append(judge(text, field, value, is_taken=is_taken, media=media))
    assert not any(wrong), "\n".join(filter(None, wrong))


@pytest.mark.parametrize(
    ("option", "where"),
    [
        *((option, "step") for option in OPTIONS),
        *((option, "defaults") for option in BELOW_DEFAULTS),
    ],
)
def test_each_value_that_an_option_does_not_take_is_said_at_its_place(
    option: str, where: str, media: Path
) -> None:
    taken, beside = OPTIONS[option]
    step = [f"{key}: {value}" for key, value in STEPS["reference"].items()]
    wrong = []
    for value in ODD:
        lines = lines_of(option, value, beside)
        text = film_with(
            step,
            lines if where == "step" else [],
            lines if where == "defaults" else [],
            "reference",
        )
        is_taken = value in taken.split()
        wrong.append(judge(text, option, value, is_taken=is_taken, media=media))
        assert len(problems_of(text, media)) <= 2, text  # a fault of defaults is said once
    assert not any(wrong), "\n".join(filter(None, wrong))


def test_the_table_has_every_field() -> None:
    from shotgraph.spec.pipeline import STEP_KINDS

    media_fields = {"video", "image", "audio", "voice", "like", "tier"}

    def fields_of(kind: str) -> set[str]:
        model: Any = STEP_KINDS[kind].arguments
        return {f"{kind}.{name}" for name in model.model_fields if name not in media_fields}

    wanted = set().union(*(fields_of(kind) for kind in STEPS if kind != "reference"))
    assert wanted <= set(TAKEN)
