"""A damaged file at the end of a film: nothing before it is bought."""

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
