"""A clip that fal would refuse is a problem of the plan, with the line that names it."""

from pathlib import Path

import pytest

from shotgraph.spec import InvalidPipeline
from shotgraph.store import Store
from tests.plan.films import paid_job_of, plan_of, refused
from tests.plan.records import put_result


@pytest.mark.parametrize(
    ("step", "where", "said"),
    [
        (
            "edit: {video: short.mp4, prompt: X}",
            "edit.video",
            "short.mp4: it lasts 1 s; allowed: 3 to 10.05",
        ),
        (
            "edit: {video: slow.mp4, prompt: X}",
            "edit.video",
            "slow.mp4: it has 12 frames a second; allowed: 24 to 60",
        ),
        (
            "edit: {video: still.png, prompt: X}",
            "edit.video",
            "still.png: it holds an image, and a video is wanted",
        ),
        (
            "image_to_video: {start_image: tiny.png, prompt: X}",
            "image_to_video.start_image",
            "tiny.png: it is 299 x 300 px; allowed: at least 300 a side",
        ),
        (
            "image_to_video: {start_image: clip.mp4, prompt: X}",
            "image_to_video.start_image",
            "clip.mp4: it holds a video, and an image is wanted",
        ),
        (
            "edit: {video: clip.mp4, prompt: X, elements: [{frontal_image: tiny.png}]}",
            "edit.elements[0].frontal_image",
            "tiny.png: it is 299 x 300 px; allowed: at least 300 a side",
        ),
        (
            "concat: {clips: [clip.mp4, still.png]}",
            "concat.clips[1]",
            "still.png: it holds an image; allowed: a video",
        ),
        (
            "trim: {video: still.png, seconds: 1}",
            "trim.video",
            "still.png: it holds an image; allowed: a video",
        ),
    ],
)
async def test_says_what_does_not_fit(
    step: str, where: str, said: str, folder: Path, store: Store
) -> None:
    (found,) = await refused(f"film: {{{step}}}", folder, store)
    assert found.split(": ", 1)[1] == f"steps.film.{where}: {said}"


async def test_shows_the_line_and_the_file_name_under_the_caret(folder: Path, store: Store) -> None:
    steps = """
film:
  edit:
    prompt: Paint it
    video: short.mp4
"""
    with pytest.raises(InvalidPipeline) as raised:
        await plan_of(steps, folder, store)
    assert raised.value.message == (
        "film.yaml:7:14: steps.film.edit.video: "
        "short.mp4: it lasts 1 s; allowed: 3 to 10.05\n"
        "    7 |       video: short.mp4\n"
        "      |              ^^^^^^^^^"
    )


async def test_every_misfit_is_said_at_once(folder: Path, store: Store) -> None:
    steps = """
one: {edit: {video: small.mp4, prompt: Paint it}}
two: {image_to_video: {start_image: tiny.png, end_image: $still, prompt: Move}}
still: {frame: {video: tiny.png}}
film: {concat: {clips: [$one, $two, short.mp4, text.mp4]}}
"""
    found = await refused(steps, folder, store)
    assert [headline.split(": ")[1] for headline in found] == [
        "steps.one.edit.video",
        "steps.one.edit.video",
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


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("trim: {video: clip.mp4, seconds: 2.9}", "it lasts 2.9 s; allowed: 3 to 10.05"),
        (
            "concat: {clips: [clip.mp4, clip.mp4, clip.mp4, clip.mp4]}",
            "it lasts 13.333333 s; allowed: 3 to 10.05",
        ),
    ],
)
async def test_a_clip_that_will_not_fit_is_found_before_it_is_made(
    before: str, said: str, folder: Path, store: Store
) -> None:
    steps = f"piece: {{{before}}}\nfilm: {{edit: {{video: $piece, prompt: Paint it}}}}"
    (found,) = await refused(steps, folder, store)
    assert found.endswith(f": steps.film.edit.video: $piece: {said}")


async def test_a_clip_that_is_there_and_does_not_fit_is_found(folder: Path, store: Store) -> None:
    steps = """
next: {reference: {video: clip.mp4, prompt: Go on}}
film: {edit: {video: $next, prompt: Paint it}}
"""
    assert await refused(steps, folder, store) == []
    await put_result(store, paid_job_of(steps, folder, store, "next"), folder / "short.mp4")
    (found,) = await refused(steps, folder, store)
    assert found.endswith("$next: it lasts 1 s; allowed: 3 to 10.05")
