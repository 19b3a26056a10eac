"""The coding of pictures by local steps: usual, or better if no paid step uses the result."""

from dataclasses import replace

from pydantic import BaseModel

from shotgraph.media.profiles import PROFILES, Profile
from shotgraph.media.target_format import FINAL, USUAL, Coding, WantedFormat
from shotgraph.spec import (
    ConcatArguments,
    CropArguments,
    DeliverArguments,
    HoldArguments,
    SoundtrackArguments,
    SpeedArguments,
    TitleArguments,
    TrimArguments,
)

_CODING = (
    TrimArguments,
    CropArguments,
    SpeedArguments,
    HoldArguments,
    TitleArguments,
    ConcatArguments,
    DeliverArguments,
    SoundtrackArguments,
)


def has_final_coding(arguments: BaseModel) -> bool:
    """Whether a step may have another coding if no paid step uses its result."""
    return isinstance(arguments, _CODING)


def usual_coding(*, is_final: bool) -> Coding:
    """Give the coding of a step whose file names no coding."""
    return FINAL if is_final else USUAL


def wanted_format(arguments: ConcatArguments, *, is_final: bool) -> WantedFormat | None:
    """Give the format that the pipeline file names for a join."""
    given = arguments.format
    if given is None:
        return None
    coding = None
    if given.says_coding():
        coding = given.coded()
        if is_final:
            coding = coding.as_final(keeps_quality=given.quality is not None)
    return WantedFormat(given.width, given.height, given.fps, coding)


def coded_for(arguments: DeliverArguments, *, is_final: bool) -> Profile:
    """Give the profile of a `deliver` step, with its coding."""
    profile = PROFILES[arguments.profile]
    return replace(profile, coding=profile.coding.as_final()) if is_final else profile
