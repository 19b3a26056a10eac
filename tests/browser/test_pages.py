"""The storyboard and the screening room in Chromium: seen, compared, and decided by keys alone."""

import asyncio
import base64
import io
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from shotgraph.clock import SystemClock
from shotgraph.money.decisions import Again, Decision, Decisions
from shotgraph.report.notes import notes_of
from shotgraph.store import Store
from shotgraph.view import serve
from tests.media.coded_clips import read_code

from .chromium import open_page
from .page_check import PageCheck, at_every_width
from .shown_films import FRAMES, ShownFilm, make_shown_film

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]

DRAWN = """video => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return canvas.toDataURL("image/png");
}"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> ShownFilm:
    return make_shown_film(tmp_path_factory.mktemp("shown"))


@contextmanager
def served(store: Store) -> Iterator[str]:
    """Serve a store as the command does; gives the link."""
    ready, said = threading.Event(), dict[str, str]()

    def note(where: Mapping[str, str]) -> None:
        said.update(where)
        ready.set()

    loop = asyncio.new_event_loop()
    serving = loop.create_task(serve(store, host="127.0.0.1", port=0, on_ready=note))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(300)
        yield said["link"]
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(300)
        loop.close()


@pytest.fixture(scope="module")
def link(film: ShownFilm) -> Iterator[str]:
    with served(film.store) as where:
        yield where


@pytest.fixture
def page() -> Iterator[Page]:
    with open_page() as opened:
        yield opened


def asked(work: Any) -> Any:
    """Do something async: Playwright has a loop running in this thread."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(lambda: asyncio.run(work)).result()


def latest(film: ShownFilm) -> Decision | None:
    found: Decision | None = asked(Decisions(film.store, SystemClock()).latest(film.decision))
    return found


def shown_by(video: Locator) -> tuple[int, int] | None:
    """Which clip and frame is on the screen, read from the picture itself."""
    url: str = video.evaluate(DRAWN)
    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as picture:
        return read_code(picture.convert("RGB"))


def expect_frames(stage: Locator, *wanted: tuple[int, int]) -> None:
    page = stage.page
    videos = stage.locator("video")
    for _ in range(100):
        if all(videos.nth(n).evaluate("one => one.readyState > 1 && !one.seeking")
               for n in range(len(wanted))):  # fmt: skip
            break
        page.wait_for_timeout(100)
    assert [shown_by(videos.nth(number)) for number in range(len(wanted))] == list(wanted)


def tab_to(page: Page, target: Locator) -> None:
    """Reach something by the tab key alone."""
    for _ in range(120):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the tab key does not reach it")


def test_the_storyboard_on_a_disk(page: Page, film: ShownFilm) -> None:
    check = PageCheck(page, film.page.parents[1].as_uri())
    with at_every_width(page) as looks:
        for _ in looks:
            page.goto(film.page.as_uri())
            check.fits()
            check.has_no_barrier()
            frames = page.locator(".board .frame").evaluate_all(
                "all => all.map(one => one.offsetWidth / one.offsetHeight)"
            )
            assert all(abs(ratio - 16 / 9) < 0.05 for ratio in frames), "a portrait card too"
    videos = [url for url in check.loaded if url.endswith(".mp4")]
    assert videos == [], "nothing is loaded before somebody asks for it"
    assert page.evaluate("window.alert.toString().includes('native code')")
    page.get_by_role("button", name="Before and after").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator("#stage-name")).to_have_text("opens | dusk take 1")
    check.is_fine()


def test_on_paper_it_is_black_on_white_and_nothing_is_cut(page: Page, film: ShownFilm) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(film.page.as_uri())
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert page.locator(".film > .still").count() == 0, "it is there while it is printed"

    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 688, "height": 1016})  # A4 without its margins
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".film > .still").first).to_be_visible()
    for hidden in ("video", "dialog", ".does", ".keys", ".look"):
        assert not any(one.is_visible() for one in page.locator(hidden).all()), hidden
    colours = page.evaluate(
        "[document.body, ...document.querySelectorAll('h1, .card, .text p, td')].map("
        "one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor].join())"
    )
    ground = {one.partition("rgb")[2].rpartition("rgb")[2] for one in colours}
    assert ground <= {"(255, 255, 255)", "a(0, 0, 0, 0)"}, colours
    assert {one.partition("),")[0] for one in colours} <= {"rgb(0, 0, 0", "rgb(51, 51, 51"}
    whole = "all => all.every(one => getComputedStyle(one).breakInside === 'avoid')"
    assert page.locator(".card, .film, .cuts li, tr").evaluate_all(whole)
    PageCheck(page, "").fits()


def test_two_clips_frame_by_frame(page: Page, film: ShownFilm, link: str) -> None:
    page.goto(link)
    page.goto(f"{link.partition('/?')[0]}/films/harbour")
    page.get_by_role("button", name="Before and after").first.click()
    stage = page.locator(".stage")
    expect_frames(stage, (1, 0), (2, 0))
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    expect_frames(stage, (1, 7), (2, 7))
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect_frames(stage, (1, 16), (2, 16))
    page.get_by_role("button", name="Side by side").click()
    expect_frames(stage, (1, 16), (2, 16))
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    expect_frames(stage, (1, FRAMES - 1), (2, FRAMES - 1))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.locator(".takes a.frame").first.click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("2")
    expect(page.locator("#stage-name")).to_have_text("dusk take 2")
    expect_frames(stage, (3, 1))


def test_the_bar_of_shots_seeks_to_its_frame(page: Page, film: ShownFilm, link: str) -> None:
    page.goto(link)
    page.goto(f"{link.partition('/?')[0]}/films/harbour")
    reel, figure = page.locator(".reel button"), page.locator("figure.film")
    assert reel.evaluate_all("all => all.map(one => one.dataset.seek)") == ["0", str(FRAMES)]
    widths = reel.evaluate_all("all => all.map(one => Math.round(one.offsetWidth))")
    assert abs(widths[0] - widths[1]) <= 1, "to scale"
    reel.nth(1).focus()
    page.keyboard.press("Enter")
    expect_frames(figure, (5, FRAMES))
    page.keyboard.press("ArrowLeft")
    expect_frames(figure, (5, FRAMES - 1))
    expect(figure.locator("[data-frame]")).to_have_text(f"frame {FRAMES - 1} of {2 * FRAMES}")


def test_the_room_by_keys_alone(page: Page, film: ShownFilm, link: str) -> None:
    check = PageCheck(page, link.partition("/?")[0])
    page.goto(link)
    base = link.partition("/?")[0]
    for path in ("/", "/films/harbour", "/films/harbour/runs", "/search?q=dusk"):
        with at_every_width(page) as looks:
            for width, look in looks:
                page.goto(base + path)
                check.fits()
                if (width, look) in ((390, "dark"), (1600, "light")):
                    check.has_no_barrier()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(base)
    tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("taller")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=taller")
    tab_to(page, page.get_by_role("link", name="tall", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url("**/films/harbour/**")

    words = page.get_by_label("Words of tall")
    tab_to(page, words)
    page.keyboard.press("Control+a")
    page.keyboard.type("Taller still")
    tab_to(page, page.get_by_role("button", name="Take tall again for about $0.63"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("The next run takes tall again, for about $0.63")).to_be_visible()
    decision = latest(film)
    assert decision is not None
    assert decision.again == Again(step="tall", take=1, prompt="Taller still")

    page.goto(f"{base}/films/harbour")
    tab_to(page, page.get_by_role("button", name="Approve"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("seen is approved. The next run uses it.")).to_be_visible()
    decision = latest(film)
    assert decision is not None
    assert decision.chosen == 1

    tab_to(page, page.get_by_label("A note at the frame"))
    page.keyboard.type("<b>Higher</b>")
    tab_to(page, page.get_by_role("button", name="Keep the note"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("<b>Higher</b>")).to_be_visible()
    (note,) = asked(notes_of(film.store, "harbour"))
    assert (note.text, note.name, note.frame) == ("<b>Higher</b>", "harbour.mp4", 0)
    check.is_fine()


def test_a_page_of_another_port_decides_nothing(page: Page, film: ShownFilm, link: str) -> None:
    """Another port of this machine is the same site to a browser: it sends the cookie along."""
    page.goto(link)
    before, base = latest(film), link.partition("/?")[0]
    with served(film.store) as other:
        page.goto(other)
        sent = page.evaluate(
            """async base => {
              const body = JSON.stringify({
                film: "harbour", run: "run-1", gate: "seen", does: "goes_on" });
              const options = {method: "POST", mode: "no-cors", credentials: "include", body};
              return fetch(base + "/decisions", options).then(() => "sent", () => "no");
            }""",
            base,
        )
    assert sent in ("sent", "no")
    assert latest(film) == before
