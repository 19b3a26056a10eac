"""Pipeline files for the tests."""

from pathlib import Path
from typing import Any

from shotgraph.flows import FilmFailed, film

# `quick` takes a piece of the shot, and `slow` the shot: neither has to wait for the other.
FILM = """\
name: {name}
params:
  shot: {{type: video}}
steps:
  slow:
    edit: {{video: $shot, prompt: "Slowly, {words}", tier: pro}}
  piece:
    trim: {{video: $shot, seconds: 3}}
  quick:
    edit: {{video: $piece, prompt: "Quickly, {words}"}}
  film:
    {last}
output: $film
"""


JOINED = "concat: {clips: [$slow, $quick]}"
STILL = "frame: {video: $slow}"


def film_of(name: str, words: str = "at dusk", last: str = JOINED) -> str:
    return FILM.format(name=name, words=words, last=last)


async def run(pipeline: str, shot: Path, out: Path, **options: Any) -> dict[str, Any]:
    """Run a film to its report, whether or not it was made."""
    given = {"params": {"shot": str(shot)}, "out": str(out), **options}
    state = await film(pipeline, **given, return_state=True)
    result = await state.aresult(raise_on_failure=False)
    if isinstance(result, FilmFailed):
        return result.report.as_json()
    if isinstance(result, BaseException):
        raise result
    assert isinstance(result, dict)
    return result


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["status"] for step in report["steps"]}
