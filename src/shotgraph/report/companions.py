"""Write the companion files of a film: storyboard, manifest, timeline, clips."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from shotgraph.errors import FilmNotWritten, FullDisk, ShotgraphError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import Medium, start_timecode
from shotgraph.media.start_timecode import StartTimecode
from shotgraph.model.references import SUFFIXES, Sha256
from shotgraph.money.results import Results
from shotgraph.report.film_folder import (
    INDEX,
    MANIFEST,
    RUNS,
    SHOTS,
    STORYBOARD,
    TIMELINE,
    FilmFolder,
    RunFiles,
    Shots,
    StagedFilms,
    manifest_text,
)
from shotgraph.report.manifest import Manifest
from shotgraph.report.pictures import FEW, Pictures
from shotgraph.report.storyboard import Drawn, Links, run_list, shot_name, storyboard
from shotgraph.report.timeline import timeline
from shotgraph.store import Store
from shotgraph.store.disk import is_of_full_disk


def clip_path(medium: Medium) -> str:
    """The path of a clip; it contains the clip's hash, so it never shows another clip."""
    return f"/clips/{medium.sha256}{SUFFIXES.get(medium.content_type, '')}"


def film_path(name: str) -> str:
    """The path of a film's storyboard."""
    return f"/films/{quote(name, safe='')}"


def runs_path(name: str) -> str:
    """The path of the list of a film's runs."""
    return f"{film_path(name)}/runs"


def run_path(manifest: Manifest) -> str:
    """The path of the storyboard of one run of a film."""
    return f"{film_path(manifest.film)}/{quote(manifest.run_id, safe='')}"


async def write_companions(
    manifest: Manifest, store: Store, folder: Path, films: StagedFilms | None = None
) -> Path:
    """Write the files of a run, and put its films in place if it made them.

    Every run gets its own folder, ``<folder>/<film>/runs/<run>/``. The files in
    ``<folder>/<film>/`` belong to the run that made the film next to that folder: only a run that
    made the whole film replaces them.

    The shots are links into the store, named after their steps. They take no room; the page and
    the timeline refer to them.

    Args:
        manifest: The manifest of the run.
        store: The store with the clips.
        folder: The folder for films.
        films: The run's films, if it made any. They are moved into place together with their page.

    Returns:
        The path of the storyboard: the film's page; the run's own page if it made no whole film.

    Raises:
        FilmNotWritten: The folder can't be written to, or a film can't be moved into place.
    """
    place = FilmFolder(folder, manifest.film)
    is_whole = manifest.status == "done"
    try:
        files = await _files(manifest, store)
        own = place.put_run(files)
        if is_whole:
            await _keep_earlier(place, store)
            place.put_film(files, films)
        else:
            await _settle(place, store)
        place.put_list(_list_of(place))
    except OSError as error:
        if is_of_full_disk(error):
            raise FullDisk.of(place.path) from None
        raise FilmNotWritten(
            f"the storyboard can't be written to {place.path}: {error.strerror}; the film is not "
            "touched by that"
        ) from None
    return (place.path if is_whole else own) / STORYBOARD


async def _files(manifest: Manifest, store: Store) -> RunFiles:
    drawn = await Drawn.of(manifest, Pictures(store, draws=FEW))
    shots = await shots_of(manifest, store)
    named = _named_timelines(manifest)

    def url_of(medium: Medium) -> str | None:
        return quote(f"{SHOTS}/{shots[medium.sha256][0]}") if medium.sha256 in shots else None

    def page(links: Links) -> str:
        return storyboard(manifest, links, drawn)

    own = Links(
        medium=url_of,
        film=lambda film: url_of(film.medium),
        runs=f"../{INDEX}",
        companions=[("manifest", MANIFEST), *named],
    )
    top = replace(
        own,
        film=lambda film: quote(f"../{film.file}"),
        delivery=lambda one: quote(one.file),
        runs=f"{RUNS}/{INDEX}",
    )
    sounding, starts = await sounding_of(manifest, shots, store), await starts_of(manifest, shots)
    both = {
        name: _json(timeline(manifest, film, url_of, sounding, starts=starts))
        for (_, name), film in zip(named, manifest.films, strict=True)
    }
    both[MANIFEST] = manifest_text(manifest)
    return RunFiles(
        manifest,
        own={STORYBOARD: await asyncio.to_thread(page, own), **both},
        top={STORYBOARD: await asyncio.to_thread(page, top), **both},
        shots=[*shots.values(), *_same_shots(manifest, shots)],
    )


def _named_timelines(manifest: Manifest) -> list[tuple[str, str]]:
    if len(manifest.films) == 1:
        return [("timeline", TIMELINE)]
    several = range(1, len(manifest.films) + 1)
    return [(f"timeline {number}", f"timeline-{number}.otio") for number in several]


async def shots_of(manifest: Manifest, store: Store) -> Shots:
    """Name the clips of a run, and find the file of each on this machine.

    Clips that the store has lost are skipped.
    """
    found: dict[Sha256, tuple[str, Path]] = {}
    taken: set[str] = set()
    steps = {step.medium.sha256: step for step in manifest.steps if step.medium is not None}
    named = {entry.medium.sha256: entry.name for entry in manifest.given if entry.medium}
    media = manifest.media()
    # Results of steps come first, so that an input with a step's name can't take that name.
    for sha256 in sorted(media, key=lambda each: each not in steps):
        medium = media[sha256]
        try:
            path = await store.assets.file(medium)
        except ShotgraphError:
            continue
        name = shot_name(steps[sha256].name if sha256 in steps else named.get(sha256, ""), medium)
        while name.lower() in taken:
            name = f"{Path(name).stem}-{sha256[:6]}{Path(name).suffix}"
        taken.add(name.lower())
        found[sha256] = (name, path)
    return found


def _same_shots(manifest: Manifest, shots: Shots) -> Iterator[tuple[str, Path]]:
    """Name the clips whose bytes another clip of the run has too, so that none seems missing."""
    taken = {name.lower(): sha256 for sha256, (name, _) in shots.items()}
    named = [(step.name, step.medium) for step in manifest.steps]
    named += [(entry.name, entry.medium) for entry in manifest.given]
    for own, medium in named:
        if medium is None or medium.sha256 not in shots:
            continue
        sha256, name = medium.sha256, shot_name(own, medium)
        while taken.get(name.lower(), sha256) != sha256:
            name = f"{Path(name).stem}-{sha256[:6]}{Path(name).suffix}"
        if name.lower() not in taken:
            taken[name.lower()] = sha256
            yield name, shots[sha256][1]


async def sounding_of(manifest: Manifest, shots: Shots, store: Store) -> dict[Sha256, int]:
    """Count the channels of each medium with sound, if its file is on this machine."""
    found: dict[Sha256, MediaInfo] = {}
    for step in manifest.steps:
        # The record of a result has the channels, so the clip is not opened.
        result = await Results(store).get(step.key) if step.key is not None else None
        if result is not None:
            found[result.asset.sha256] = result.info
    for sha256, medium in manifest.media().items():
        if sha256 in shots and sha256 not in found and medium.kind in ("video", "audio"):
            with suppress(ShotgraphError):
                found[sha256] = await store.assets.info(medium)
    return {
        sha256: info.audio.channels
        for sha256, info in found.items()
        if sha256 in shots and info.audio is not None
    }


async def starts_of(manifest: Manifest, shots: Shots) -> dict[Sha256, StartTimecode]:
    """Read the start timecodes of the clips that were given or bought; local steps write none."""
    media = [entry.medium for entry in manifest.given]
    media += [step.medium for step in manifest.steps if step.is_paid]
    found: dict[Sha256, StartTimecode] = {}
    for medium in media:
        if medium is None or medium.sha256 not in shots or medium.kind not in ("video", "audio"):
            continue
        with suppress(ShotgraphError):
            start = await start_timecode(shots[medium.sha256][1])
            if start is not None:
                found[medium.sha256] = start
    return found


async def _keep_earlier(place: FilmFolder, store: Store) -> None:
    """Make a folder for the run of the present page, which is about to be replaced.

    Such a folder is missing only if the page is of an older version.
    """
    earlier = place.shown()
    if earlier is not None and not place.has_run(earlier.run_id):
        place.put_run(await _files(earlier, store))


async def _settle(place: FilmFolder, store: Store) -> None:
    """Make page and film belong to one run: a killed process may have moved only one of them."""
    shown = place.shown()
    if shown is not None and (
        shown.status != "done" or await asyncio.to_thread(place.holds, shown)
    ):
        return
    for _, run in place.runs():
        if run.status == "done" and await asyncio.to_thread(place.holds, run):
            place.put_film(await _files(run, store), None)
            return


def _list_of(place: FilmFolder) -> str:
    runs = [(quote(f"{name}/{STORYBOARD}"), manifest) for name, manifest in place.runs()]
    return run_list(runs, film=f"../{STORYBOARD}" if place.shown() is not None else "")


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
