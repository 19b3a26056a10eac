"""Make the next shot: same style, same people, after the given one."""

from typing import Literal

from prefect import task

from shotgraph.endpoints import Tier
from shotgraph.endpoints.arguments import Duration
from shotgraph.tasks.made import Made
from shotgraph.tasks.paid import paid
from shotgraph.tasks.policy import paid_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.source import ElementSource, Source


@task(**paid_options("reference"))
async def reference(
    video: Source,
    *,
    prompt: str,
    duration: Duration | None = None,
    aspect_ratio: Literal["auto", "16:9", "9:16", "1:1"] | None = None,
    keep_audio: bool | None = None,
    images: list[Source] | None = None,
    elements: list[ElementSource] | None = None,
    tier: Tier = "standard",
    take: int = 1,
    settings: RunSettings | None = None,
) -> Made:
    """Generate a new shot out of a clip's style, motion and content.

    Args:
        video: The clip, of any length; of a long one the model sees the last 10 s.
        prompt: What the shot shows; @Video1, @Image1 and @Element1 name what is given.
        duration: Seconds of the shot, "3" to "10"; fal's default is "5".
        aspect_ratio: The shape of the frame; fal's default is the one nearest to the clip's.
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
        "duration": duration,
        "aspect_ratio": aspect_ratio,
        "keep_audio": keep_audio,
        "images": images,
        "elements": elements,
    }
    return await paid("reference", given, tier, take, settings)
