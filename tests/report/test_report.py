"""What a run leaves: the document of design.md, exactly."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.errors import Ambiguous, OverBudget, Refused, Retryable, ShotgraphError, Terminal
from shotgraph.media.probe import Medium
from shotgraph.model.references import Sha256
from shotgraph.money.accounts import Money
from shotgraph.report import FilmFile, Report, StepReport
from shotgraph.report.report import worst

FILM = FilmFile(
    path=Path("/films/harbour.mp4"),
    medium=Medium(
        sha256=Sha256("a" * 64),
        kind="video",
        size_bytes=9,
        content_type="video/mp4",
        width=1280,
        height=720,
        frames=192,
        duration_s=Fraction(1001, 125),
        fps=Fraction(24000, 1001),
    ),
)
STEPS = (
    StepReport("next", "reference", "ran", Decimal("0.63"), "r-1", estimate_usd=Decimal("0.63")),
    StepReport(
        "dusk",
        "edit",
        "resumed",
        Decimal("0.126"),
        "r-2",
        estimate_usd=Decimal("0.63"),
        why="fal billed 1 s, and 5 were expected",
    ),
    StepReport("film", "concat", "cached"),
)


def test_a_film_that_was_made() -> None:
    document = Report("run-1", STEPS, [FILM]).as_json()
    assert json.loads(json.dumps(document)) == {
        "run_id": "run-1",
        "status": "done",
        "output": {
            "path": "/films/harbour.mp4",
            "sha256": "a" * 64,
            "duration_s": 8.008,
            "width": 1280,
            "height": 720,
            "fps": 24000 / 1001,
        },
        "steps": [
            {
                "name": "next",
                "kind": "reference",
                "status": "ran",
                "cost_usd": 0.63,
                "may_be_billed_usd": 0.0,
                "request_id": "r-1",
                "estimate_usd": 0.63,
            },
            {
                "name": "dusk",
                "kind": "edit",
                "status": "resumed",
                "cost_usd": 0.126,
                "may_be_billed_usd": 0.0,
                "request_id": "r-2",
                "estimate_usd": 0.63,
                "estimate_was_off": "fal billed 1 s, and 5 were expected",
            },
            {
                "name": "film",
                "kind": "concat",
                "status": "cached",
                "cost_usd": 0.0,
                "may_be_billed_usd": 0.0,
                "request_id": None,
                "estimate_usd": None,
            },
        ],
        "cost_usd": 0.756,
        "may_be_billed_usd": 0.0,
        "film_cost_usd": None,
        "film_may_be_billed_usd": None,
        "error": None,
    }


def test_what_is_not_known_stands_beside_what_was_billed() -> None:
    lost = StepReport("dawn", "edit", "failed", may_be_billed_usd=Decimal("0.63"))
    film_money = Money(Decimal("5.67"), Decimal("1.26"))
    document = Report("run-1", [*STEPS, lost], film_money=film_money).as_json()
    assert document["cost_usd"] == 0.756
    assert document["may_be_billed_usd"] == 0.63
    assert document["film_cost_usd"] == 5.67
    assert document["film_may_be_billed_usd"] == 1.26
    assert document["steps"][-1]["may_be_billed_usd"] == 0.63


def test_an_image_has_no_frames_a_second() -> None:
    still = FILM.medium.model_copy(update={"kind": "image", "duration_s": Fraction(0), "fps": None})
    image = FilmFile(Path("/films/still.png"), still)
    assert image.as_json()["fps"] is None
    assert image.as_json()["duration_s"] == 0


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("no"), "failed", "refused"),
        (Retryable("later"), "failed", "retryable"),
        (OverBudget("dear"), "over_budget", "over_budget"),
        (Ambiguous("lost"), "unknown", "outcome_unknown"),
    ],
)
def test_a_run_that_did_not_end_well(error: ShotgraphError, status: str, code: str) -> None:
    document = Report("run-1", error=error).as_json()
    assert (document["status"], document["output"], document["steps"]) == (status, None, [])
    assert document["error"] == {"code": code, "message": str(error)}


def test_cents_are_not_lost_in_a_sum() -> None:
    steps = [StepReport(f"s{number}", "edit", "ran", Decimal("0.1")) for number in range(3)]
    assert Report("run-1", steps).as_json()["cost_usd"] == 0.3


def test_what_is_not_known_outweighs_what_failed() -> None:
    lost, refused = Ambiguous("lost"), Refused("no")
    assert worst([]) is None
    assert worst([refused, lost]) is lost
    assert worst([refused, Terminal("second")]) is refused


def test_each_step_that_failed_has_its_own_reason() -> None:
    first, second = Terminal("one: it is too short"), Retryable("two: fal was away")
    steps = [
        StepReport("one", "edit", "failed", error=first),
        StepReport("two", "trim", "failed", error=second),
        StepReport("three", "concat", "skipped"),
    ]
    found = Report(run_id="r", steps=steps, error=first).as_json()["steps"]
    assert [step.get("error") for step in found] == [
        {"code": "terminal", "message": "one: it is too short"},
        {"code": "retryable", "message": "two: fal was away"},
        None,
    ]
