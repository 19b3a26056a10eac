"""The time in which Chromium opens a storyboard of 100 shots from the disk."""

import io
import random
import shutil
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from tests.report.told_runs import medium, step, told

from shotgraph.report.storyboard import Drawn, Links, storyboard

SHOTS, TIMES, PREVIEW_BYTES = 100, 5, 50_000
LINKS = Links(medium=lambda clip: f"shots/{clip.sha256[-8:]}.mp4", film=lambda film: film.file)


def figures() -> list[str]:
    """Open the page some times; it has as many bytes as a page with real previews."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return ["left out: there is no chromium"]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "storyboard.html"
        page.write_text(_page(), encoding="utf-8")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            took = sorted(_opened_s(browser.new_page(), page.as_uri()) for _ in range(TIMES))
            browser.close()
        size_mb = page.stat().st_size / 1e6
    return [f"{SHOTS} shots, {size_mb:.1f} MB: {took[TIMES // 2]:.2f} s (most {took[-1]:.2f} s)"]


def _opened_s(page: Page, url: str) -> float:
    begun = time.monotonic()
    page.goto(url, wait_until="load")
    took = time.monotonic() - begun
    page.close()
    return took


def _page() -> str:
    media = [medium(number) for number in range(1, SHOTS + 1)]
    steps = [
        step(f"shot{number}", "edit", each, prompt="Repaint it as an oil painting at dusk")
        for number, each in enumerate(media, start=1)
    ]
    film = medium(SHOTS + 1, 120 * SHOTS)
    clips = [{"step": one.name} for one in steps]
    steps.append(step("film", "concat", film, arguments={"clips": clips}))
    drawn = [_preview(number) for number in range(4)]
    previews = {each.sha256: drawn[number % 4] for number, each in enumerate(media)}
    return storyboard(told(steps, film), LINKS, Drawn(previews, {}))


def _preview(seed: int) -> bytes:
    """Return a preview of moving noise, of the largest size that a preview may have."""
    noise = random.Random(seed)  # noqa: S311  no secret
    frames = [
        Image.frombytes("RGB", (64, 36), noise.randbytes(64 * 36 * 3)).resize((320, 180))
        for _ in range(12)
    ]
    for quality in (60, 30, 10, 1):
        written = io.BytesIO()
        frames[0].save(
            written, "WEBP", save_all=True, append_images=frames[1:], duration=100, quality=quality
        )
        if written.tell() <= PREVIEW_BYTES:
            break
    return written.getvalue()
