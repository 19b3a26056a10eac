"""Extend a shot, restyle the new shot, and join the two: a film in plain Python."""

from typing import Any

from prefect import flow

from shotgraph.endpoints.arguments import Duration
from shotgraph.tasks import Made, concat, edit, reference
from shotgraph.tasks.policy import PLAIN_JSON
from shotgraph.tasks.run_settings import rehearsing


@flow(name="extend-restyle-concat", result_serializer=PLAIN_JSON)
async def extend_restyle_concat(
    shot: str,
    look: str = "an oil painting at dusk",
    length: Duration = "5",
    rehearse: bool = False,
) -> Made | Any:
    """Extend a shot, restyle the new shot, and join the two.

    Args:
        shot: A path or an https URL: 3 to 10.05 s, 720 to 2160 px a side.
        look: The look of the second shot.
        length: The length of the second shot, in seconds.
        rehearse: Draw with a local rehearsal, for free, in place of fal.

    Returns:
        The film, in the store.
    """
    async with rehearsing(rehearse) as settings:
        following = await reference(
            shot,
            prompt="Based on @Video1, generate the next shot. Keep the style of the video.",
            duration=length,
            settings=settings,
        )
        dusk = await edit(
            following, prompt=f"Repaint it as {look}", keep_audio=True, settings=settings
        )
        return await concat([shot, dusk], settings=settings)
