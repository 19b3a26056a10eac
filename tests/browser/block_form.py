"""The form by which a person saves the key for fal."""

from playwright.sync_api import Page, expect

from shotgraph.rehearsal import RehearsalServer

from .pressing import press

BASES = {
    "queue_url": "Queue URL",
    "run_url": "Run URL",
    "rest_url": "REST URL",
    "cdn_url": "CDN URL",
    "api_url": "API URL",
}


def open_block_form(page: Page, ui: str) -> None:
    """Find the block type in the catalogue."""
    page.goto(f"{ui}/v2/blocks/catalog")
    page.get_by_placeholder("Search blocks").fill("fal")
    expect(page.get_by_text("1 Block", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="fal Credentials")).to_be_visible()
    page.get_by_role("link", name="Create").click()


def fill_block_form(page: Page, name: str, fal: RehearsalServer) -> None:
    """Say where the stand-in is, and what its key is."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Key").fill(fal.key)
    for base, url in fal.bases.as_dict().items():
        page.get_by_label(BASES[base]).fill(url)


def save_block(page: Page) -> None:
    """Press Save; the block's page is shown then."""
    assert press(page, page.get_by_role("button", name="Save"), "/block_documents/") in (200, 201)
    expect(page.get_by_text("Block created successfully")).to_be_visible()
