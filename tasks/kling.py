"""The Kling O1 tasks, typed for people who write flows."""

from typing import Literal

from prefect import task

from shotgraph.endpoints import Tier
from shotgraph.endpoints.arguments import Duration
from shotgraph.tasks.made import ElementSource, Made, Source
from shotgraph.tasks.policy import paid_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.step import checked, run_step


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
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    given = {
        "video": video,
        "prompt": prompt,
        "keep_audio": keep_audio,
        "images": images,
        "elements": elements,
    }
    return await run_step(checked("edit", given, tier, take), settings)


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
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
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
    return await run_step(checked("reference", given, tier, take), settings)


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
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    given = {
        "prompt": prompt,
        "start_image": start_image,
        "end_image": end_image,
        "duration": duration,
    }
    return await run_step(checked("image_to_video", given, tier, take), settings)


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
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    given = {
        "prompt": prompt,
        "images": images,
        "elements": elements,
        "duration": duration,
        "aspect_ratio": aspect_ratio,
    }
    return await run_step(checked("reference_to_video", given, tier, take), settings)
