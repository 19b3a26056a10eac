"""An option of `deploy` that would have no effect is refused before Prefect is asked."""

import pytest
from typer.testing import CliRunner

from shotgraph.cli.main import app
from shotgraph.errors import InvalidInput


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--serve", "--pool", "films"], "--pool films and --serve are given"),
        (["--serve", "--pool", "shotgraph"], "--pool shotgraph and --serve are given"),
        (["--timezone", "Europe/Berlin"], "--timezone Europe/Berlin is given, and no --cron"),
    ],
)
def test_is_refused(options: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def begun() -> None:
        raise AssertionError("Prefect is prepared")

    monkeypatch.setattr("shotgraph.cli.deploy.prepare_prefect", begun)
    ran = CliRunner().invoke(app, ["deploy", "film.yaml", *options])
    assert isinstance(ran.exception, InvalidInput), ran.exception
    assert said in ran.exception.message
    assert "Nothing was deployed" in ran.exception.message
