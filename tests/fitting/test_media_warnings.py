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


async def test_what_would_fail_at_a_file_is_said_before_the_rest_is_paid_for(shots: Path) -> None:
    write_clip(shots / "four.mp4", clip=1, frames=96, rate=24)
    graph = graph_of(
        """
past: {trim: {video: four.mp4, start: 3, seconds: 1.5}}
whole: {trim: {video: four.mp4, start: 0, end: 4}}
none: {frame: {video: four.mp4, at: 96}}
last: {frame: {video: four.mp4, at: 95}}
film: {concat: {clips: [$past, $whole]}}
""",
        shots,
    )
    found = [f"{one.where}: {one.what}" for one in await media_warnings(graph)]
    assert found == [
        "steps.past.trim.video: can't take 1.5 s from 3 s on: four.mp4 lasts 4 s (96 frames at 24 "
        "per second); a run would fail here",
        "steps.none.frame.video: four.mp4 has no frame 96: it has 96, numbered 0 to 95; a run "
        "would fail here",
    ]


async def test_a_file_that_is_to_be_given_yet_is_not_spoken_of(shots: Path) -> None:
    graph = graph_of(
        "film: {edit: {video: $shot, prompt: x}}",
        shots,
        params="{shot: {type: video}}",
        placeholders=True,
    )
    assert await media_warnings(graph) == []
