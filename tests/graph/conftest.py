from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with some clips and stills: only their names matter here."""
    folder = tmp_path_factory.mktemp("graph").resolve()
    for name in ("a.mp4", "b.mp4", "c.mp4", "one.png", "two.png"):
        (folder / name).touch()
    return folder
