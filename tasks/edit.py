"""Repaint a shot: same motion, same length, another look."""

from prefect import task

from shotgraph.endpoints import Tier
from shotgraph.tasks.made import Made
from shotgraph.tasks.paid import paid
from shotgraph.tasks.policy import paid_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.source import ElementSource, Source


@task(**paid_options("edit"))
async def edit(
    video: Source,
    *,
    prompt: str,
    keep_audio: bool | None = None,
    images: list[Source] | None = None,
    elements: list[ElementSource] | None = None,
    tier: Tier = "standard",
    take: int = 1,
    settings: RunSettings | None = None,
) -> Made:
    """Repaint a clip by words.

    Args:
        video: The clip, of any length; a long one is repainted in pieces and joined again.
        prompt: What to change; @Image1 and @Element1 name what is given, in order.
        keep_audio: Whether the clip's sound is kept; fal's default is that it is not.
        images: Reference images.
        elements: Characters and objects; at most 4 together with the images.
        tier: standard or pro.
        take: Which generation of the same job; another take is another film, and is paid for.
        settings: Where the store and fal are; the environment's where it is None.

    Returns:
        The clip, in the store.

    Raises:
        ShotgraphError: In one of its three words.
    """
    given = {
        "video": video,
        "prompt": prompt,
        "keep_audio": keep_audio,
        "images": images,
        "elements": elements,
    }
    return await paid("edit", given, tier, take, settings)
