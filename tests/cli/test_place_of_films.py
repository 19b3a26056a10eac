"""Where films go if nobody says so: a film's folder may have a link there."""

from pathlib import Path

import pytest

from shotgraph.cli.before_run import FILMS, refuse_linked_films
from shotgraph.errors import InvalidInput


@pytest.fixture(autouse=True)
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "theirs")
    return tmp_path / "mine"


def test_a_link_is_refused_with_what_to_say_if_it_is_meant(target: Path) -> None:
    FILMS.symlink_to(target)
    with pytest.raises(InvalidInput, match=f"films is a link to {target}, .*: --out {target}"):
        refuse_linked_films(FILMS)
    refuse_linked_films(target)


def test_so_is_one_of_the_rehearsals(target: Path) -> None:
    FILMS.mkdir()
    refuse_linked_films(FILMS)
    (FILMS / "rehearsal").symlink_to(target)
    with pytest.raises(InvalidInput, match="films/rehearsal is a link"):
        refuse_linked_films(FILMS)
