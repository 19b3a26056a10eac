"""A film made by hand in Prefect's UI: key, form, wrong values, a choice, the storyboard."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from shotgraph.media.probe import probe

from .album import Album
from .block_form import fill_block_form, open_block_form, save_block
from .run_form import RunForm
from .run_page import RunPage, expect_pictures
from .site import Site

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]

NAME = "harbour-at-dusk"
LOOK = "a woodcut at night"
AGAIN = "Repaint it as a woodcut by moonlight"
CHANGED = {
    "shot": "harbour.mp4",
    "look": LOOK,
    "length": "3",
    "opening": 4,
    "skies": ["rain", "snow"],
}


def test_a_film_made_by_hand(page: Page, site: Site, album: Album) -> None:
    began_at = time.monotonic()
    _save_the_key(page, site, album)
    form = RunForm(page, site.ui, NAME)
    _see_what_the_form_asks(page, form)
    _wrong_values_are_refused(page, site, form, album)

    form = RunForm(page, site.ui, NAME)
    _fill(form)
    album.keep(page, "run-form", height=1540)
    assert form.submit() == 201
    run = RunPage(page)
    _watch(page, run, album)
    started = site.ask("GET", f"flow_runs/{run.run_id}")
    assert started["parameters"]["params"] == CHANGED
    assert started["parameters"]["max_usd"] == 9
    assert _secret(site) not in json.dumps(started)

    _answer_with_another_take(page, site, run, album)
    run.until("Completed")
    _see_the_storyboard(page, site, run, album)
    _see_that_the_chosen_take_is_in_the_film(site)
    print(f"\nprefect: a film by hand in a browser, {time.monotonic() - began_at:.0f} s")


def _save_the_key(page: Page, site: Site, album: Album) -> None:
    open_block_form(page, site.ui)
    fill_block_form(page, "default", site.fal)
    expect(page.get_by_label("Key")).to_have_attribute("type", "password")
    album.keep(page, "block-form")
    save_block(page)
    expect(page.get_by_role("definition").first).to_have_text("********")
    assert _secret(site) not in page.content()
    expect(page.get_by_text(site.fal.bases.queue_url)).to_be_visible()


def _see_what_the_form_asks(page: Page, form: RunForm) -> None:
    defaults = {"shot": "harbour.mp4", "look": "an oil painting at dusk", "opening": "3"}
    for title, value in {**defaults, "Budget in dollars": "", "Credentials": "default"}.items():
        expect(form.field(title)).to_have_value(value)
    expect(page.get_by_role("button", name="Select length")).to_have_text("5")
    expect(page.get_by_role("switch", name="Rehearse")).not_to_be_checked()
    for said in ("What it is repainted as", "The budget in the film's file, $12, counts too."):
        expect(page.get_by_text(said)).to_be_visible()
    for plumbing in ("bundle:", "pipeline", "latest_start", 'Property is type "None"'):
        expect(page.get_by_role("main").get_by_text(plumbing)).to_have_count(0)


def _wrong_values_are_refused(page: Page, site: Site, form: RunForm, album: Album) -> None:
    opening, budget = form.field("opening"), form.field("Budget in dollars")
    budget.fill("-1")
    page.get_by_role("button", name="Submit").click()
    negative = "Value must be greater than or equal to 0."
    expect(budget).to_have_js_property("validationMessage", negative)
    budget.fill("")
    opening.fill("2.5")
    opening.blur()
    assert form.submit() == 409
    expect(page.get_by_text("2.5 is not of type 'integer'", exact=True)).to_be_visible()
    album.keep(page, "wrong-value", of=form.film)
    assert site.ask("POST", "flow_runs/count", {}) == 0
    assert site.jobs() == []


def _fill(form: RunForm) -> None:
    form.field("look").fill(LOOK)
    form.choose("length", "3")
    form.field("opening").fill("4")
    form.add_item("snow")
    form.field("Budget in dollars").fill("9")


def _watch(page: Page, run: RunPage, album: Album) -> None:
    run.until("Running")
    expect(run.tab("Logs").get_by_text("dusk take 1: accepted by fal")).to_be_visible()
    tasks = run.tab("Task Runs")
    for name in ("opens", "dusk take 1", "dusk take 2"):
        expect(tasks.get_by_role("link", name=name, exact=True)).to_be_visible()
    run.until("Suspended")
    run.tab("Logs")
    album.keep(page, "run-that-waits")


def _answer_with_another_take(page: Page, site: Site, run: RunPage, album: Album) -> None:
    question = run.question()
    expect(question.shown.get_by_text("Which take should the film use?")).to_be_visible()
    expect_pictures(question.shown, ["dusk take 1", "dusk take 2"])
    expect(question.shown.get_by_text(f"has cost ${_spent(site):.2f} so far")).to_be_visible()
    question.answer()
    expect(page.get_by_text("'decision' is a required property")).to_be_visible()

    question.decide("take again")
    question.shown.get_by_label("Prompt (Optional)").fill(AGAIN)
    question.answer()
    expect(page.get_by_text("Flow run resumed")).to_be_visible()
    run.until("Running")
    run.until("Suspended")
    assert _prompts(site) == [f"Repaint it as {LOOK}", f"Repaint it as {LOOK}", AGAIN]
    question = run.question()
    expect_pictures(question.shown, ["dusk take 1", "dusk take 2", "dusk take 3"])
    expect(question.shown.get_by_text(f"has cost ${_spent(site):.2f} so far")).to_be_visible()
    question.decide("take 3")
    album.keep(page, "decision", height=1700, of=question.shown)
    question.answer()
    expect(page.get_by_text("Flow run resumed").last).to_be_visible()


def _see_the_storyboard(page: Page, site: Site, run: RunPage, album: Album) -> None:
    # What has changed while the page was open, Prefect's drawing of a run may not survive.
    run.reopen()
    page.wait_for_load_state("networkidle")
    album.keep(page, "run-that-is-done", is_drawn=True)
    board = run.storyboard()
    expect(board.get_by_role("heading", name=NAME)).to_be_visible()
    takes = ["dusk take 1", "dusk take 2", "dusk take 3", "dusk"]
    expect_pictures(board, ["opens", *takes, "next", "ending[1]", "ending[2]", "film"])
    expect(board.get_by_text(f"cost ${_spent(site):.3f}")).to_be_visible()
    expect(board.get_by_text(str(site.films / f"{NAME}.mp4"))).to_be_visible()
    album.keep(page, "storyboard", height=1500)


def _see_that_the_chosen_take_is_in_the_film(site: Site) -> None:
    first, second, chosen, following, *endings = site.jobs()
    made = {job["output"]["video"]["url"] for job in (first, second, chosen)}
    assert len(made) == 3
    assert following["input"]["video_url"] == chosen["output"]["video"]["url"]
    assert following["input"]["duration"] == CHANGED["length"]
    assert sorted(job["input"]["prompt"] for job in endings) == [
        "Repaint it in rain",
        "Repaint it in snow",
    ]
    # Four seconds that open, four that were chosen, and twice three.
    with ThreadPoolExecutor() as beside:  # Playwright has a loop running in this thread
        film = site.films / f"{NAME}.mp4"
        assert beside.submit(lambda: asyncio.run(probe(film))).result().duration == 14


def _prompts(site: Site) -> list[str]:
    return [job["input"]["prompt"] for job in site.jobs()]


def _spent(site: Site) -> float:
    return float(sum(job["charged_usd"] for job in site.jobs()))


def _secret(site: Site) -> str:
    return site.fal.key.partition(":")[2]
