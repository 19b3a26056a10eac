"""What validate says of files that fal would refuse, or that have no sound to keep."""

from pathlib import Path

from shotgraph.fitting.media_warnings import media_warnings
from tests.graph.films import graph_of
from tests.media.coded_clips import write_clip


async def test_what_will_be_made_to_fit_is_said_at_its_place(shots: Path) -> None:
    write_clip(shots / "mute.mp4", clip=1, frames=96, rate=24, size=(720, 720))
    graph = graph_of(
        """
ntsc: {edit: {video: brief.mp4, prompt: x, keep_audio: true}}
mute: {edit: {video: mute.mp4, prompt: x, keep_audio: true}}
twice: {reference: {video: brief.mp4, prompt: x}}
good: {edit: {video: good.mp4, prompt: x, keep_audio: true}}
film: {concat: {clips: [$ntsc, $mute, $twice, $good, mute.mp4]}}
""",
        shots,
    )
    found = [f"{one.where}: {one.what}" for one in await media_warnings(graph)]
    assert found == [
        "steps.ntsc.edit.video: brief.mp4: 23.976 frames a second are made 24",
        "steps.ntsc.edit.video: brief.mp4: its last frame is held, 1 s to 3 s",
        "steps.mute.edit.keep_audio: mute.mp4 has no sound that could be kept",
        "steps.twice.reference.video: brief.mp4: 23.976 frames a second are made 24",
        "steps.twice.reference.video: brief.mp4: its last frame is held, 1 s to 3 s",
    ]


async def test_a_file_that_is_to_be_given_yet_is_not_spoken_of(shots: Path) -> None:
    graph = graph_of(
        "film: {edit: {video: $shot, prompt: x}}",
        shots,
        params="{shot: {type: video}}",
        placeholders=True,
    )
    assert await media_warnings(graph) == []
