"""Make a shot out of images and elements, with no video given."""

from typing import Literal

from prefect import task

from shotgraph.endpoints import Tier
from shotgraph.endpoints.arguments import Duration
from shotgraph.tasks.made import Made
from shotgraph.tasks.paid import paid
from shotgraph.tasks.policy import paid_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.source import ElementSource, Source


@task(**paid_options("reference_to_video"))
async def reference_to_video(
    *,
    prompt: str,
    images: list[Source] | None = None,
    elements: list[ElementSource] | None = None,
    duration: Duration | None = None,
    aspect_ratio: Literal["16:9", "9:16", "1:1"] | None = None,
    tier: Tier = "standard",
    take: int = 1,
    settings: RunSettings | None = None,
) -> Made:
    """Generate a shot that keeps to reference images and elements.

    Args:
        prompt: What the shot shows; @Image1 and @Element1 name what is given, in order.
        images: Reference images.
        elements: Characters and objects; at most 7 together with the images.
        duration: Seconds of the shot, "3" to "10"; fal's default is "5".
        aspect_ratio: The shape of the frame; fal's default is 16:9.
        tier: standard or pro.
        take: Which generation of the same job; another take is another film, and is paid for.
        settings: Where the store and fal are; the environment's where it is None.

    Returns:
        The clip, in the store.

    Raises:
        ShotgraphError: In one of its three words.
    """
    given = {
        "prompt": prompt,
        "images": images,
        "elements": elements,
        "duration": duration,
        "aspect_ratio": aspect_ratio,
    }
    return await paid("reference_to_video", given, tier, take, settings)
