"""A schedule on a real server; and the server stopped over more than five due times."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from .films import QUICK, write_film
from .shop import FINAL, Shop
from .test_started_by_hand import book

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1500)]

INTERVAL_S = 40
MISSED = 5


def carried_out(run: dict[str, Any]) -> bool:
    state: dict[str, str] = run["state"]
    return state["type"] == "COMPLETED" and state["name"] != "Skipped"


def due(run: dict[str, Any]) -> float:
    return datetime.fromisoformat(run["expected_start_time"]).timestamp()


def test_the_server_is_away_over_five_due_times_and_one_run_is_made(shop: Shop, shot: Path) -> None:
    file = write_film(shop.folder / "by-itself", QUICK.format(name="by-itself"), shot)
    own = ("--set", "words=by itself", "--interval", str(INTERVAL_S))
    deployed = shop.deploy(file, *own)
    hasty = shop.deploy(
        write_film(shop.folder / "hasty", QUICK.format(name="hasty"), shot),
        *("--set", "words=hasty", "--interval", str(INTERVAL_S)),
        *("--latest-start", "10"),
    )
    shop.keep_a_worker()
    shop.until(lambda: any(map(carried_out, shop.runs_of(deployed))), "a run by the schedule")
    (first, *_) = filter(carried_out, shop.runs_of(deployed))
    assert first["auto_scheduled"]
    assert first["name"] == "by-itself"

    def is_quiet() -> bool:
        runs = [*shop.runs_of(deployed), *shop.runs_of(hasty)]
        over = all(run["state"]["type"] in FINAL for run in runs)
        return over and INTERVAL_S - time.time() % INTERVAL_S > 5

    shop.until(is_quiet, "a moment in which nothing runs")
    shop.stop_server()
    stopped_at = time.time()
    back_at = (stopped_at // INTERVAL_S + MISSED + 1) * INTERVAL_S + 2
    shop.until(lambda: time.time() > back_at, "the due times", 3 * MISSED * INTERVAL_S)
    started_at = time.time()
    shop.open_server()
    answered_at = time.time()

    def missed(of: dict[str, Any]) -> list[dict[str, Any]]:
        return [run for run in shop.runs_of(of) if stopped_at < due(run) < answered_at - 11]

    def is_made_up_for() -> bool:
        shop.keep_a_worker()
        runs = [*missed(deployed), *missed(hasty)]
        return all(run["state"]["type"] in FINAL for run in runs)

    shop.until(is_made_up_for, "the end of what was missed", 600)
    runs, late = missed(deployed), missed(hasty)
    states = [f"{run['state']['type']} {run['state']['name']}" for run in runs]
    print(
        f"\nThe server was away for {started_at - stopped_at:.0f} s and {len(runs)} due times of "
        f"every {INTERVAL_S} s: {sum(map(carried_out, runs))} carried out, "
        f"{sum(run['state']['name'] == 'Skipped' for run in runs)} skipped, "
        f"{sum(run['state']['type'] == 'CANCELLED' for run in runs)} cancelled; "
        f"worker started {shop.worker_starts} times; bought {len(book(shop, 'by itself'))}. "
        f"With --latest-start 10: {sum(map(carried_out, late))} of {len(late)} carried out."
    )
    assert len(runs) >= MISSED
    assert sum(map(carried_out, runs)) == 1, states
    assert len(late) >= MISSED
    assert not any(map(carried_out, late))
    said = [run["state"]["message"] or "" for run in late if run["state"]["name"] == "Skipped"]
    assert said
    assert all("may start at most 10 s late. Nothing was bought" in message for message in said)
    # Every run is the same film: it is bought once, however often it is made.
    assert len(book(shop, "by itself")) == 1
    assert len(book(shop, "hasty")) <= 1
