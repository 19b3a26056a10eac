"""The last lines of a run."""

from typing import Any

import pytest

from shotgraph.cli.closing import print_report


def film(number: int) -> dict[str, Any]:
    size = {"width": 720, "height": 480, "duration_s": 5.0, "fps": 24.0}
    return {"path": f"/films/harbour-{number}.mp4", **size}


def test_every_film_of_a_run_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    films = [film(1), film(2), film(3)]
    one = {"output": films[0], "steps": []}
    print_report(one, rehearse=True)
    alone = capsys.readouterr().out
    assert alone == "\n/films/harbour-1.mp4\n5 s, 720 x 480, 24 frames a second\n"

    print_report({**one, "outputs": films}, rehearse=True)
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if line.startswith("/films")] == [
        one["path"] for one in films
    ]
