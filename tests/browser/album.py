"""Pictures of pages: kept in the documents where that is wanted, else where tests leave things."""

import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, ViewportSize

from .chromium import SIZE

FOR_DOCUMENTS = bool(os.environ.get("SHOTGRAPH_SCREENSHOTS"))
DOCUMENTS = Path(__file__).parents[2] / "docs/images/prefect"
MOST_BYTES = 200_000
LOOKS, BETWEEN_LOOKS_MS = 10, 1000


@dataclass(frozen=True)
class Album:
    """Where pictures of pages go."""

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> "Album":
        """Choose the documents, if SHOTGRAPH_SCREENSHOTS is set, else the folder."""
        chosen = DOCUMENTS if FOR_DOCUMENTS else folder
        chosen.mkdir(parents=True, exist_ok=True)
        return cls(chosen)

    def keep(
        self,
        page: Page,
        name: str,
        *,
        height: int = SIZE["height"],
        of: Locator | None = None,
        is_drawn: bool = False,
    ) -> None:
        """Take a picture of a page, or of a part of it.

        Args:
            page: The page.
            name: Of the file, without its ending.
            height: Of the window, in pixels: for what is higher than a screen.
            of: The part; all of it by default.
            is_drawn: Whether there is a drawing, of which nothing says when it is done.
        """
        page.set_viewport_size(ViewportSize(width=SIZE["width"], height=height))
        if is_drawn:
            _until_it_stands_still(page)
        seen = of.screenshot() if of is not None else page.screenshot()
        page.set_viewport_size(SIZE)
        file = self.folder / f"{name}.webp"
        Image.open(BytesIO(seen)).save(file, quality=80, method=6)
        assert file.stat().st_size <= MOST_BYTES


def _until_it_stands_still(page: Page) -> None:
    before, seen = b"", page.screenshot()
    for _ in range(LOOKS):
        if seen == before:
            return
        page.wait_for_timeout(BETWEEN_LOOKS_MS)
        before, seen = seen, page.screenshot()
