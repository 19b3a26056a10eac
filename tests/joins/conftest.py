from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.joins.table import Table
from tests.joins.takes import TAKES

Shelf = Callable[[str], Path]


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Clips by name, each made once."""
    folder = tmp_path_factory.mktemp("takes")
    made: dict[str, Path] = {}

    def clip(name: str) -> Path:
        if name not in made:
            made[name] = TAKES[name].write(folder)
        return made[name]

    return clip


@pytest.fixture(scope="session")
def table() -> Iterator[Table]:
    """What came out, printed at the end."""
    table = Table()
    yield table
    table.show()
