"""Where a page of ours is, once ``shotgraph view serve`` shows a store."""

from urllib.parse import quote

from shotgraph.report.manifest import Manifest, Medium
from shotgraph.report.storyboard import SUFFIXES


def clip_place(medium: Medium) -> str:
    """The path of a clip: by its bytes, so that it never shows anything else."""
    return f"/clips/{medium.sha256}{SUFFIXES.get(medium.content_type, '')}"


def film_place(name: str) -> str:
    """The path of a film's storyboard."""
    return f"/films/{quote(name, safe='')}"


def runs_place(name: str) -> str:
    """The path of the list of a film's runs."""
    return f"{film_place(name)}/runs"


def run_place(manifest: Manifest) -> str:
    """The path of the storyboard of one run of it."""
    return f"{film_place(manifest.film)}/{quote(manifest.run_id, safe='')}"
