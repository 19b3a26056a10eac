"""What is said of a job that can't be gone on with is true, and a clock alone buys nothing."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.command import Desk

from .buying import bought, order
from .figures import Count
from .other_fal import Asked, OtherFal, hangs_up, says

KIND = 12
HOUR_S = 3600


def _lost(fal: OtherFal) -> None:
    """Sell one job whose answer is lost, and list nothing."""

    async def sells_and_hangs_up(asked: Asked) -> None:
        fal.sell(asked.heard)
        asked.line.reset()

    fal.usually("submit", sells_and_hangs_up, times=1)
    fal.lists = "none"


@pytest.mark.parametrize(
    ("name", "wall_s", "boot_s", "ahead", "sales"),
    [
        ("jumped", 2 * HOUR_S, 0, timedelta(), 1),
        ("jumped far", 10 * 365 * 24 * HOUR_S, 0, timedelta(), 1),
        ("fal tells no time", 2 * HOUR_S, 0, None, 1),
        ("started anew, says fal", 2 * HOUR_S, 2 * HOUR_S, timedelta(), 1),
        ("back", -2 * HOUR_S, 0, timedelta(), 1),
        ("really later", 3 * HOUR_S, 3 * HOUR_S, timedelta(hours=3), 2),
    ],
)
def test_a_clock_alone_buys_nothing(
    desk: Desk,
    fal: OtherFal,
    count: Count,
    clocks: Path,
    name: str,
    wall_s: int,
    boot_s: int,
    ahead: timedelta | None,
    sales: int,
) -> None:
    _lost(fal)
    first = bought([order("sea")], desk.env)["sea"][0]
    assert first["word"] == "ambiguous", first
    fal.ahead = ahead
    later = {
        "LD_PRELOAD": str(clocks),
        "OUTSIDE_WALL_S": str(wall_s),
        "OUTSIDE_BOOT_S": str(boot_s),
    }
    second = bought([order("sea")], {**desk.env, **later})["sea"][0]
    count(clocks=1, submits=fal.submits, bought_too_early=len(fal.jobs) - sales)
    assert len(fal.jobs) == sales, second
    assert sales == 2 or second["word"] == "ambiguous", second


@pytest.mark.parametrize("list_says", ["nothing", "500", "404", "no input", "no JSON"])
def test_what_is_said_where_the_list_cannot_be_read_is_true(
    desk: Desk, fal: OtherFal, count: Count, list_says: str
) -> None:
    _lost(fal)
    replies = {
        "nothing": hangs_up,
        "500": says(500, {"detail": "no"}),
        "404": says(404, {"detail": "Payload storage is off"}),
        "no JSON": says(200, b"<html>"),
    }
    if list_says in replies:
        fal.usually("listing", replies[list_says])
    else:
        fal.lists = "without input"
    end = bought([order("sea")], desk.env)["sea"][0]
    told = desk.run("reconcile").err + desk.run("reconcile").out
    count(lists=1, submits=fal.submits)
    assert end["word"] == "ambiguous", end
    for said in (end["message"], told):
        assert "does so by itself" not in said, said
        assert "by itself" not in said or "no run" in said.lower(), said
        assert "--buy-again" in said, said
    assert fal.submits == 1


def test_a_newer_result_is_said_to_be_one(desk: Desk, fal: OtherFal, count: Count) -> None:
    bought([order("sea")], desk.env)
    store = Path(desk.env["SHOTGRAPH_STORE"])
    changed = 0
    for path in (store / "results").rglob("*.json"):
        record = json.loads(path.read_bytes())
        path.chmod(0o600)
        path.write_text(json.dumps({**record, "version": 99, "unheard_of": {"a": 1}}))
        changed += 1
    assert changed
    fal.files.clear()
    end = bought([order("sea")], desk.env)["sea"][0]
    count(records=changed, submits=fal.submits)
    assert end["how"] is None
    assert "newer" in end["message"], end
    assert "buy-again" not in end["message"], end
    assert fal.submits == 1
