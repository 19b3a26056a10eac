"""What the other tests of `make prefect` stand on is here, and starts."""

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.prefect

INSTALL = "apt-get install postgresql chromium fonts-dejavu-core"


def test_postgresql_is_there() -> None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    assert found, INSTALL
    version = subprocess.run([found[-1], "--version"], capture_output=True, text=True, check=True)
    print(f"\nprefect: {version.stdout.strip()}")


def test_the_browser_starts_and_shows_a_page() -> None:
    chromium = shutil.which("chromium")
    assert chromium, INSTALL
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content("<h1>Harbour at dusk</h1>")
        assert page.locator("h1").inner_text() == "Harbour at dusk"
        print(f"\nprefect: Chromium {browser.version}")
        browser.close()
