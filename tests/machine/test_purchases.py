"""A state machine over the whole paid path: no order of events buys twice or loses a job."""

import time
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from shotgraph.rehearsal import Options, RehearsalServer
from tests.crash.site import FULL, SAMPLED

from .fal import Fal
from .hand_clock import HandClock
from .process import failpoints_that_wait
from .purchases import Purchases, Scene

EXAMPLES = 20_000 if FULL else 100 if SAMPLED else 170
STEPS = 100
LEAST_STEPS = 3_000 if SAMPLED else 10_000


@pytest.mark.crash
@pytest.mark.timeout(1800)
def test_no_order_of_events_buys_twice_or_loses_a_job(tmp_path: Path) -> None:
    began, clock = time.monotonic(), HandClock()
    options = Options(queue_s=0, run_s=0, quick=True, at_once=256, now=clock.now)
    with (
        RehearsalServer(options) as server,
        httpx.Client(timeout=300) as http,
        failpoints_that_wait(),
    ):
        scene = Scene(Fal(server, http), clock, tmp_path)

        class Here(Purchases):
            def __init__(self) -> None:
                super().__init__(scene)

        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                derandomize=not FULL,
                deadline=None,
                # A failure is seen at once; to make it small takes as long as everything else.
                phases=list(Phase) if FULL else [Phase.generate],
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert scene.steps >= LEAST_STEPS
    print(
        f"\ncrash: state machine: {scene.steps} steps, {scene.deaths} kills, {scene.lost_answers} "
        f"lost answers, {scene.films} takes, {len(scene.places)} places stood at, "
        f"{clock.passed_s / 86400:.0f} days by fal's clock: {scene.verdict}, "
        f"{time.monotonic() - began:.0f} s"
    )
