"""The page of a run: what it shows, and what a person decides there."""

import re

from playwright.sync_api import Locator, Page, expect

from .pressing import press

RUN_MS = 600_000


class RunPage:
    """The page of a run that was just started; its message leads there.

    Attributes:
        run_id: Of the run.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        page.get_by_role("link", name="View run").click()
        page.wait_for_url("**/flow-run/*")
        (self.run_id,) = re.findall(r"/flow-run/([0-9a-f-]+)", page.url)
        self.url = page.url

    def reopen(self) -> None:
        """Come back to it."""
        self._page.goto(self.url)

    def until(self, state: str) -> None:
        """Wait until it shows a state."""
        main = self._page.get_by_role("main")
        expect(main.get_by_text(state, exact=True).first).to_be_visible(timeout=RUN_MS)

    def tab(self, name: str) -> Locator:
        """Open one of its tabs."""
        self._page.get_by_role("tab", name=name).click()
        return self._page.get_by_role("tabpanel", name=name)

    def menu(self, item: str) -> None:
        """Choose from the menu at the top."""
        self._page.get_by_role("button", name="Open menu").first.click()
        self._page.get_by_role("menuitem", name=item, exact=True).click()

    def question(self) -> "Question":
        """Open the form that the run waits with."""
        self.menu("Resume")
        return Question(self._page)

    def storyboard(self) -> Locator:
        """Open the storyboard: the artifact's card leads to it."""
        self.tab("Artifacts").get_by_text(re.compile("^storyboard-")).click()
        self._page.wait_for_url("**/artifacts/artifact/*")
        return self._page.get_by_test_id("markdown-display")


class Question:
    """The form of a run that waits.

    Attributes:
        shown: All of it.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self.shown = page.get_by_role("dialog", name="Resume Flow Run")
        expect(self.shown.get_by_role("button", name="Select Decision")).to_be_visible()

    def decide(self, decision: str) -> None:
        """Choose what happens."""
        self.shown.get_by_role("button", name="Select Decision").click()
        self._page.get_by_role("option", name=decision, exact=True).click()

    def answer(self) -> None:
        """Send it; a message says what Prefect makes of it."""
        press(self._page, self.shown.get_by_role("button", name="Resume"), "/resume")


def expect_pictures(shown: Locator, names: list[str]) -> None:
    """Expect pictures by their names, in their order, and that they are really drawn."""
    pictures = shown.get_by_role("img")
    expect(pictures).to_have_count(len(names))
    # Prefect's page may still show what stood there before, with as many pictures.
    for number, name in enumerate(names):
        expect(pictures.nth(number)).to_have_attribute("alt", name)
    drawn = pictures.evaluate_all(
        "all => Promise.all(all.map(one => one.decode().then(() => [one.alt, one.naturalWidth])))"
    )
    assert [alt for alt, _ in drawn] == names
    assert all(width >= 160 for _, width in drawn), drawn
