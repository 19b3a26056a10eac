"""Take the pictures of our own pages, dark and light, out of a rehearsal of an example.

    python docs/take_pictures.py [FOLDER]        (default: docs/images)

The rehearsal runs in the store that SHOTGRAPH_STORE names. It needs Debian's chromium.
"""

import asyncio
import io
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

from shotgraph.cli.interruptible import Interruptible
from shotgraph.cli.run import run_file
from shotgraph.settings import Settings
from shotgraph.store import open_store
from shotgraph.view import serve

ROOT = Path(__file__).resolve().parents[1]
FILM = """\
name: harbour-days
description: One shot of a harbour, extended, repainted at two hours, chosen by a person, joined.
params:
  shot: {type: video, default: harbour.mp4}
steps:
  opens:
    trim: {video: $shot, seconds: 3}
  next:
    reference:
      video: $opens
      prompt: Based on @Video1, generate the next shot. Keep the style of the video.
      duration: "5"
  dusk:
    takes: 2
    pick: ask
    edit: {video: $next, prompt: "Repaint it as an oil painting at dusk, with long shadows"}
  film:
    concat: {clips: [$opens, $dusk, $next], transition: {kind: dissolve, seconds: 0.5}}
output: $film
deliver: [youtube]
"""
WIDTH, HEIGHT = 1280, 1500
MOST_BYTES = 150_000
STAND_STILL = "all => all.every(one => one.readyState > 1 && !one.seeking)"
LOOKS: Mapping[str, str] = {"dark": "", "light": "-light"}


def main(target: Path) -> None:
    """Rehearse the film, and take the pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "examples/clips/harbour.mp4", folder)
        file = folder / "film.yaml"
        file.write_text(FILM, encoding="utf-8")
        out = folder / "films"
        with Interruptible() as interruptible:
            ran = run_file(
                file, {}, rehearse=True, out=out, max_usd=None, interruptible=interruptible
            )
        if ran.error is not None:
            raise ran.error
        asyncio.run(take(Path(ran.report["storyboard"]), target))


async def take(storyboard: Path, target: Path) -> None:
    """Take a picture of each page in each look."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(
            open_store(Settings().store),
            host="127.0.0.1",
            port=0,
            on_ready=lambda said: ready.set_result(said["link"]),
        )
    )
    link = await ready
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for look, ending in LOOKS.items():
            board = await _seen(browser, look, storyboard.as_uri())
            _keep(board, target / f"storyboard{ending}.webp")
            room = f"{link.partition('/?')[0]}/films/harbour-days"
            _keep(await _seen(browser, look, link, room), target / f"screening-room{ending}.webp")
        await browser.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def _seen(browser: Browser, look: str, *urls: str) -> bytes:
    """Go from one page to the next, compare in the room, and take a picture of the last."""
    page = await browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT if len(urls) == 1 else HEIGHT // 2},
        color_scheme="dark" if look == "dark" else "light",
    )
    for url in urls:
        await page.goto(url)
    if len(urls) > 1:
        await page.get_by_role("button", name="Before and after").first.click()
        for _ in range(3):
            await page.keyboard.press("Shift+ArrowRight")
        # The page's policy lets nothing be evaluated in it, so it is asked again and again.
        while not await page.locator("#stage video").evaluate_all(STAND_STILL):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    picture = await page.screenshot()
    await page.close()
    return picture


def _keep(picture: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(picture)) as opened:
        opened.save(target, quality=80, method=6)
    if target.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{target} has {target.stat().st_size} bytes; at most {MOST_BYTES}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images")
