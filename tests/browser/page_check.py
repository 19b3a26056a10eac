"""What every page of ours is held to: nothing wrong in it, nothing outside, no barrier."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from playwright.sync_api import Page

WIDTHS = (390, 1024, 1600)


class PageCheck:
    """Watches one page.

    Attributes:
        said: What the browser's console said.
        outside: What was asked of other hosts.
        loaded: All that was loaded, without what is in the page itself.
    """

    def __init__(self, page: Page, own: str) -> None:
        self._page = page
        self.said: list[str] = []
        self.outside: list[str] = []
        self.loaded: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self._note(request.url, own))

    def _note(self, url: str, own: str) -> None:
        if url.startswith("data:"):
            return
        self.loaded.append(url)
        if not url.startswith(own):
            self.outside.append(url)

    def is_fine(self) -> None:
        """Nothing was wrong, and nothing came from outside."""
        assert self.said == [], self.said
        assert self.outside == [], self.outside

    def has_no_barrier(self) -> None:
        """axe finds nothing serious. It comes by the debugger: the page's policy runs no foreign
        script."""
        axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
        session = self._page.context.new_cdp_session(self._page)
        session.send("Runtime.evaluate", {"expression": axe})
        reply = session.send(
            "Runtime.evaluate",
            {
                "expression": "axe.run().then(found => JSON.stringify(found.violations.map("
                "one => [one.impact, one.id, one.nodes[0].html])))",
                "awaitPromise": True,
            },
        )
        found = json.loads(reply["result"]["value"])
        assert [one for one in found if one[0] in ("serious", "critical")] == []

    def fits(self) -> None:
        """Nothing leaves the screen to the right."""
        over = self._page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0


@contextmanager
def at_every_width(page: Page) -> Iterator[Iterator[tuple[int, str]]]:
    """Show a page at each width, dark and light; gives them one after the other."""

    def each() -> Iterator[tuple[int, str]]:
        for width in WIDTHS:
            for look in ("dark", "light"):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=look)
                yield width, look

    yield each()
    page.emulate_media(color_scheme=None)
