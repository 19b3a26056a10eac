"""The storyboard: a page that shows a run to people, with prompts and costs.

The page is one file: no script, font or picture comes from outside. Its policy lets the browser run
only our script, by its hash. Prompts, file names and fal's messages are foreign text: all of them
are escaped, and the script treats them as text.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from shotgraph.foreign_text import shown
from shotgraph.media.probe import Medium
from shotgraph.model.references import SUFFIXES, Sha256
from shotgraph.money.accounts import Money
from shotgraph.report import words
from shotgraph.report.edit_list import Cut, FilmShot, shots_on_film
from shotgraph.report.gates_asked import GateAsked, gates_asked
from shotgraph.report.graph_drawing import draw_graph
from shotgraph.report.manifest import FilmEntry, Manifest, mappings_in
from shotgraph.report.notes import Note
from shotgraph.report.pictures import Pictures
from shotgraph.report.report import DeliveryEntry
from shotgraph.report.take_groups import base_name, take_groups
from shotgraph.report.timeline import UrlOf


@dataclass(frozen=True)
class Links:
    """The links of a page.

    Attributes:
        medium: The link to a clip.
        picture: The link to a preview that a server draws on request. None without a server: the
            page then shows the clip's own first frame.
        film: The link to a film.
        up: The link to the list of films; empty if there is none.
        runs: The link to the list of the film's runs; empty if there is none.
        delivery: The link to a further file of a film.
        companions: Names and paths of the other companion files of the run.
    """

    medium: UrlOf
    film: Callable[[FilmEntry], str | None]
    picture: UrlOf = lambda _: None
    up: str = ""
    runs: str = ""
    delivery: Callable[[DeliveryEntry], str | None] = lambda _: None
    companions: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class RoomGate:
    """A gate, and its decision.

    Attributes:
        chosen: The number of the chosen clip, from 1; None if nobody has chosen.
        again: The decided retake, in words; empty if there is none.
        resumes: Whether a run of a deployment waits for the answer, and continues at once.
    """

    gate: GateAsked
    chosen: int | None = None
    again: str = ""
    resumes: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the gate is not decided, or a run waits for the answer."""
        return self.resumes or (self.gate.waits and self.chosen is None and not self.again)


@dataclass(frozen=True)
class ScreeningRoom:
    """The additions of the screening room to a page.

    Attributes:
        gates: All gates of the run that can be decided, by name.
        notes: People's notes, the newest last.
        seen: A mark that changes when there is news about the film.
    """

    gates: Mapping[str, RoomGate]
    notes: Sequence[Note]
    seen: str


@dataclass(frozen=True)
class Drawn:
    """The pictures of a page, as WebP; a medium without a picture is shown in words.

    Attributes:
        previews: The previews, by the hash of their medium.
        posters: The posters of the films, by the hash of the film.
        strips: Eight frames in a row, by the hash of their medium.
        frames: Single frames of each film, by their numbers.
    """

    previews: Mapping[Sha256, bytes]
    posters: Mapping[Sha256, bytes]
    strips: Mapping[Sha256, bytes] = field(default_factory=dict)
    frames: Mapping[Sha256, Mapping[int, bytes]] = field(default_factory=dict)

    @classmethod
    async def of(cls, manifest: Manifest, pictures: Pictures) -> "Drawn":
        """Read the kept pictures, and draw the missing ones that `pictures` may draw."""
        films = {film.medium.sha256: film for film in manifest.films}
        media = {sha256: film.medium for sha256, film in films.items()} | manifest.media()
        sides = {
            sha256: [number for cut in shots_on_film(manifest, film)[1] for number in cut.frames]
            for sha256, film in films.items()
        }
        # The film's own pictures come first, because not all missing ones may be drawn.
        posters = await pictures.all_of((film.medium for film in films.values()), "poster")
        frames = {
            sha256: await pictures.frames_of(films[sha256].medium, numbers)
            for sha256, numbers in sides.items()
            if numbers
        }
        previews = await pictures.all_of(media.values(), "preview")
        moving = (medium for medium in media.values() if medium.sha256 in previews)
        return cls(previews, posters, await pictures.all_of(moving, "strip"), frames)


def storyboard(
    manifest: Manifest,
    links: Links,
    drawn: Drawn,
    *,
    film_money: Money | None = None,
    room: ScreeningRoom | None = None,
) -> str:
    """Draw the page of a run.

    Args:
        manifest: The manifest of the run.
        links: The links of the page.
        drawn: The pictures of the page.
        film_money: The cost of the film in all its runs until now; None shows the manifest's sum,
            from the end of the run.
        room: The additions of the screening room: decisions and notes; None for a page on a disk.
    """
    made_of = makers(manifest)
    uris = {
        name: {sha256: data_uri(data) for sha256, data in pictures.items()}
        for name, pictures in (
            ("previews", drawn.previews),
            ("posters", drawn.posters),
            ("strips", drawn.strips),
        )
    }
    script = script_of("player", "board", *(("live", "room") if room is not None else ()))
    return template("storyboard.html").render(
        manifest=manifest,
        steps=manifest.steps,
        links=links,
        **uris,
        films=[_shown_film(manifest, film, drawn) for film in manifest.films],
        gates=[gate for gate in gates_asked(manifest) if gate.waits],
        takes=take_groups(manifest),
        graph=draw_graph(manifest, made_of),
        makers=made_of,
        media=_by_name(manifest),
        firsts=_firsts(manifest),
        befores=_befores(manifest),
        agains=_how_again(manifest),
        paid=[step for step in manifest.steps if step.is_paid or step.was_taken_again],
        film_money=film_money if film_money is not None else manifest.film_money,
        words=words,
        room=room,
        policy=page_policy(script, is_served=bool(links.up)),
        script=Markup(script),  # noqa: S704  our own file
    )


@dataclass(frozen=True)
class _ShownFilm:
    entry: FilmEntry
    shots: Sequence[FilmShot]
    cuts: Sequence[Cut]
    frames: Mapping[int, str]
    numbers: Mapping[int, str]


def _shown_film(manifest: Manifest, film: FilmEntry, drawn: Drawn) -> _ShownFilm:
    shots, cuts = shots_on_film(manifest, film)
    frames = drawn.frames.get(film.medium.sha256, {})
    numbers = {cut.frame: cut.line() for cut in film.cuts}
    uris = {number: data_uri(one) for number, one in frames.items()}
    return _ShownFilm(film, shots, cuts, uris, numbers)


def _by_name(manifest: Manifest) -> dict[str, Medium | None]:
    return {
        **{given.name: given.medium for given in manifest.given},
        **{step.name: step.medium for step in manifest.steps},
    }


def _firsts(manifest: Manifest) -> dict[str, bool]:
    """Whether a step's card shows its picture: the page shows each medium's picture only once."""
    seen = {given.medium.sha256 for given in manifest.given if given.medium is not None}
    found = {}
    for step in manifest.steps:
        sha256 = step.medium.sha256 if step.medium is not None else None
        found[step.name] = sha256 is not None and sha256 not in seen
        seen |= {sha256} if sha256 is not None else set()
    return found


def _befores(manifest: Manifest) -> dict[str, Medium | None]:
    """The original clip of each edited clip, by step; None for other steps."""
    found: dict[str, Medium | None] = {}
    for step in manifest.steps:
        ref = step.arguments.get("video")
        is_one = step.kind == "edit" and isinstance(ref, Mapping) and step.medium is not None
        found[step.name] = manifest.medium_of(ref) if is_one and ref is not None else None
    return found


def _how_again(manifest: Manifest) -> dict[str, str]:
    """The line for the pipeline file that makes the next run buy one more take, by step."""
    paid = [step.name for step in manifest.steps if step.is_paid and step.medium is not None]
    counts: dict[str, int] = {}
    for name in paid:
        counts[base_name(name)] = counts.get(base_name(name), 0) + 1
    return {
        name: f"takes: {counts[base_name(name)] + 1}"
        for name in paid
        if not set("[/") & set(name)  # a step of a loop or of another file
    }


@cache
def script_of(*names: str) -> str:
    """Our own scripts, joined in order."""
    pages = files("shotgraph.report") / "pages"
    return "".join((pages / f"{name}.js").read_text(encoding="utf-8") for name in names)


@cache
def script_hash(script: str) -> str:
    """The hash of a script in the form of a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def page_policy(script: str, *, is_served: bool = False) -> str:
    """The Content-Security-Policy of a page: only our script, pictures and clips.

    Args:
        script: The script of the page.
        is_served: Whether the page comes from a server, and may send requests to it.
    """
    asks = " 'self'; connect-src 'self'" if is_served else ""
    sends = "'self'" if is_served else "'none'"
    return (
        f"default-src 'none'; script-src {script_hash(script)}; img-src data:{asks}; "
        f"media-src 'self' file:; style-src 'unsafe-inline'; base-uri 'none'; form-action {sends}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def run_list(runs: Sequence[tuple[str, Manifest]], *, film: str, up: str = "") -> str:
    """Draw the list of a film's runs.

    Args:
        runs: The link to the page of each run, and its manifest; the newest first.
        film: The link to the page of the film; empty if no run has made the film.
        up: The link to the list of films; empty if there is none.
    """
    return template("runs.html").render(runs=runs, film=film, up=up, words=words)


def makers(manifest: Manifest) -> dict[str, Sequence[str]]:
    """The names of each step's inputs: steps and given media."""
    return {step.name: tuple(dict.fromkeys(_sources(step.arguments))) for step in manifest.steps}


def data_uri(webp: bytes) -> str:
    """A picture as a data URI, which is part of the page itself."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"


def shot_name(name: str, medium: Medium) -> str:
    """The file name of a clip: the name of its step or file, in characters that any disk takes."""
    suffix = SUFFIXES.get(medium.content_type, "")
    if suffix == ".webm" and name.lower().endswith(_MATROSKA):
        suffix = _MATROSKA  # the bytes of both kinds begin alike
    plain = "".join(
        char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in name
    )
    plain = plain.removesuffix(suffix).strip("-.")[:100]
    return f"{plain or medium.sha256[:12]}{suffix}"


_MATROSKA = ".mkv"


@cache
def template(name: str) -> Template:
    """Read a template of our pages; all values that are put into it are escaped."""
    environment = Environment(
        loader=PackageLoader("shotgraph.report", "pages"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _sources(arguments: object) -> Iterator[str]:
    for ref in mappings_in(arguments):
        if "step" in ref:
            yield str(ref["step"])
        elif "sha256" in ref:
            yield from [str(ref["file"])] if ref.get("file") else []
        elif "from" in ref and ref.keys() <= {"from", "of"}:
            yield str(ref["from"])


def _shown(value: object) -> object:
    # Escaping stops tags, but not characters that change the direction of the text.
    return shown(value, lines=True) if type(value) is str else value
