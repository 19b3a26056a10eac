"""The form of a waiting run, in Prefect's UI: what a person sees and presses."""

import base64
import io
import shutil

import pytest
from PIL import Image
from playwright.async_api import Locator, async_playwright

from .house import House

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(400)]


@pytest.mark.parametrize("host", ["serve"], indirect=True)
async def test_a_person_takes_again_with_other_words(house: House) -> None:
    film = house.film("pressed")
    run_id = await house.begin(film)
    first = await house.asked(run_id)
    words = f"Repaint it before dawn, {film.name}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 1600})
        page.set_default_timeout(60_000)
        await page.goto(f"{house.prefect.url.removesuffix('/api')}/runs/flow-run/{run_id}")
        await page.get_by_role("button", name="Resume").first.click()
        form = page.locator(".p-modal__card")
        await form.get_by_text("Is it early enough?").wait_for()
        await _moves(form.locator("img"))
        await form.get_by_text("One more take costs about").wait_for()
        await form.locator(".p-select-button__control").click()
        await page.get_by_text("take again", exact=True).click()
        await form.locator("textarea").fill(words)
        await form.get_by_role("button", name="Submit").click()
        second = await house.asked(run_id, first)
        await browser.close()
    assert second.field("prompt")["default"] == words
    assert "Repaint it before dawn" in await house.prompts(film)
    await house.prefect.cancel(run_id, force=False)


async def _moves(preview: Locator) -> None:
    """Check that the browser has drawn the picture, and that it has several frames."""
    await preview.wait_for()
    width = await preview.evaluate(
        "async image => { await image.decode(); return image.naturalWidth; }"
    )
    assert width == 320
    source = await preview.get_attribute("src") or ""
    coded = base64.b64decode(source.partition(",")[2])
    with Image.open(io.BytesIO(coded)) as opened:
        assert getattr(opened, "n_frames", 1) > 10
