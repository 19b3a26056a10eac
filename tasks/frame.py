"""Take one frame out of a clip, as an image."""

from typing import Literal

from prefect import task

from shotgraph.tasks.local import make
from shotgraph.tasks.made import Made
from shotgraph.tasks.policy import local_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.source import Source


@task(**local_options("frame"))
async def frame(
    video: Source,
    *,
    at: Literal["first", "last"] | int = "last",
    settings: RunSettings | None = None,
) -> Made:
    """Take one frame out of a clip.

    Args:
        video: The clip.
        at: first, last, or the number of the frame, counted from 0.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The image, in the store.

    Raises:
        MediaError: The clip has no such frame, or is no video.
    """
    return await make("frame", {"video": video, "at": at}, settings)
