"""Move from a first frame, to a last one if there is one."""

from prefect import task

from shotgraph.endpoints import Tier
from shotgraph.endpoints.arguments import Duration
from shotgraph.tasks.made import Made
from shotgraph.tasks.paid import paid
from shotgraph.tasks.policy import paid_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.source import Source


@task(**paid_options("image_to_video"))
async def image_to_video(
    start_image: Source,
    *,
    prompt: str,
    end_image: Source | None = None,
    duration: Duration | None = None,
    tier: Tier = "standard",
    take: int = 1,
    settings: RunSettings | None = None,
) -> Made:
    """Animate from a start image, towards an end image if one is given.

    Args:
        start_image: The first frame: at most 10 MB, at least 300 px a side, ratio 0.40 to 2.50.
        prompt: What happens; @Image1 is the first frame and @Image2 the last.
        end_image: The last frame; same limits.
        duration: Seconds of the shot, "3" to "10"; fal's default is "5".
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
        "start_image": start_image,
        "end_image": end_image,
        "duration": duration,
    }
    return await paid("image_to_video", given, tier, take, settings)
