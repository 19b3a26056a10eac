"""A run as Markdown, for a place that shows nothing else: Prefect's artifacts.

What is shown there is Markdown with pictures, and neither a video nor a page of ours. All of a
run's artifacts are sent at once when one is looked at, so this one is kept small.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from shotgraph.media.sheets.smaller import glimpse_of, still_of
from shotgraph.media_ref import Sha256
from shotgraph.report import words
from shotgraph.report.manifest import FilmEntry, Manifest, Medium, StepEntry
from shotgraph.report.pictures import Pictures
from shotgraph.report.places import clip_place, run_place
from shotgraph.report.storyboard import data_uri

MOST_BYTES = 300_000
PROMPT_CHARS = 400
PICTURE_PX = 240
LEAST_MOVING_BYTES = 8_000
"""A moving picture of fewer bytes shows nothing."""
_STILLS = "There are too many shots for moving pictures here: these are stills."
_NONE = "There are too many shots for pictures here."
# Of what is left for pictures, since text is made of them by four bytes for three.
_BASE64 = Fraction(3, 4)


async def markdown(
    manifest: Manifest, pictures: Pictures, *, view_url: str | None, folder: str
) -> str:
    """Write a run's storyboard and its costs, with as much of its pictures as there is room for.

    Args:
        manifest: Of the run.
        pictures: Those of its store.
        view_url: Where ``shotgraph view serve`` is; None where it is not.
        folder: Where the film is on the machine that made it.

    Returns:
        At most 300 kB, however many steps there are.
    """
    media = {step.medium.sha256: step.medium for step in manifest.steps if step.medium is not None}
    previews = await pictures.all_of(media.values(), "preview")
    return await asyncio.to_thread(_fitting, manifest, previews, view_url, folder)


def _fitting(
    manifest: Manifest, previews: Mapping[Sha256, bytes], view_url: str | None, folder: str
) -> str:
    bare = _page(manifest, {}, _STILLS, view_url, folder)
    each = int((MOST_BYTES - len(bare.encode())) * _BASE64) // max(1, len(manifest.steps))
    for draw, note in ((_moving, ""), (_still, _STILLS)):
        drawn = {sha256: draw(data, each) for sha256, data in previews.items()}
        if all(drawn.values()):
            known = {sha256: data for sha256, data in drawn.items() if data is not None}
            text = _page(manifest, known, note, view_url, folder)
            if len(text.encode()) <= MOST_BYTES:
                return text
    return _without_pictures(manifest, view_url, folder)


def _moving(preview: bytes, most_bytes: int) -> bytes | None:
    return glimpse_of(preview, most_bytes) if most_bytes >= LEAST_MOVING_BYTES else None


def _still(preview: bytes, most_bytes: int) -> bytes | None:
    still = still_of(preview)
    return still if len(still) <= most_bytes else None


def _without_pictures(manifest: Manifest, view_url: str | None, folder: str) -> str:
    shown = len(manifest.steps)
    while True:
        left_out = len(manifest.steps) - shown
        note = _NONE + (f" The last {left_out} steps are left out." if left_out else "")
        cut = manifest.model_copy(update={"steps": manifest.steps[:shown]})
        text = _page(cut, {}, note, view_url, folder)
        if len(text.encode()) <= MOST_BYTES or not shown:
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
        f"**{escaped(manifest.error.message)}**" if manifest.error is not None else "",
        *(_film(film, view_url, folder) for film in manifest.films),
        f"[The whole storyboard]({view_url}{run_place(manifest)})" if view_url else "",
        _board(manifest.steps, drawn, view_url),
        note,
        _costs(manifest),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(manifest: Manifest) -> str:
    cost, estimate = words.dollars(manifest.cost_usd), words.dollars(manifest.estimate_usd)
    paid = f"would have cost {cost}" if manifest.is_rehearsal else f"cost {cost}"
    rehearsal = "a rehearsal, " if manifest.is_rehearsal else ""
    return f"{rehearsal}{words.end_words(manifest)}: {paid}, {estimate} estimated".capitalize()


def _film(film: FilmEntry, view_url: str | None, folder: str) -> str:
    about = words.format_words(film.medium)
    if film.medium.kind == "video":
        about = f"{words.length(film.medium.duration_s)}, {about}"
    if view_url:
        return f"[Play {escaped(film.file)}]({view_url}{clip_place(film.medium)}) ({about})"
    return f"{_code(f'{folder}/{film.file}')} ({about})"


def _board(steps: Sequence[StepEntry], drawn: Mapping[Sha256, bytes], view_url: str | None) -> str:
    rows = [
        [
            _picture(step.medium, drawn, step.name),
            f"{_linked(step, view_url)}<br>{_words(step)}",
            "<br>".join(part for part in _facts(step) if part),
        ]
        for step in steps
    ]
    return _table(["", "shot", ""], rows)


def _words(step: StepEntry) -> str:
    return escaped(step.error.message if step.error is not None else step.prompt)


def _facts(step: StepEntry) -> Sequence[str]:
    cost = words.dollars(step.cost_usd) if step.is_paid else ""
    return words.state_words(step), cost, _length(step.medium)


def _costs(manifest: Manifest) -> str:
    paid = [step for step in manifest.steps if step.is_paid]
    if not paid:
        return ""
    rows = [
        [
            escaped(step.name),
            _code(step.endpoint or ""),
            words.dollars(step.estimate_usd) if step.estimate_usd is not None else "",
            words.dollars(step.cost_usd),
            escaped(step.estimate_was_off),
            _code(step.request_id) if step.request_id else "",
        ]
        for step in paid
    ]
    total = [words.dollars(manifest.estimate_usd), words.dollars(manifest.cost_usd)]
    rows.append(["**this run**", "", *total, "", ""])
    headings = ["shot", "model", "estimated", "billed", "why", "request"]
    return f"## What it cost\n\n{_table(headings, rows)}"


def _picture(medium: Medium | None, drawn: Mapping[Sha256, bytes], name: str) -> str:
    data = drawn.get(medium.sha256) if medium is not None else None
    if data is None:
        return ""
    return f'<img src="{data_uri(data)}" width="{PICTURE_PX}" alt="{escaped(name)}">'


def _linked(step: StepEntry, view_url: str | None) -> str:
    name = escaped(step.name)
    if view_url and step.medium is not None:
        return f"[{name}]({view_url}{clip_place(step.medium)})"
    return f"**{name}**"


def _length(medium: Medium | None) -> str:
    return words.length(medium.duration_s) if medium is not None and medium.kind != "image" else ""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


# Entities, and no backslashes: the UI shows those of a link's text as they are.
_SIGNS = re.compile(r"[^\w\s.,;?%@=/-]|_")


def escaped(text: str) -> str:
    """Write other people's words so that Markdown shows them as they are, in one line."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    cut = "…" if len(plain) > PROMPT_CHARS else ""
    return _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", plain[:PROMPT_CHARS]) + cut


def _code(text: str) -> str:
    plain = "".join(char if char.isprintable() and char not in "`|<>" else " " for char in text)
    return f"`{plain}`"
