"""A variable that looks like one of ours, and that nobody reads, is said with the nearest name."""

from pathlib import Path

import pytest

from shotgraph.settings import unread
from tests.cli.command import Desk, plain_env


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SHOTGRAPH_DAILY_BUGDET_USD", "SHOTGRAPH_DAILY_BUDGET_USD"),
        ("SHOTGRAPH_DAILY_BUDGET", "SHOTGRAPH_DAILY_BUDGET_USD"),
        ("SHOTGRAPH_STROE", "SHOTGRAPH_STORE"),
        ("SHOTGRAPH_FAL_KEY", "FAL_KEY"),
        ("SHOTGRAPH_WINDOWS_LOOK_S", "SHOTGRAPH_WINDOWS__LOOK_S"),
    ],
)
def test_the_nearest_name_is_said(name: str, meant: str) -> None:
    assert unread({name: "x"}) == [
        f"{name} is set, and shotgraph reads no variable of that name; did you mean {meant}?"
    ]


def test_what_is_read_is_not_told_of() -> None:
    read = ["SHOTGRAPH_STORE", "shotgraph_store", "SHOTGRAPH_FFMPEG", "SHOTGRAPH_FAILPOINT"]
    read += ["SHOTGRAPH_WINDOWS__LOOK_S", "SHOTGRAPH_WINDOWS", "FAL_KEY", "PATH"]
    assert unread(read) == []
    assert len(unread(["SHOTGRAPH_WHATEVER_IT_MAY_BE"])) == 1


def test_the_command_says_it_once(tmp_path: Path) -> None:
    env = {**plain_env(tmp_path / "prefect"), "SHOTGRAPH_STORE": str(tmp_path / "store")}
    ran = Desk(tmp_path, env).run("jobs", SHOTGRAPH_DAILY_BUGDET_USD="1")
    assert ran.code == 0
    assert ran.err.count("did you mean SHOTGRAPH_DAILY_BUDGET_USD?") == 1
    assert ran.out == "There are no paid jobs in the store yet.\n"
