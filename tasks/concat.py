"""Join clips into one film."""

from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from prefect import task
from typing_extensions import TypedDict

from shotgraph.media.dissolve import TransitionKind
from shotgraph.tasks.local import make
from shotgraph.tasks.made import Made
from shotgraph.tasks.policy import local_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.source import Source
from shotgraph.tasks.trim import Time

Number: TypeAlias = int | str | Decimal
"""An exact number: -16 or "-16.5"; floats are not."""


class TransitionBetween(TypedDict, total=False):
    """How one clip gives way to the next: a cut, or an effect of some seconds."""

    kind: TransitionKind
    seconds: Time


class FilmFormat(TypedDict, total=False):
    """What a film is to look like: its size in pixels, both even, and its frames per second."""

    width: int
    height: int
    fps: int | str | Decimal | Fraction


@task(**local_options("concat"))
async def concat(
    clips: list[Source],
    *,
    transition: TransitionBetween | None = None,
    format: FilmFormat | None = None,  # noqa: A002  the name that it has in the pipeline file
    loudness: Number | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Join clips into one film, checked to the frame before it counts.

    Args:
        clips: The clips, in order.
        transition: Between each two clips; a cut by default.
        format: Size and frame rate; by default those that most seconds of the clips have.
        loudness: How loud the film is, in LUFS; by default as its clips are.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The film, in the store.

    Raises:
        MediaError: A clip is damaged or too short for its transition, or what was joined has not
            the frames and the sound that it should have.
    """
    given = {"clips": clips, "transition": transition, "format": format, "loudness": loudness}
    return await make("concat", given, settings)
