"""Mark files that are made from a rehearsal's clips, in their data and in their picture."""

import asyncio
from fractions import Fraction
from pathlib import Path

from pydantic import BaseModel

from shotgraph.making.step_jobs import ConformClipArguments, ConformImageArguments
from shotgraph.media.info import MediaInfo
from shotgraph.media.rehearsal_mark import AGAIN, Corner, mark_again, stamp
from shotgraph.media.target_format import USUAL, Coding
from shotgraph.media.treatment import Treatment
from shotgraph.spec import ConcatArguments, CropArguments, HoldArguments, TitleArguments


async def marked(
    arguments: BaseModel, path: Path, info: MediaInfo, said: list[Treatment]
) -> MediaInfo:
    """Mark a file that is made from a rehearsal's clips.

    The mark in the picture is drawn again if the step may have covered it or cut it away.

    Args:
        arguments: The step's arguments.
        path: The new file; it is changed.
        info: The new file's properties.
        said: The treatment of the clips; the mark is added.

    Returns:
        The properties of the marked file.

    Raises:
        MediaError: The mark can't be drawn.
    """
    if isinstance(arguments, ConformClipArguments | ConformImageArguments):
        return info  # the endpoint that gets the file draws its own mark
    again = _mark_again(arguments)
    if again is not None:
        info = await mark_again(path, *again)
        said[:] = [one.with_change(AGAIN) for one in said]
    await asyncio.to_thread(stamp, path)
    return info.model_copy(update={"size_bytes": path.stat().st_size})


def _mark_again(arguments: BaseModel) -> tuple[Coding, Corner] | None:
    """Find how the mark is drawn again; None for a step that covers no part and cuts none away."""
    match arguments:
        case CropArguments():
            return USUAL, "top"
        case TitleArguments(video=video, position=position) if video is not None:
            return USUAL, "bottom" if _is_at_top(position) else "top"
        case HoldArguments(push=push, fit=fit) if push is not None or fit == "crop":
            return USUAL, "top"
        case ConcatArguments(fit="crop", format=given):
            return given.coded() if given is not None and given.says_coding() else USUAL, "top"
        case _:
            return None


def _is_at_top(position: str | list[Fraction]) -> bool:
    if isinstance(position, str):
        return position.startswith("top")
    return position[1] < Fraction(1, 2)
