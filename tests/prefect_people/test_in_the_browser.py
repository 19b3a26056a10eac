"""The form of a waiting run, in Prefect's UI: what a person sees and presses."""

import asyncio
import base64
import io
import shutil

import pytest
from PIL import Image
from playwright.async_api import Locator, Page, async_playwright

from tests.locked_database import LOCKED
from tests.prefect_crash.prefect_api import LONGEST_S

from .house import House

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]


async def _with_the_old_ui(page: Page, run: str) -> Locator:
    await page.goto(f"/{run}")
    await page.get_by_role("button", name="Resume").first.click()
    form = page.locator(".p-modal__card")
    choice = form.locator(".p-select-button__control")
    await choice.focus()
    await choice.press("ArrowDown")
    await page.get_by_role("option", name="take again").click()
    return form


async def _with_the_new_ui(page: Page, run: str) -> Locator:
    await page.goto(f"/v2/{run}")
    await page.get_by_text("Suspended").first.wait_for()
    await page.locator("button[aria-haspopup=menu]").last.click()
    await page.get_by_role("menuitem", name="Resume").click()
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="Select Decision").click()
    await page.get_by_role("option", name="take again").click()
    return form


UIS = {"old": (_with_the_old_ui, "Submit"), "new": (_with_the_new_ui, "Resume")}


@pytest.mark.parametrize("host", ["serve"], indirect=True)
@pytest.mark.parametrize("ui", UIS)
async def test_a_person_takes_again_with_other_words(house: House, ui: str) -> None:
    film = house.film(f"pressed-{ui}")
    run_id = await house.begin(film)
    first = await house.asked(run_id)
    words = f"Repaint it before dawn, {film.name}"
    opened, done = UIS[ui]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = await browser.new_page(
            viewport={"width": 1280, "height": 1600},
            base_url=house.prefect.url.removesuffix("/api"),
        )
        page.set_default_timeout(300_000)
        form = await opened(page, f"runs/flow-run/{run_id}")
        await form.get_by_text("Is it early enough?").wait_for()
        await form.get_by_text("One more take costs about").wait_for()
        await _moves(form.locator("img"))
        await form.locator("textarea").fill(words)
        await _sent(page, form.get_by_role("button", name=done))
        second = await house.asked(run_id, first)
        await browser.close()
    assert second.field("prompt")["default"] == words
    assert "Repaint it before dawn" in await house.prompts(film)
    await house.prefect.cancel(run_id, force=False)


async def _sent(page: Page, button: Locator) -> None:
    """Press the button, and again while the server's database is locked, as a person does."""
    async with asyncio.timeout(LONGEST_S):
        while True:
            async with page.expect_response(lambda reply: reply.url.endswith("/resume")) as replied:
                await button.click()
            reply = await replied.value
            if reply.status != LOCKED:
                break
    assert reply.ok, await reply.text()
    assert (await reply.json())["status"] == "ACCEPT", await reply.text()


async def _moves(preview: Locator) -> None:
    """Check that the browser has drawn the picture, and that it has several frames."""
    await preview.wait_for()
    width = await preview.evaluate(
        "async image => { await image.decode(); return image.naturalWidth; }"
    )
    # A busy picture is drawn smaller, so that the form stays small.
    assert width in (240, 320)
    source = await preview.get_attribute("src") or ""
    coded = base64.b64decode(source.partition(",")[2])
    with Image.open(io.BytesIO(coded)) as opened:
        assert getattr(opened, "n_frames", 1) > 10
