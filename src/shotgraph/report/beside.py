"""What a run leaves beside its film: the storyboard, the manifest, the timeline and the shots."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from shotgraph.errors import InvalidInput, ShotgraphError
from shotgraph.media_ref import Asset, Sha256
from shotgraph.report.manifest import Manifest
from shotgraph.report.pictures import Pictures
from shotgraph.report.storyboard import Links, shot_name, storyboard
from shotgraph.report.timeline import timeline
from shotgraph.store import Store
from shotgraph.store.scratch import room_in, sweep_rooms

STORYBOARD, MANIFEST, TIMELINE, SHOTS = "storyboard.html", "manifest.json", "timeline.otio", "shots"
_ROOM = ".shotgraph-"


async def leave_beside(manifest: Manifest, store: Store, folder: Path) -> Path:
    """Write what belongs to a film into ``<folder>/<film>/``; what an older run left is replaced.

    The shots are links into the store, under the names of their steps: they take no room, and
    are what the page and the timeline lead to.

    Args:
        manifest: Of the run.
        store: Where its clips are.
        folder: The film's.

    Returns:
        The storyboard.

    Raises:
        InvalidInput: The folder can't be written to.
    """
    pictures = Pictures(store)
    previews = await pictures.all_of(manifest.media().values(), "preview")
    posters = await pictures.all_of((film.medium for film in manifest.films), "poster")
    place = folder.absolute() / manifest.film
    files = await _files(manifest, store)
    links = Links(
        medium=lambda medium: (
            _url(f"{SHOTS}/{files[medium.sha256][0]}") if medium.sha256 in files else None
        ),
        film=lambda film: _url(f"../{film.file}"),
        beside=[("manifest", MANIFEST), *(_named_timelines(manifest))],
    )
    page = await asyncio.to_thread(storyboard, manifest, links, previews=previews, posters=posters)
    written = {STORYBOARD: page, MANIFEST: manifest.model_dump_json(indent=2) + "\n"}
    for (_, name), film in zip(_named_timelines(manifest), manifest.films, strict=True):
        written[name] = _json(timeline(manifest, film, links.medium))
    try:
        _write(place, written)
        _link(place / SHOTS, dict(files.values()))
    except OSError as error:
        raise InvalidInput(
            f"the storyboard can't be written to {place}: {error.strerror}; the film is not "
            "touched by that"
        ) from None
    return place / STORYBOARD


def _named_timelines(manifest: Manifest) -> list[tuple[str, str]]:
    if len(manifest.films) == 1:
        return [("timeline", TIMELINE)]
    several = range(1, len(manifest.films) + 1)
    return [(f"timeline {number}", f"timeline-{number}.otio") for number in several]


async def _files(manifest: Manifest, store: Store) -> Mapping[Sha256, tuple[str, Path]]:
    """Name the shots, and find where each is on this machine."""
    found: dict[Sha256, tuple[str, Path]] = {}
    taken: set[str] = set()
    steps = {step.medium.sha256: step for step in manifest.steps if step.medium is not None}
    named = {entry.medium.sha256: entry.name for entry in manifest.given if entry.medium}
    for sha256, medium in manifest.media().items():
        fields = {name: getattr(medium, name) for name in Asset.model_fields}
        try:
            path = await store.assets.file(Asset.model_validate(fields))
        except ShotgraphError:
            continue
        name = shot_name(steps[sha256].name if sha256 in steps else named.get(sha256, ""), medium)
        while name.lower() in taken:
            name = f"{Path(name).stem}-{sha256[:6]}{Path(name).suffix}"
        taken.add(name.lower())
        found[sha256] = (name, path)
    return found


def _write(place: Path, written: Mapping[str, str]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    sweep_rooms(place, _ROOM)
    with room_in(place, _ROOM) as room:
        for name, text in written.items():
            (room / name).write_text(text, encoding="utf-8")
            (room / name).replace(place / name)


def _link(shots: Path, wanted: Mapping[str, Path]) -> None:
    shots.mkdir(exist_ok=True)
    for old in shots.iterdir():
        # Only our own links: a file that somebody has put there is theirs.
        if old.is_symlink():
            old.unlink()
    for name, path in wanted.items():
        if not (shots / name).exists():
            os.symlink(path, shots / name)


def _url(path: str) -> str:
    return quote(path)


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
