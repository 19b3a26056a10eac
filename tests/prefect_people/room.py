"""The screening room in a browser, over the store of a film of these tests."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.cli.command import COMMAND
from tests.prefect_crash.process_tree import running


@asynccontextmanager
async def open_room(env: dict[str, str], log: Path) -> AsyncIterator[Page]:
    """Start ``shotgraph view``, and open its link in a browser."""
    with running(COMMAND, "view", "--no-browser", "--port", "0", env=env, log=log):
        link = await _link(log)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            page = await browser.new_page(viewport={"width": 1280, "height": 1600})
            page.set_default_timeout(300_000)
            expect.set_options(timeout=300_000)
            await page.goto(link)
            yield page
            await browser.close()


async def _link(log: Path) -> str:
    async with asyncio.timeout(300):
        while True:
            found = re.search(r"http\S+token=\S+", log.read_text() if log.exists() else "")
            if found is not None:
                return found[0]
            await asyncio.sleep(0.1)
