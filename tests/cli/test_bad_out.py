"""``--out`` is tried before Prefect starts, and before anything is bought."""

import os
from pathlib import Path

import pytest

from shotgraph.cli.run import Ran
from shotgraph.errors import FilmNotWritten, InvalidInput, OverBudget, ReadOnlyDisk, ShotgraphError
from tests.cli.command import Desk


@pytest.mark.parametrize("options", [(), ("--rehearse",)])
def test_a_folder_that_can_not_be_used_is_refused_at_once(
    offline: Desk, options: tuple[str, ...]
) -> None:
    (offline.folder / "taken").touch()
    before = sorted(os.listdir(offline.folder))
    for out in ("taken", "taken/films"):
        ran = offline.run(
            "run", "film.yaml", *options, "--yes", "--json", "--out", out, FAL_KEY="a:b"
        )
        assert ran.code == 2
        assert ran.json["error"]["code"] == "no_place_for_films"
        assert "taken is a file, and no folder. Nothing was bought" in ran.json["error"]["message"]
        assert "Prefect is starting" not in ran.err
    assert sorted(os.listdir(offline.folder)) == before
    assert not Path(offline.env["PREFECT_HOME"]).exists()


def test_the_demo_says_it_as_well(offline: Desk) -> None:
    (offline.folder / "taken").touch()
    ran = offline.run("demo", "--out", "taken")
    assert ran.code == 2
    assert "taken is a file, and no folder. Nothing was bought" in ran.err


@pytest.mark.parametrize(
    ("error", "report", "code"),
    [
        (InvalidInput("x"), {"cost_usd": 0.0}, 2),
        (InvalidInput("x"), {"cost_usd": 0.5}, 4),
        (ReadOnlyDisk("x"), {"cost_usd": 0.0, "may_be_billed_usd": 0.5}, 4),
        (OverBudget("x"), {"cost_usd": 0.5}, 3),
        (FilmNotWritten("x"), {"cost_usd": 0.0}, 4),
        (None, {"cost_usd": 0.5}, 0),
    ],
)
def test_exit_code_2_is_of_runs_that_bought_nothing(
    error: ShotgraphError | None, report: dict[str, float], code: int
) -> None:
    assert Ran(report, error).exit_code == code
