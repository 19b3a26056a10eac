"""The form by which a person starts a run of a deployment."""

from playwright.sync_api import Locator, Page, expect

from .pressing import press


class RunForm:
    """A deployment's run form, opened from the list of deployments."""

    def __init__(self, page: Page, ui: str, deployment: str) -> None:
        self._page = page
        page.goto(f"{ui}/v2/deployments")
        page.get_by_role("link", name=deployment, exact=True).click()
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Custom run").click()
        expect(page.get_by_role("heading", name="Parameters")).to_be_visible()

    @property
    def film(self) -> Locator:
        """The part with the film's own parameters."""
        return self._page.get_by_role("group").filter(has=self.field("look")).first

    def field(self, title: str) -> Locator:
        """Find what is filled in, by the title over it."""
        return self._page.get_by_label(f"{title} (Optional)", exact=True)

    def choose(self, title: str, value: str) -> None:
        """Choose one of several."""
        self._page.get_by_role("button", name=f"Select {title}").click()
        self._page.get_by_role("option", name=value, exact=True).click()

    def add_item(self, value: str) -> None:
        """Add an item to the list; there is one list in the form."""
        add = self._page.get_by_role("button", name="Add item")
        add.click()
        self._page.get_by_role("group").filter(has=add).last.get_by_role("textbox").last.fill(value)

    def submit(self) -> int:
        """Start the run; gives the status of Prefect's answer."""
        submit = self._page.get_by_role("button", name="Submit")
        return press(self._page, submit, "/create_flow_run")
