"""What a plan says below its table."""

from decimal import Decimal

import pytest

from shotgraph.cli.show_plan import print_plan
from shotgraph.plan import Plan, PlannedStep


def test_a_step_that_continues_says_that_frames_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    does = ("up to 3 frames less",)
    steps = [
        PlannedStep("next", "continued", "local", Decimal(0), 1, does=does),
        PlannedStep("plain", "trim", "local", Decimal(0), 1, does=("1280 x 720 px",)),
    ]
    print_plan(Plan(steps))
    said = capsys.readouterr().out
    assert "next: up to 3 frames less." in said
    assert "plain: " not in said
