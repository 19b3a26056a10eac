"""A flow tries its folder for films before it buys; one that goes bad later loses nothing."""

from pathlib import Path

import pytest

from shotgraph.report.film_folder import staged_films
from shotgraph.report.film_place import NoPlaceForFilms
from tests.flows.pipelines import film_of, run
from tests.rehearsal.client import Client

pytestmark = pytest.mark.usefixtures("prefect_server")


async def test_a_bad_folder_is_refused_before_anything_is_bought(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(NoPlaceForFilms, match="taken is a file, and no folder"):
        await run(film_of("no-place"), shot, tmp_path / "taken")
    assert (await at_fal.book())["counts"].get("submits", 0) == 0


async def test_a_folder_that_goes_bad_leaves_what_was_bought(
    at_fal: Client, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "films"

    def spoilt(*given: object, **named: object) -> object:
        out.touch()  # after the steps, and before the film is put there
        return staged_films(*given, **named)  # type: ignore[arg-type]

    text = film_of("spoilt", last="trim: {video: $slow, seconds: 1}")
    with monkeypatch.context() as changed:
        changed.setattr("shotgraph.flows.finish.staged_films", spoilt)
        report = await run(text, shot, out)
    assert report["error"]["code"] == "film_not_written"
    assert "It is made, and in the store" in report["error"]["message"]
    assert report["cost_usd"] > 0
    again = await run(text, shot, tmp_path / "other")
    assert (again["status"], again["cost_usd"]) == ("done", 0)
