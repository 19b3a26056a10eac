"""References are followed: to parameters, to steps, inside of texts and lists."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shotgraph.endpoints import ENDPOINTS
from shotgraph.model.references import LocalFile, RemoteUrl, StepOutput
from tests.graph.films import graph_of, problems_of

EDIT = "film: {edit: {video: a.mp4, prompt: Paint it}}"


def arguments(steps: str, folder: Path, **more: Any) -> Any:
    return graph_of(steps, folder, **more).nodes["film"].arguments


@pytest.mark.parametrize("reference", ["$shot", "${shot}"])
def test_a_whole_reference_is_the_parameters_value(reference: str, folder: Path) -> None:
    steps = f"film: {{edit: {{video: {reference!r}, prompt: Paint it}}}}"
    params = "{shot: {type: video, default: a.mp4}}"
    assert arguments(steps, folder, params=params).video == LocalFile(file=folder / "a.mp4")
    given = {"shot": "https://example.com/b.mp4"}
    found = arguments(steps, folder, params=params, given=given)
    assert found.video == RemoteUrl(url="https://example.com/b.mp4")


@pytest.mark.parametrize("reference", ["$dusk", "${dusk}", "$dusk.video", "${dusk.video}"])
def test_a_reference_to_a_step_is_its_output(reference: str, folder: Path) -> None:
    steps = f"""
dusk: {{edit: {{video: a.mp4, prompt: Paint it}}}}
film: {{edit: {{video: {reference!r}, prompt: Paint it}}}}
"""
    assert arguments(steps, folder).video == StepOutput(step="dusk", kind="video")


def test_a_frame_is_an_image(folder: Path) -> None:
    steps = """
still: {frame: {video: a.mp4, at: first}}
film: {image_to_video: {start_image: $still, end_image: $still.image, prompt: Move}}
"""
    still = StepOutput(step="still", kind="image")
    found = arguments(steps, folder)
    assert (found.start_image, found.end_image) == (still, still)


def test_a_list_mixes_files_urls_and_references(folder: Path) -> None:
    steps = """
dusk: {edit: {video: a.mp4, prompt: Paint it}}
film: {concat: {clips: [b.mp4, https://example.com/c.mp4?x=1&y=2, $dusk, $shot]}}
"""
    params = "{shot: {type: video, default: c.mp4}}"
    assert arguments(steps, folder, params=params).clips == [
        LocalFile(file=folder / "b.mp4"),
        RemoteUrl(url="https://example.com/c.mp4?x=1&y=2"),
        StepOutput(step="dusk", kind="video"),
        LocalFile(file=folder / "c.mp4"),
    ]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, ["a.mp4", "b.mp4"]),
        ({"shots": "c.mp4"}, ["c.mp4"]),
        ({"shots": "[c.mp4, a.mp4]"}, ["c.mp4", "a.mp4"]),
        ({"shots": ["b.mp4"]}, ["b.mp4"]),
    ],
)
def test_a_list_parameter_fills_a_list(given: Any, names: list[str], folder: Path) -> None:
    params = "{shots: {list: video, default: [a.mp4, b.mp4]}}"
    found = arguments("film: {concat: {clips: $shots}}", folder, params=params, given=given)
    assert found.clips == [LocalFile(file=folder / name) for name in names]


def test_a_reference_inside_of_an_element_is_followed(folder: Path) -> None:
    steps = """
film:
  edit:
    video: a.mp4
    prompt: Put @Element1 into it
    elements: [{frontal_image: $face, reference_images: $sides}]
"""
    params = "{face: {type: image, default: one.png}, sides: {list: image, default: [two.png]}}"
    (element,) = arguments(steps, folder, params=params).elements
    assert element.frontal_image == LocalFile(file=folder / "one.png")
    assert element.reference_images == [LocalFile(file=folder / "two.png")]


def test_scalars_are_put_into_a_text_once(folder: Path) -> None:
    steps = 'film: {edit: {video: a.mp4, prompt: "${look} for $$${sum}, $loud, ${count}x $look"}}'
    params = """{look: {type: text, default: "a $sum of ${look} {0.__class__} {{7*7}}"},
      sum: {type: number, default: 0.50}, loud: {type: boolean, default: true},
      count: {type: integer, default: 3}}"""
    look = "a $sum of ${look} {0.__class__} {{7*7}}"
    found = arguments(steps, folder, params=params).prompt
    assert found == f"{look} for $0.50, true, 3x {look}"


def test_a_run_can_not_smuggle_a_reference_in(folder: Path) -> None:
    params = "{look: {type: text, default: dusk}, key: {type: text, default: secret}}"
    for prompt in ("$look", "${look}", "as ${look}"):
        steps = f"film: {{edit: {{video: a.mp4, prompt: {prompt!r}}}}}"
        found = arguments(steps, folder, params=params, given={"look": "$key ${key} $$"}).prompt
        assert found == prompt.replace("${look}", "$look").replace("$look", "$key ${key} $$")


@pytest.mark.parametrize("written", ["5", '"5"', "$five", "$text", "$choice", "$number"])
def test_a_number_means_the_choice_that_looks_like_it(written: str, folder: Path) -> None:
    steps = f"film: {{reference: {{video: a.mp4, prompt: Go on, duration: {written}}}}}"
    params = """{five: {type: integer, default: 5}, number: {type: number, default: 5},
      text: {type: text, default: "5"}, choice: {type: choice, choices: [5, 10], default: 5}}"""
    assert arguments(steps, folder, params=params).duration == "5"


@pytest.mark.parametrize("written", ["5.0", "true", "2", "11", "[5]"])
def test_nothing_else_means_a_choice(written: str, folder: Path) -> None:
    steps = f"film: {{reference: {{video: a.mp4, prompt: Go on, duration: {written}}}}}"
    assert len(problems_of(steps, folder)) == 1


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2", Fraction(2)),
        ("0.1", Fraction(1, 10)),
        ('"0.3"', Fraction(3, 10)),
        ("1e-1", Fraction(1, 10)),
        ("1001/24000", Fraction(1001, 24000)),
        ("$s", Fraction(1, 5)),
    ],
)
def test_seconds_are_exact(written: str, seconds: Fraction, folder: Path) -> None:
    steps = f"film: {{trim: {{video: a.mp4, seconds: {written}}}}}"
    params = "{s: {type: number, default: 0.2}}"
    assert arguments(steps, folder, params=params).seconds == seconds


@pytest.mark.parametrize(
    ("tier", "endpoint"),
    [
        ("", "fal-ai/kling-video/o1/standard/video-to-video/edit"),
        (", tier: standard", "fal-ai/kling-video/o1/standard/video-to-video/edit"),
        (", tier: pro", "fal-ai/kling-video/o1/video-to-video/edit"),
    ],
)
def test_the_tier_chooses_the_endpoint(tier: str, endpoint: str, folder: Path) -> None:
    steps = f"film: {{edit: {{video: a.mp4, prompt: Paint it{tier}}}}}"
    assert graph_of(steps, folder).nodes["film"].endpoint is ENDPOINTS[endpoint]


def test_a_local_step_has_no_endpoint(folder: Path) -> None:
    assert graph_of("film: {concat: {clips: [a.mp4]}}", folder).nodes["film"].endpoint is None


def test_only_what_was_written_counts_as_set(folder: Path) -> None:
    assert arguments(EDIT, folder).model_fields_set == {"video", "prompt"}
