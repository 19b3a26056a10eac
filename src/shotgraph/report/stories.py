"""Put the story of a film behind it: its manifest, the decisions at its gates, and its hashes.

The store keeps the story of the first run that made these bytes under this name, so that a run that
finds the whole film in the store writes the same file again.
"""

import asyncio
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from shotgraph.clock import SystemClock
from shotgraph.errors import MediaError
from shotgraph.foreign_text import without_keys
from shotgraph.media.file_parts import (
    PICTURES,
    FilePart,
    behind,
    container_of,
    file_parts,
    in_chunks,
)
from shotgraph.model.references import Sha256
from shotgraph.money.decisions import Decisions
from shotgraph.report.film_folder import StagedFilms, manifest_text
from shotgraph.report.gates_asked import GateAsked, gates_asked
from shotgraph.report.manifest import FilmEntry, Manifest, StepEntry, mappings_in, steps_in
from shotgraph.report.story import Approval, HashedPart, Story
from shotgraph.store import Store
from shotgraph.store.assets import read_sha256
from shotgraph.store.disk import on_disk_of

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""The prefix of IPTC's terms for the source of pictures."""
_MOST_PIECES, _LEAST_PIECE_BYTES = 64, 1 << 16
"""Pictures and sound are hashed in pieces, so that a changed place can be found."""


async def with_stories(films: StagedFilms, manifest: Manifest, store: Store) -> StagedFilms:
    """Put the story of each film behind it, if the film can carry one.

    Args:
        films: Copies that are not in place yet.
        manifest: The complete manifest of the run.
        store: The store with the stories.

    Returns:
        The films, with the hashes of their files.

    Raises:
        Retryable: The store could not be read or written to.
        FullDisk: The disk is full; the films are unchanged.
    """
    every = manifest.films_and_deliveries()
    entries = {entry.file: entry for entry in every}
    carried = [
        await story_behind(part, manifest, entries[file.path.name], store)
        if file.path.name in entries
        else None
        for file, part in zip(films.files, films.parts, strict=True)
    ]
    hashes = await asyncio.to_thread(_append_all, films, carried)
    files = [
        replace(file, file_sha256=sha256) for file, sha256 in zip(films.files, hashes, strict=True)
    ]
    return replace(films, files=files)


async def story_behind(
    film: Path, manifest: Manifest, entry: FilmEntry, store: Store
) -> bytes | None:
    """Give the bytes of a film's story; None if the film can carry none.

    Args:
        film: A file with the film's own bytes.
        manifest: The manifest of the run that made or found the film.
        entry: The film's entry in the manifest.
        store: The store that keeps the story; a kept story is used again.
    """
    approvals = await _approvals(manifest, store)
    name = f"stories/{entry.medium.sha256}/{_identity(manifest, entry, approvals)}.bin"
    kept = await store.records.get(name)
    if kept is None:
        made = await asyncio.to_thread(_made, film, manifest, entry, approvals)
        if made is None:
            return None
        await store.records.put_if_absent(name, made)
        # If two runs end together, both use the story that was stored first.
        kept = await store.records.get(name) or made
    return kept


def _append_all(films: StagedFilms, carried: Sequence[bytes | None]) -> list[Sha256 | None]:
    """Append each story to its film, or none if one fails; give the hashes of the files.

    Raises:
        FullDisk: The disk is full.
    """
    try:
        for part, behind_it in zip(films.parts, carried, strict=True):
            with on_disk_of(part.parent), part.open("ab") as file:
                file.write(behind_it or b"")
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        for staged, part in zip(films.files, films.parts, strict=True):
            os.truncate(part, staged.medium.size_bytes)
        raise
    return [
        read_sha256(part) if behind_it is not None else None
        for part, behind_it in zip(films.parts, carried, strict=True)
    ]


def _made(
    film: Path, manifest: Manifest, entry: FilmEntry, approvals: Sequence[Approval]
) -> bytes | None:
    with film.open("rb") as file:
        container = container_of(file)
        parts = file_parts(file) if container is not None else None
        if container is None or parts is None:
            return None
        story = Story(
            file=entry.file,
            manifest=without_keys(manifest_text(manifest)),
            approvals=tuple(approvals),
            size_bytes=entry.medium.size_bytes,
            sha256=entry.medium.sha256,
            parts=tuple(_hashed(file, parts)),
            digital_source_type=digital_source_type(manifest, entry.step),
        )
    try:
        return behind(container, _tags(story, manifest), story.model_dump_json().encode())
    except MediaError as error:
        logging.getLogger(__name__).warning("%s: the film carries no story", error.message)
        return None


def _hashed(file: BinaryIO, parts: Sequence[FilePart]) -> Iterator[HashedPart]:
    for part in parts:
        whole = part.size_bytes
        is_cut = part.kind in (PICTURES, "webm")
        most = max(_LEAST_PIECE_BYTES, -(-whole // _MOST_PIECES)) if is_cut else whole
        for start in range(0, whole, most):
            size_bytes = min(most, whole - start)
            found = hashlib.sha256()
            for chunk in in_chunks(file, part.start + start, size_bytes):
                found.update(chunk)
            yield HashedPart(kind=part.kind, size_bytes=size_bytes, sha256=found.hexdigest()[:32])


def _tags(story: Story, manifest: Manifest) -> dict[str, str]:
    made = f"shotgraph {manifest.software.get('shotgraph', '')}".strip()
    drawn = "A rehearsal, drawn without a model" if manifest.is_rehearsal else "Made"
    return {
        "title": Path(story.file).stem,
        "comment": f"{drawn} by {made}, run {manifest.run_id}. "
        "How it was made is in this file: shotgraph inspect FILE",
        "shotgraph_film": manifest.film,
        "shotgraph_run_id": manifest.run_id,
        "shotgraph_manifest_sha256": story.manifest_sha256,
        **(
            {"shotgraph_digital_source_type": story.digital_source_type}
            if story.digital_source_type
            else {}
        ),
    }


def digital_source_type(manifest: Manifest, film: str) -> str:
    """Give IPTC's term for the source of a film's pictures; empty if no model drew any of them."""
    used = upstream_of(manifest, film)
    leaves = {step.is_paid for step in used if step.is_paid or not _shown_in(manifest, step)}
    given = any(not step.is_paid and _given(step) for step in used)
    if True not in leaves:
        return ""
    if manifest.is_rehearsal:
        return f"{SOURCE_TYPES}algorithmicMedia"
    is_composite = given or False in leaves
    kind = "compositeWithTrainedAlgorithmicMedia" if is_composite else "trainedAlgorithmicMedia"
    return SOURCE_TYPES + kind


def film_shown(manifest: Manifest, entry: FilmEntry) -> FilmEntry:
    """The film that a further file was made from; for a film, the film itself."""
    used = {step.name for step in upstream_of(manifest, entry.step)}
    return next((film for film in manifest.films if film.step in used), entry)


def upstream_of(manifest: Manifest, film: str) -> list[StepEntry]:
    """The steps that a film is made of, from the film's own step down to the paid steps.

    Of several takes, only the picked one is included. Inputs that the film does not show are not
    included: the shot that another shot continues, or the clip that gives a title its size.
    """
    return _walked(manifest, film, lambda step: _shown_in(manifest, step))


def needed_for(manifest: Manifest, film: str) -> list[StepEntry]:
    """All steps without which a film can't be made, also those that it does not show.

    Of several takes, only the picked one is included.
    """

    def before(step: StepEntry) -> list[str]:
        return _shown_in(manifest, step) if step.kind == "pick" else step.sources()

    return _walked(manifest, film, before, stops_at_paid=False)


def _walked(
    manifest: Manifest,
    film: str,
    before: Callable[[StepEntry], list[str]],
    *,
    stops_at_paid: bool = True,
) -> list[StepEntry]:
    found: dict[str, StepEntry] = {}
    left = [film]
    while left:
        step = manifest.step(left.pop())
        if step is None or step.name in found:
            continue
        found[step.name] = step
        if not (step.is_paid and stops_at_paid):
            left += before(step)
    return list(found.values())


def _shown_in(manifest: Manifest, step: StepEntry) -> list[str]:
    """The steps whose pictures or sound a local step shows."""
    if step.kind == "continued":
        return steps_in(step.arguments.get("video"))
    if step.kind != "pick" or step.medium is None:
        return steps_in({name: of for name, of in step.arguments.items() if name != "like"})
    takes = [take for name in step.sources() if (take := manifest.step(name)) is not None]
    same = [one for one in takes if one.medium and one.medium.sha256 == step.medium.sha256]
    # Two takes may have the same bytes, but different requests.
    picked = next((one for one in same if one.key == step.key), next(iter(same), None))
    return [picked.name] if picked is not None else step.sources()


def _given(step: StepEntry) -> bool:
    return any("sha256" in ref or "from" in ref for ref in mappings_in(step.arguments))


def _identity(manifest: Manifest, entry: FilmEntry, approvals: Sequence[Approval]) -> str:
    """Name a story by its content, without the parts that differ from run to run.

    A job that was bought in one run and found in the next has another status, cost and attempt.
    """
    # Includes the takes that were not picked, so that stories of older versions are found.
    every = _walked(manifest, entry.step, StepEntry.sources)
    said = [
        manifest.film,
        manifest.backend,
        entry.file,
        entry.step,
        [
            [step.name, step.kind, step.prompt, step.medium.sha256 if step.medium else ""]
            for step in sorted(every, key=lambda step: step.name)
        ],
        [one.model_dump(mode="json") for one in approvals],
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


async def _approvals(manifest: Manifest, store: Store) -> list[Approval]:
    found = []
    decisions = Decisions(store, SystemClock())
    for gate in gates_asked(manifest):
        step = manifest.step(gate.name)
        chosen = _went_on(gate, step)
        latest = await decisions.latest(gate.decision)
        is_theirs = latest is not None and latest.chosen == chosen
        decider = await decisions.decider(gate.decision) if is_theirs else ""
        found.append(
            Approval(
                gate=gate.name,
                question=gate.asks,
                chosen=chosen,
                clip=gate.clips[chosen - 1].name,
                at=latest.at if latest is not None and is_theirs else None,
                by=decider or _otherwise(manifest, step),
            )
        )
    return found


def _otherwise(manifest: Manifest, step: StepEntry | None) -> str:
    """Describe who decided at a gate without a recorded decision of a person."""
    by = step.decided_by if step is not None else None
    if by == "person":
        return "a person, who asked for one more take"
    if by == "rehearsal" or (by is None and manifest.is_rehearsal):
        return "nobody: a rehearsal"
    return "nobody: the fewest faults"


def _went_on(gate: GateAsked, step: StepEntry | None) -> int:
    """The number of the chosen clip of a gate, from 1."""
    passed = step.medium.sha256 if step is not None and step.medium is not None else None
    numbers = (n for n, clip in enumerate(gate.clips, start=1) if clip.medium.sha256 == passed)
    return next(numbers, 1)
