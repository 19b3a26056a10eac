from pathlib import Path

import pytest

from tests.spec.broken_files import lay_out


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with clip.mp4 and still.png, and a link that leads out of it."""
    return lay_out(tmp_path_factory.mktemp("spec"))
