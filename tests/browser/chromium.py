"""A browser that reaches this machine and nothing else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, ViewportSize, expect, sync_playwright

LONGEST_MS = 300_000
SIZE = ViewportSize(width=1280, height=900)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def open_page() -> Iterator[Page]:
    """Open a page; what asks other hosts (usage data, logos of block types) is refused."""
    chromium = shutil.which("chromium")
    assert chromium, "apt-get install chromium fonts-dejavu-core"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        page = browser.new_page(viewport=SIZE, locale="en-GB", timezone_id="UTC")
        page.set_default_timeout(LONGEST_MS)
        expect.set_options(timeout=LONGEST_MS)
        page.route("**/*", _only_here)
        yield page
        browser.close()


def _only_here(route: Route) -> None:
    address = urlsplit(route.request.url)
    if address.scheme in ("data", "blob", "file") or address.hostname == "127.0.0.1":
        route.continue_()
    else:
        route.abort()
