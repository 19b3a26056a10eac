"""Cut a piece out of a clip, to the frame."""

from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from prefect import task

from shotgraph.tasks.local import make
from shotgraph.tasks.made import Made
from shotgraph.tasks.policy import local_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.source import Source

Time: TypeAlias = int | str | Decimal | Fraction
"""Seconds, exact: 3, "1.5" or "1001/24000"; floats are not."""


@task(**local_options("trim"))
async def trim(
    video: Source,
    *,
    start: Time | None = None,
    seconds: Time | None = None,
    end: Time | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Cut a piece out of a clip.

    Args:
        video: The clip.
        start: Where the piece starts, in seconds; at the clip's start by default.
        seconds: How long it is, in seconds; this or `end`.
        end: Where it ends, in seconds.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The piece, in the store.

    Raises:
        MediaError: The clip does not reach that far, or is no video.
    """
    given = {"video": video, "start": start, "seconds": seconds, "end": end}
    return await make("trim", given, settings)
