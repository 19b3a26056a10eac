"""Links between the documents lead somewhere."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .pages import ROOT, documents, without_blocks

_LINK = re.compile(r"\]\(\s*(?P<target>[^)\s]+)\s*\)|(?:src|srcset)=\"(?P<shown>[^\"]+)\"")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def links(file: Path) -> list[str]:
    return [
        match["target"] or match["shown"]
        for match in _LINK.finditer(without_blocks(file.read_text()))
    ]


def anchors(file: Path) -> set[str]:
    """The names by which a forge links to a page's headings."""
    headings = _HEADING.findall(without_blocks(file.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", documents(), ids=lambda file: str(file.relative_to(ROOT)))
def test_relative_links_lead_to_something(file: Path) -> None:
    dead = []
    for target in links(file):
        parts = urlsplit(target)
        if parts.scheme:
            assert parts.scheme == "https", target
            continue
        path = (file.parent / parts.path).resolve() if parts.path else file
        inside = path.is_relative_to(ROOT) and path.exists()
        if not inside or (parts.fragment and parts.fragment not in anchors(path)):
            dead.append(target)
    assert dead == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, left = set(), [ROOT / "README.md"]
    while left:
        file = left.pop()
        if file in reached:
            continue
        reached.add(file)
        paths = [urlsplit(target).path for target in links(file)]
        targets = [(file.parent / path).resolve() for path in paths if path.endswith(".md")]
        left += [path for path in targets if path.is_file()]
    assert [file for file in documents() if file not in reached] == []


def test_pictures_are_small_and_each_is_there_in_both_looks() -> None:
    folder = ROOT / "docs/images"
    sizes = {path.name: path.stat().st_size for path in folder.rglob("*.webp")}
    assert {name: size for name, size in sizes.items() if not 5_000 < size <= 150_000} == {}
    pages = "".join(file.read_text() for file in documents())
    for light in folder.glob("*-light.webp"):
        dark = light.name.replace("-light", "")
        assert (
            f'<source media="(prefers-color-scheme: light)" srcset="images/{light.name}">' in pages
        )
        assert f'<img src="images/{dark}"' in pages
