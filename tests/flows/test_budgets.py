"""The three budgets of a run: its file's, its command's, and the day's. Each is a wall."""

from datetime import UTC, datetime
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

from shotgraph.errors import InvalidInput
from tests.flows.pipelines import run, statuses
from tests.rehearsal.client import Client

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

# Each of the two costs $0.504, and the second one waits for the first.
FILM = """\
name: walls
params:
  shot: {{type: video}}
budget_usd: {budget_usd}
steps:
  dusk: {{edit: {{video: $shot, prompt: "Dusk, {words}"}}}}
  night: {{edit: {{video: $dusk, prompt: "Night, {words}"}}}}
output: $night
"""


def film(words: str, budget_usd: float) -> str:
    return FILM.format(words=words, budget_usd=budget_usd)


async def submits(at_fal: Client) -> int:
    return int((await at_fal.book())["counts"].get("submits", 0))


@pytest.mark.parametrize(("budget_usd", "max_usd", "said"), [
    (1, 2, "its budget_usd is $1.00: that is $0.008 too much. Nothing was sent. What would fit:"),
    (2, 0.9, "its --max-usd is $0.90: that is $0.108 too much. Nothing was sent. What would fit:"),
    (0.5, 0, "its --max-usd is $0.00: that is $1.008 too much."),
    (0, None, "its budget_usd is $0.00: that is $1.008 too much."),
])  # fmt: skip
async def test_the_strictest_of_a_run_holds_and_is_named(
    budget_usd: float, max_usd: float | None, said: str, at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    report = await run(film("in vain", budget_usd), shot, tmp_path, max_usd=max_usd)
    assert (report["status"], report["error"]["code"]) == ("over_budget", "over_budget")
    assert "this run would cost $1.01 (dusk $0.50, night $0.50)" in report["error"]["message"]
    assert said in report["error"]["message"]
    assert await submits(at_fal) == 0


@pytest.mark.parametrize("max_usd", [None, 2])
async def test_a_run_can_not_lift_the_wall_of_its_deployment(
    max_usd: float | None, at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    report = await run(film("in vain", 5), shot, tmp_path, max_usd=max_usd, most_usd=0.1)
    assert report["status"] == "over_budget"
    said = report["error"]["message"]
    assert "its deployment's --max-usd is $0.10: that is $0.908 too much" in said
    assert "the film deployed again with --max-usd 1.01" in said
    lower = await run(film("in vain", 5), shot, tmp_path, max_usd=0.9, most_usd=2)
    assert "its --max-usd is $0.90" in lower["error"]["message"]
    assert await submits(at_fal) == 0


async def test_the_days_budget_stands_besides_those_of_its_runs(
    at_fal: Client, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOTGRAPH_DAILY_BUDGET_USD", raising=False)
    days = {f"day {datetime.now(UTC):%Y-%m-%d}"}
    first = await run(film("one", 1.1), shot, tmp_path, max_usd=3)
    assert (first["status"], first["cost_usd"]) == ("done", 1.008)

    monkeypatch.setenv("SHOTGRAPH_DAILY_BUDGET_USD", "1.6")
    second = await run(film("two", 1.1), shot, tmp_path, max_usd=3)
    days |= {f"day {datetime.now(UTC):%Y-%m-%d}"}
    assert (second["status"], second["steps"]) == ("over_budget", [])
    said = second["error"]["message"]
    assert "this run would cost $1.01 (dusk $0.50, night $0.50). Of the budget day " in said
    assert any(f"{day} of $1.60, $1.01 is spent or in flight" in said for day in days)
    assert "so the budget is too small by $0.416. Nothing was sent" in said
    assert "SHOTGRAPH_DAILY_BUDGET_USD=2.02" in said
    assert await submits(at_fal) == 2

    monkeypatch.setenv("SHOTGRAPH_DAILY_BUDGET_USD", "2.1")
    third = await run(film("two", 1.1), shot, tmp_path, max_usd=3)
    assert statuses(third) == {"dusk": "ran", "night": "ran"}
    book: dict[str, Any] = await at_fal.book()
    assert book["counts"]["submits"] == 4
    assert book["charged_usd"] == pytest.approx(2.016)


@pytest.mark.parametrize("max_usd", [nan, inf, -inf])
async def test_what_is_no_number_is_no_budget(
    max_usd: float, at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="allowed: dollars, from 0 up"):
        await run(film("for ever", 5), shot, tmp_path, max_usd=max_usd)
    assert await submits(at_fal) == 0
