"""A film that can't be made to its end: nothing of it is bought."""

from pathlib import Path

import pytest

from shotgraph.spec import InvalidPipeline
from tests.flows.pipelines import run
from tests.media.coded_clips import write_clip
from tests.media.spoilt import spoil_picture
from tests.rehearsal.client import Client

pytestmark = pytest.mark.usefixtures("prefect_server")

_FILM = """\
name: spoilt
params:
  shot: {type: video}
  last: {type: video}
steps:
  first: {edit: {video: $shot, prompt: As it is}}
  film: {concat: {clips: [$first, $last]}}
output: $film
"""


async def test_nothing_is_bought_for_a_film_with_a_damaged_file(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    options = {"g": "24"}
    clip = write_clip(
        tmp_path / "last.mp4", clip=9, frames=72, rate=24, size=(720, 720), options=options
    )
    last = spoil_picture(clip, tmp_path / "spoilt.mp4", at_s=2)

    with pytest.raises(InvalidPipeline) as refused:
        await run(_FILM, shot, tmp_path, params={"shot": str(shot), "last": str(last)})

    (problem,) = refused.value.problems
    assert problem.where == "steps.film.concat.clips[1]"
    assert problem.what == (
        "spoilt.mp4: its picture can't be decoded at 2 s; nothing was bought or made"
    )
    assert await at_fal.jobs() == []


_TOO_FAR = """\
name: far
params:
  shot: {type: video}
steps:
  next: {reference: {video: $shot, prompt: The next shot, duration: "5"}}
  dusk: {reference: {video: $next, prompt: The shot after it, duration: "5"}}
  film: {concat: {clips: [$next, $dusk], transition: {kind: dissolve, seconds: 6}}}
output: $film
"""


async def test_nothing_is_bought_for_a_dissolve_that_no_shot_will_be_long_enough_for(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidPipeline) as refused:
        await run(_TOO_FAR, shot, tmp_path, params={"shot": str(shot)})

    assert [problem.headline().partition(": ")[2] for problem in refused.value.problems] == [
        "steps.film.concat.clips[0]: a dissolve of 6 s needs longer clips: $next will last about 5 "
        "s, the length that is requested from the model; a run would fail here",
        "steps.film.concat.clips[1]: a dissolve of 6 s needs longer clips: $dusk will last about 5 "
        "s, the length that is requested from the model; a run would fail here",
    ]
    assert await at_fal.jobs() == []
