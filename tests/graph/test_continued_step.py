"""A step that goes on where another shot ended: the job that fal gets is the same."""

from pathlib import Path

from shotgraph.model.references import LocalFile, StepOutput
from shotgraph.spec import ContinuedArguments
from tests.graph.films import graph_of, problems_of

PARAMS = "{shot: {type: video, default: a.mp4}}"
NEXT = "next: {reference: {video: $shot, prompt: It goes on}%s}\nfilm: {concat: {clips: [$next]}}\n"


def test_what_fal_draws_is_the_job_that_it_would_be_without(folder: Path) -> None:
    plain = graph_of(NEXT % "", folder, params=PARAMS)
    graph = graph_of(NEXT % ", continue: true", folder, params=PARAMS)
    off = graph_of(NEXT % ", continue: false", folder, params=PARAMS)

    drawn, step = graph.nodes["next as drawn"], graph.nodes["next"]
    before = plain.nodes["next"]
    assert list(graph.file_order) == ["next as drawn", "next", "film"]
    assert list(off.nodes) == list(plain.nodes) == ["next", "film"]
    assert (drawn.arguments, drawn.endpoint, drawn.take, drawn.checking) == (
        before.arguments,
        before.endpoint,
        before.take,
        before.checking,
    )
    assert isinstance(step.arguments, ContinuedArguments)
    assert step.arguments.video == StepOutput(step="next as drawn", kind="video")
    assert isinstance(step.arguments.after, LocalFile)
    assert step.endpoint is None


def test_each_round_continues_the_one_before(folder: Path) -> None:
    graph = graph_of(
        """
film:
  repeat: {times: 2, from: $shot, as: previous}
  reference: {video: $previous, prompt: It goes on}
  continue: true
""",
        folder,
        params=PARAMS,
    )
    second = graph.nodes["film[2]"].arguments
    assert isinstance(second, ContinuedArguments)
    assert second.after == StepOutput(step="film[1]", kind="video")


def test_a_picture_is_what_a_moved_picture_continues(folder: Path) -> None:
    graph = graph_of(
        """
end: {frame: {video: $shot, at: last}}
film: {image_to_video: {start_image: $end, prompt: It goes on}, continue: true, takes: 2}
""",
        folder,
        params=PARAMS,
    )
    step = graph.nodes["film"].arguments
    assert list(graph.file_order) == ["end", "film as drawn", "film", "film take 2"]
    assert isinstance(step, ContinuedArguments)
    assert step.before() == StepOutput(step="end", kind="image")


def test_a_step_with_a_problem_has_no_second_one(folder: Path) -> None:
    found = problems_of(
        "film: {reference: {prompt: It goes on}, continue: true}", folder, params=PARAMS
    )
    assert found == ['steps.film.reference: "video" is missing']
