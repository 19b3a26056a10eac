"""Processes that race for what is left of a budget: it is used up, and never passed."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.money.budget import Budget
from tests.crash.forks import ROOT
from tests.money.ledger.racers import RACES, REFUSED, Fate, Race

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

NOW = datetime.now(UTC)
DAY = Budget(name="day 2026-11-23", limit_usd=Decimal("1.89"), day=NOW.date())
RUN = Budget(name="run 0f3a", limit_usd=Decimal("0.63"))
PRICE_USD, BILLED_USD = Decimal("0.63"), Decimal("0.504")
JOBS = 2
DIED = -9


def races(folder: Path, name: str, sizes: list[int], *fates: Fate, **more: object) -> list[Race]:
    given = {
        "jobs": JOBS,
        "budgets": (DAY,),
        "price_usd": PRICE_USD,
        "billed_usd": BILLED_USD,
        "fates": fates,
        **more,
    }
    return [
        Race.model_validate(
            {"store": str(folder / f"{name}-{size}"), "racers": size, "seed": size, **given}
        )
        for size in sizes
    ]


@dataclass(frozen=True)
class Raced:
    """A race that is over.

    Attributes:
        refused: How often each racer was; -9 for one that died.
    """

    race: Race
    refused: list[int]

    @property
    def wanted(self) -> int:
        """How many jobs its racers wanted, all together."""
        return self.race.racers * self.race.jobs

    def bought_usd(self) -> list[Decimal]:
        """What each attempt that may exist at fal costs, by its own files alone."""
        found = []
        for folder in Path(self.race.store).glob("attempts/*/*"):
            events = {path.stem: json.loads(path.read_bytes()) for path in folder.iterdir()}
            if events.get("outcome", {}).get("what") == "turned":
                continue
            ended = events.get("ended")
            found.append(Decimal(ended["cost_usd"] if ended else events["intent"]["estimate_usd"]))
        return found


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Raced]]:
    """Every race of this file, in the processes of one program: it takes a while to start."""
    folder = tmp_path_factory.mktemp("races")
    by_name = {
        "in flight": races(folder, "in-flight", [2, 3, 4, 5, 6, 7, 8], "in_flight"),
        "back": races(folder, "back", [2, 5, 8], "succeeded", "failed", "turned"),
        "deaths": races(folder, "deaths", [8], "in_flight", "dies", "dies_begun"),
        "two budgets": races(folder, "two", [8], "in_flight", budgets=(RUN, DAY)),
        "alike": races(folder, "alike", [2, 8], "in_flight", budgets=(RUN, DAY), shared=True),
    }
    asked = [race for some in by_name.values() for race in some]
    program = [sys.executable, "-m", "tests.money.ledger.racers"]
    ran = subprocess.run(
        program,
        check=True,
        cwd=ROOT,
        input=RACES.dump_json(asked),
        stdout=subprocess.PIPE,
        timeout=1500,
    )
    refused = iter(REFUSED.validate_json(ran.stdout))
    return {name: [Raced(race, next(refused)) for race in some] for name, some in by_name.items()}


def test_what_is_in_flight_never_passes_it(raced: dict[str, list[Raced]]) -> None:
    """As many are bought as there is room for, and all others are refused."""
    for one in raced["in flight"]:
        assert one.bought_usd() == [PRICE_USD] * 3, one
        assert sum(one.refused) == one.wanted - 3, one


def test_what_comes_back_is_spent_again_and_no_more(raced: dict[str, list[Raced]]) -> None:
    for one in raced["back"]:
        bought = one.bought_usd()
        assert sum(bought) <= DAY.limit_usd, one
        assert set(bought) <= {BILLED_USD}
        # Whoever was refused would not have fitted in beside the estimates of those before.
        assert not sum(one.refused) or sum(bought) + PRICE_USD * one.race.racers > DAY.limit_usd


def test_who_dies_holds_what_may_be_bought(raced: dict[str, list[Raced]]) -> None:
    for one in raced["deaths"]:
        assert DIED in one.refused
        assert set(one.refused) <= {DIED, 0, 1, 2}
        assert sum(one.bought_usd()) <= DAY.limit_usd


def test_neither_of_two_budgets_is_passed(raced: dict[str, list[Raced]]) -> None:
    (one,) = raced["two budgets"]
    assert one.bought_usd() == [PRICE_USD]
    assert sum(one.refused) == one.wanted - 1


def test_who_wants_what_another_buys_needs_no_room_for_it(raced: dict[str, list[Raced]]) -> None:
    for one in raced["alike"]:
        assert one.bought_usd() == [PRICE_USD]
        assert one.refused == [1] * one.race.racers, "only the second job is refused"
