"""A step that goes on where another shot ended: the job that fal gets is the same."""

from pathlib import Path

from shotgraph.graph.takes import (
    PICK,
    GivenAnswers,
    names_of,
    retaken,
    takes_of,
    to_retake,
)
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


def test_the_take_that_is_picked_is_continued(folder: Path) -> None:
    graph = graph_of(
        """
next:
  reference: {video: $shot, prompt: It goes on}
  takes: 2
  pick: ask
  continue: true
film: {concat: {clips: [$next]}}
""",
        folder,
        params=PARAMS,
        answers=GivenAnswers(pick={"next": 2}),
    )
    pick, step = graph.nodes["next as drawn"], graph.nodes["next"]
    order = ["next take 1", "next take 2", "next as drawn", "next", "film"]
    assert list(graph.file_order) == order
    assert pick.kind is PICK
    assert isinstance(step.arguments, ContinuedArguments)
    assert step.arguments.video == StepOutput(step="next as drawn", kind="video")
    assert isinstance(step.arguments.after, LocalFile)
    assert names_of(pick) == ("next as drawn", "next", "next")


def test_one_more_take_of_a_continued_pick_is_one_more_of_what_is_drawn(folder: Path) -> None:
    graph = graph_of(
        """
first: {reference: {video: $shot, prompt: Before}}
next:
  reference: {video: $first, prompt: It goes on}
  takes: 2
  pick: ask
  continue: true
seen: {approve: {video: $next}}
film: {concat: {clips: [$seen]}}
""",
        folder,
        params=PARAMS,
    )
    # The shot that it continues is no part of what is asked.
    assert [one.name for one in to_retake(graph, graph.nodes["seen"])] == ["next as drawn"]
    wider = retaken(graph, "next as drawn", take=3)
    assert "next take 3" in wider.nodes
    assert [ref for _, _, ref in wider.nodes["next as drawn"].media()] == [
        StepOutput(step=f"next take {take}", kind="video") for take in (1, 2, 3)
    ]
    assert [one.name for one in takes_of(wider, wider.nodes["next as drawn"])] == [
        "next take 1",
        "next take 2",
        "next take 3",
    ]
