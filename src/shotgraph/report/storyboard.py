"""The storyboard: a page that shows a run to people, with prompts and costs.

One file that needs nothing else: no script, no font and no picture from outside. Prompts, file
names and what fal said are other people's words; every one of them is escaped.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from shotgraph.foreign_text import shown
from shotgraph.media.probe import Medium
from shotgraph.model.references import Sha256
from shotgraph.money.accounts import Money
from shotgraph.report import words
from shotgraph.report.manifest import FilmEntry, Manifest
from shotgraph.report.timeline import UrlOf

"""The URL of a medium for a reader of the page; None if there is none."""


@dataclass(frozen=True)
class Links:
    """The links of a page.

    Attributes:
        medium: To a clip.
        film: To a film.
        up: To the list of films; empty where there is none.
        runs: To the list of the film's runs; empty where there is none.
        companions: Names and paths of the other companion files of the run.
    """

    medium: UrlOf
    film: Callable[[FilmEntry], str | None]
    up: str = ""
    runs: str = ""
    companions: Sequence[tuple[str, str]] = ()


def storyboard(
    manifest: Manifest,
    links: Links,
    *,
    previews: Mapping[Sha256, bytes],
    posters: Mapping[Sha256, bytes],
    film_money: Money | None = None,
) -> str:
    """Draw the page of a run.

    Args:
        manifest: Of the run.
        links: Where the page leads.
        previews: WebP, by what they show; a card without one says what it would be.
        posters: WebP, of the films.
        film_money: What the film cost in all its runs until now; None for what the manifest says
            that it was when the run had ended.
    """
    return template("storyboard.html").render(
        manifest=manifest,
        steps=manifest.steps,
        links=links,
        previews={sha256: data_uri(data) for sha256, data in previews.items()},
        posters={sha256: data_uri(data) for sha256, data in posters.items()},
        makers=makers(manifest),
        paid=[step for step in manifest.steps if step.is_paid],
        film_money=film_money if film_money is not None else manifest.film_money,
        words=words,
    )


def run_list(runs: Sequence[tuple[str, Manifest]], *, film: str, up: str = "") -> str:
    """Draw the list of a film's runs.

    Args:
        runs: Where the page of each is, and its manifest; the newest first.
        film: Where the page of the film is; empty where no run has made one.
        up: Where the list of films is; empty where there is none.
    """
    return template("runs.html").render(runs=runs, film=film, up=up, words=words)


def makers(manifest: Manifest) -> dict[str, Sequence[str]]:
    """The names of each step's inputs: steps and given media."""
    return {step.name: tuple(dict.fromkeys(_sources(step.arguments))) for step in manifest.steps}


def data_uri(webp: bytes) -> str:
    """A picture that is part of the page."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"


def shot_name(name: str, medium: Medium) -> str:
    """The file name of a clip: its step's or its own name, safe on any disk."""
    suffix = SUFFIXES.get(medium.content_type, "")
    if suffix == ".webm" and name.lower().endswith(_MATROSKA):
        suffix = _MATROSKA  # the two begin alike
    plain = "".join(
        char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in name
    )
    plain = plain.removesuffix(suffix).strip("-.")[:100]
    return f"{plain or medium.sha256[:12]}{suffix}"


_MATROSKA = ".mkv"
SUFFIXES = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "audio/mp4": ".m4a",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
}
"""By content type."""


@cache
def template(name: str) -> Template:
    """Read one of our pages; everything put into it is escaped."""
    environment = Environment(
        loader=PackageLoader("shotgraph.report", "pages"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _sources(value: object) -> list[str]:
    if isinstance(value, Mapping):
        if "step" in value:
            return [str(value["step"])]
        if "sha256" in value:
            return [str(value.get("file", ""))] if value.get("file") else []
        if value.keys() <= {"from", "of"}:
            return [str(value["from"])] if "from" in value else []
        return [name for item in value.values() for name in _sources(item)]
    if isinstance(value, list | tuple):
        return [name for item in value for name in _sources(item)]
    return []


def _shown(value: object) -> object:
    # Escaping is against tags; a sign that turns the direction of the text is none.
    return shown(value, lines=True) if type(value) is str else value
