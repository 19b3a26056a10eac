"""One Prefect, one film and one browser for all these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from .album import FOR_DOCUMENTS, Album
from .chromium import open_page
from .site import Site, open_site


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("by-hand"), quick=not FOR_DOCUMENTS) as opened:
        yield opened


@pytest.fixture
def page() -> Iterator[Page]:
    with open_page() as opened:
        yield opened


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album.of(tmp_path / "pictures")
