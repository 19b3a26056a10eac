"""A week of a daily schedule: the clocks skip a midnight, Prefect is away, the film is changed.

CI has the days of such a week alone, in test_due_day.py.
"""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.prefect_crash.process_tree import ROOT

from .films import QUICK, write_film
from .shop import FINAL, Shop
from .test_by_itself import carried_out
from .test_started_by_hand import jobs

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1500)]

ZONE = "America/Santiago"
# At midnight, which on the 6th did not exist there: after 23:59 it was 01:00.
DAYS = [f"2026-09-{day:02d}" for day in range(2, 9)]
FIRST = datetime(2026, 9, 2, 4, tzinfo=UTC)
LATE_ENOUGH_S = 100 * 366 * 86400
"""All of them start late: the week has passed, and every due time is that of its own day."""


def days_of(shop: Shop, words: str) -> list[str]:
    prompts = [str(job["input"]["prompt"]) for job in jobs(shop)]
    return [prompt.removeprefix(f"{words}, ") for prompt in prompts if prompt.startswith(words)]


def let_days_pass(shop: Shop, deployed: dict[str, Any], first: int, last: int) -> None:
    """Have Prefect's scheduler make the runs of some days, counted from 0."""
    hour = timedelta(hours=2)
    begin, end = FIRST + timedelta(days=first) - hour, FIRST + timedelta(days=last) + hour / 2
    command = [sys.executable, "-m", "tests.deployments.scheduler", str(deployed["deployment_id"])]
    made = subprocess.run(
        [*command, begin.isoformat(), end.isoformat()],
        env=shop.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.stdout.strip() == str(last - first + 1), made.stdout + made.stderr


def runs(shop: Shop, deployed: dict[str, Any]) -> list[dict[str, Any]]:
    week = [run for run in shop.runs_of(deployed) if run["expected_start_time"] < "2026-09-10"]
    assert all(run["auto_scheduled"] for run in week)
    return week


def until_all_ended(shop: Shop, deployed: dict[str, Any], count: int) -> None:
    def are_over() -> bool:
        shop.keep_a_worker()
        found = runs(shop, deployed)
        return len(found) == count and all(run["state"]["type"] in FINAL for run in found)

    shop.until(are_over, f"{count} films", 600)


def test_a_week_with_a_skipped_midnight_an_outage_and_a_redeploy(shop: Shop, shot: Path) -> None:
    text = QUICK.format(name="a-week").replace("Paint it ${words}", "A morning, ${words}")
    file = write_film(shop.folder / "a-week", text, shot)
    options = ("--cron", "0 0 * * *", "--timezone", ZONE, "--day-in", "words")
    late = ("--latest-start", str(LATE_ENOUGH_S))
    deployed = shop.deploy(file, *options, *late)

    let_days_pass(shop, deployed, 0, 1)
    until_all_ended(shop, deployed, 2)

    # Everything is away for three days, the skipped midnight among them, and comes back.
    assert shop.worker is not None
    shop.worker.kill()
    let_days_pass(shop, deployed, 2, 4)
    shop.stop_server()
    shop.open_server()
    until_all_ended(shop, deployed, 5)

    file.write_text(text.replace("A morning", "A quiet morning"))
    again = shop.deploy(file, *options, *late)
    assert again["deployment_id"] == deployed["deployment_id"]
    assert again["schedules"] == deployed["schedules"]
    assert again["bundle"] != deployed["bundle"]
    let_days_pass(shop, deployed, 5, 6)
    until_all_ended(shop, deployed, 7)

    found = runs(shop, deployed)
    states = [f"{run['expected_start_time']} {run['state']['name']}" for run in found]
    assert all(map(carried_out, found)), states
    assert sorted(days_of(shop, "A morning")) == DAYS[:5]
    assert sorted(days_of(shop, "A quiet morning")) == DAYS[5:]
    print(
        f"\nprefect: a week of a daily schedule in {ZONE}, with a midnight that the clocks skip, "
        f"three days of outage and a redeploy: {len(found)} films, each of its day; 7 submits, "
        "ideal 7"
    )
