"""Join clips into one film."""

from typing import Literal

from prefect import task
from typing_extensions import TypedDict

from shotgraph.tasks.local import make
from shotgraph.tasks.made import Made
from shotgraph.tasks.policy import local_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.source import Source
from shotgraph.tasks.trim import Time


class TransitionBetween(TypedDict, total=False):
    """How one clip gives way to the next: a cut, or a dissolve of some seconds."""

    kind: Literal["cut", "dissolve"]
    seconds: Time


@task(**local_options("concat"))
async def concat(
    clips: list[Source],
    *,
    transition: TransitionBetween | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Join clips into one film, checked to the frame before it counts.

    Args:
        clips: The clips, in order.
        transition: Between each two clips; a cut by default.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The film, in the store.

    Raises:
        MediaError: A clip is damaged or too short for its transition, or what was joined has not
            the frames and the sound that it should have.
    """
    return await make("concat", {"clips": clips, "transition": transition}, settings)
