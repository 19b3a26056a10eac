"""The forms of our blocks, as a person sees them: one line for each field."""

import pytest
from playwright.sync_api import Page, expect
from prefect.blocks.core import Block

from shotgraph.blocks import FalCredentials, MediaStore

from .site import Site

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("block", [FalCredentials, MediaStore])
def test_each_field_is_a_line(page: Page, site: Site, block: type[Block]) -> None:
    page.goto(f"{site.ui}/v2/blocks/catalog/{block.get_block_type_slug()}/create")
    schema = block.model_json_schema()
    for name, field in schema["properties"].items():
        optional = "" if name in schema["required"] else " (Optional)"
        line = page.get_by_label(f"{field['title']}{optional}", exact=True)
        expect(line).to_be_visible()
        expect(page.get_by_text(field["description"], exact=True)).to_be_visible()
        if name in schema["secret_fields"]:
            expect(line).to_have_attribute("type", "password")
    # A field that may be null has tabs for its types, and nothing to write into.
    expect(page.get_by_role("tab")).to_have_count(0)
