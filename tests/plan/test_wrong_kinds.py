"""A file of the wrong kind is a problem of the plan, with the line that names it."""

from pathlib import Path

import pytest

from shotgraph.spec import InvalidPipeline
from shotgraph.store import Store
from tests.plan.films import plan_of, refused


@pytest.mark.parametrize(
    ("step", "where", "said"),
    [
        (
            "edit: {video: still.png, prompt: X}",
            "edit.video",
            '"still.png" holds an image',
        ),
        (
            "image_to_video: {start_image: clip.mp4, prompt: X}",
            "image_to_video.start_image",
            '"clip.mp4" holds a video or a sound',
        ),
        (
            "edit: {video: clip.mp4, prompt: X, elements: [{frontal_image: clip.mp4}]}",
            "edit.elements[0].frontal_image",
            '"clip.mp4" holds a video or a sound',
        ),
        (
            "concat: {clips: [clip.mp4, still.png]}",
            "concat.clips[1]",
            '"still.png" holds an image',
        ),
        (
            "trim: {video: still.png, seconds: 1}",
            "trim.video",
            '"still.png" holds an image',
        ),
    ],
)
async def test_says_what_is_of_the_wrong_kind(
    step: str, where: str, said: str, folder: Path, store: Store
) -> None:
    (found,) = await refused(f"film: {{{step}}}", folder, store)
    assert found.split(": ", 1)[1] == f"steps.film.{where}: {said}"


async def test_shows_the_line_and_the_file_name_under_the_caret(folder: Path, store: Store) -> None:
    steps = """
film:
  edit:
    prompt: Paint it
    video: still.png
"""
    with pytest.raises(InvalidPipeline) as raised:
        await plan_of(steps, folder, store)
    assert raised.value.message == (
        'film.yaml:7:14: steps.film.edit.video: "still.png" holds an image\n'
        "    7 |       video: still.png\n"
        "      |              ^^^^^^^^^\n"
        "        allowed: a video"
    )


async def test_every_one_is_said_at_once(folder: Path, store: Store) -> None:
    steps = """
one: {edit: {video: still.png, prompt: Paint it, images: [clip.mp4]}}
two: {image_to_video: {start_image: clip.mp4, end_image: $still, prompt: Move}}
still: {frame: {video: tiny.png}}
film: {concat: {clips: [$one, $two, short.mp4, still.png]}}
"""
    found = await refused(steps, folder, store)
    assert [headline.split(": ")[1] for headline in found] == [
        "steps.one.edit.video",
        "steps.one.edit.images[0]",
        "steps.two.image_to_video.start_image",
        "steps.still.frame.video",
        "steps.film.concat.clips[3]",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [("text.mp4", "is not a media file that shotgraph opens"), ("damaged.mp4", "was cut short")],
)
async def test_a_file_that_is_no_clip_is_a_problem(
    name: str, said: str, folder: Path, store: Store
) -> None:
    (found,) = await refused(f"film: {{edit: {{video: {name}, prompt: X}}}}", folder, store)
    assert "steps.film.edit.video: " in found
    assert said in found


async def test_a_local_step_takes_clips_that_fal_would_not(folder: Path, store: Store) -> None:
    steps = "film: {concat: {clips: [short.mp4, small.mp4, slow.mp4]}}"
    assert await refused(steps, folder, store) == []
