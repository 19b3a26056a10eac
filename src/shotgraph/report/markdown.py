"""A run as Markdown, for Prefect's artifacts.

Prefect's artifacts show Markdown with pictures, but no videos and no HTML pages. Prefect sends all
artifacts of a run whenever a person opens one, so this one is kept small.
"""

import html
import re
from collections.abc import Mapping, Sequence

from shotgraph.foreign_text import shown
from shotgraph.media.probe import Medium
from shotgraph.model.references import Sha256
from shotgraph.money.accounts import Money
from shotgraph.report import words
from shotgraph.report.companions import clip_path, run_path
from shotgraph.report.manifest import FilmEntry, Manifest, StepEntry
from shotgraph.report.pictures import GLIMPSE_BYTES, PictureKind, Pictures
from shotgraph.report.report import DeliveryEntry
from shotgraph.report.storyboard import data_uri

MOST_BYTES = 300_000
PROMPT_CHARS = 400
PICTURE_PX = 240
_STILLS = "The film has too many shots for moving pictures here, so these are stills."
_NONE = "The film has too many shots for pictures here."
_LOOKS: Sequence[tuple[PictureKind, int, str]] = (
    ("preview", 24, ""),
    ("glimpse", MOST_BYTES // GLIMPSE_BYTES, ""),
    ("still", 100, _STILLS),
)
"""The kinds of pictures to try, in order; each with its largest number of shots, and a note."""


async def markdown(
    manifest: Manifest, pictures: Pictures, *, view_url: str | None, folder: str
) -> str:
    """Write a run's storyboard and costs, with the best kind of pictures that fits.

    Args:
        manifest: The manifest of the run.
        pictures: The pictures of the store.
        view_url: The URL of ``shotgraph view serve``; None if it does not run.
        folder: The folder of the film on the machine that made it.

    Returns:
        At most 300 kB of Markdown, however many steps the run has.
    """
    media = [step.medium for step in manifest.steps if step.medium is not None]
    for look, most, note in _LOOKS:
        # Don't read pictures that can't all be shown.
        if len(media) > most:
            continue
        text = _page(manifest, await pictures.all_of(media, look), note, view_url, folder)
        if _fits(text):
            return text
    return _without_pictures(manifest, view_url, folder)


def _fits(text: str) -> bool:
    return len(text.encode()) <= MOST_BYTES


def _without_pictures(manifest: Manifest, view_url: str | None, folder: str) -> str:
    shown = len(manifest.steps)
    while True:
        left_out = len(manifest.steps) - shown
        note = _NONE + (f" The last {left_out} steps are left out." if left_out else "")
        cut = manifest.model_copy(update={"steps": manifest.steps[:shown]})
        text = _page(cut, {}, note, view_url, folder)
        if _fits(text) or not shown:
            return text
        shown = shown * 3 // 4


def _page(
    manifest: Manifest,
    drawn: Mapping[Sha256, bytes],
    note: str,
    view_url: str | None,
    folder: str,
) -> str:
    parts = [
        f"# {escaped(manifest.film)}",
        escaped(manifest.description),
        _summary(manifest),
        escaped(manifest.error.message) if manifest.error is not None else "",
        *(_film(film, view_url, folder) for film in manifest.films),
        *(_delivery(one, f"{folder}/{manifest.film}") for one in manifest.deliveries),
        f"[The whole storyboard]({view_url}{run_path(manifest)})" if view_url else "",
        _board(manifest.steps, drawn, view_url),
        note,
        _costs(manifest),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(manifest: Manifest) -> str:
    cost, estimate = words.money(manifest.money), words.dollars(manifest.estimate_usd)
    paid = f"would have cost {cost}" if manifest.is_rehearsal else f"cost {cost}"
    rehearsal = "a rehearsal, " if manifest.is_rehearsal else ""
    run = f"{rehearsal}{words.end_words(manifest)}: {paid}, {estimate} estimated".capitalize()
    film = manifest.film_money
    if film is None or film == (Money() if manifest.is_rehearsal else manifest.money):
        return run
    return f"{run}. The film has cost {words.money(film)} in all its runs"


def _film(film: FilmEntry, view_url: str | None, folder: str) -> str:
    about = words.format_words(film.medium)
    if film.medium.kind == "video":
        about = f"{words.length(film.medium.duration_s)}, {about}"
    if view_url:
        return f"[Play the film]({view_url}{clip_path(film.medium)}): {escaped(film.file)}, {about}"
    return f"{_code(f'{folder}/{film.file}')} ({about})"


def _delivery(one: DeliveryEntry, folder: str) -> str:
    measured = one.measured.lines()[1:] if one.measured is not None else []
    about = ", ".join([words.format_words(one.medium), *map(escaped, measured)])
    return f"{_code(f'{folder}/{one.file}')} ({about})"


def _board(steps: Sequence[StepEntry], drawn: Mapping[Sha256, bytes], view_url: str | None) -> str:
    # No table: Prefect's UI does not wrap the words in table cells.
    return "\n\n".join(_card(step, drawn, view_url) for step in steps)


def _card(step: StepEntry, drawn: Mapping[Sha256, bytes], view_url: str | None) -> str:
    facts = [
        escaped(step.name),
        words.state_words(step),
        words.step_cost(step) if step.is_paid or step.was_taken_again else "",
        _length(step.medium),
        f"[play]({view_url}{clip_path(step.medium)})" if view_url and step.medium else "",
    ]
    said = escaped(step.error.message if step.error is not None else step.prompt)
    parts = [
        _picture(step.medium, drawn, step.name),
        ", ".join(fact for fact in facts if fact),
        f"> {said}" if said else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _costs(manifest: Manifest) -> str:
    paid = [step for step in manifest.steps if step.is_paid or step.was_taken_again]
    if not paid:
        return ""
    rows = [
        [
            escaped(step.name),
            words.dollars(step.estimate_usd) if step.estimate_usd is not None else "",
            words.step_cost(step),
            _code(step.request_id) if step.request_id else "",
            _code(step.endpoint) if step.endpoint else "",
            escaped(step.estimate_was_off),
        ]
        for step in paid
    ]
    total = [words.dollars(manifest.estimate_usd), words.money(manifest.money)]
    rows.append(["**this run**", *total, "", "", ""])
    if manifest.film_money is not None:
        film = words.money(manifest.film_money)
        rows.append(["**the film, in all its runs**", "", film, "", "", ""])
    headings = ["shot", "estimated", "billed", "request", "model", "why it differs"]
    return f"## What it cost\n\n{_table(headings, rows)}"


def _picture(medium: Medium | None, drawn: Mapping[Sha256, bytes], name: str) -> str:
    data = drawn.get(medium.sha256) if medium is not None else None
    if data is None:
        return ""
    return f'<img src="{data_uri(data)}" width="{PICTURE_PX}" alt="{html.escape(name)}">'


def _length(medium: Medium | None) -> str:
    return words.length(medium.duration_s) if medium is not None and medium.kind != "image" else ""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


# Backslashes, because Prefect's older UI shows numbered entities as they are written. Inside of a
# link or of bold words, it shows the backslashes too: no escaped text may be there.
_SIGNS = re.compile(r"([\\`*_{}\[\]()#+!|~$:-])")


def escaped(text: str) -> str:
    """Escape foreign text, so that Markdown shows it literally; one line, cut if too long."""
    plain = shown(text)
    cut = "…" if len(plain) > PROMPT_CHARS else ""
    tagless = html.escape(plain[:PROMPT_CHARS], quote=False)
    return _SIGNS.sub(r"\\\1", tagless) + cut


def _code(text: str) -> str:
    plain = "".join(char if char not in "`|<>" else " " for char in shown(text))
    return f"`{plain}`"
