"""The manifest of a run: the origin of each picture of a film, for machines to read.

The storyboard, the timeline and Prefect's artifacts are made from the manifest alone.
"""

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from shotgraph.errors import ShotgraphError, Undecided
from shotgraph.foreign_text import without_folders
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.keys import Key
from shotgraph.media.probe import Medium
from shotgraph.media.quality.flaw import Flaws, lines_of
from shotgraph.media.treatment import Treatment
from shotgraph.model.references import Sha256
from shotgraph.model.walk import each_value
from shotgraph.money.accounts import Money
from shotgraph.money.results import PieceLength
from shotgraph.plan.plan import DecidedBy
from shotgraph.report.report import DeliveryEntry, FilmCut, RunStatus, StepStatus
from shotgraph.store import Store
from shotgraph.store.records import film_folder, read_or_none


class _Entry(BaseModel):
    # A newer shotgraph may write fields that this version doesn't know.
    model_config = ConfigDict(frozen=True, extra="ignore")


def mappings_in(arguments: object) -> Iterator[Mapping[str, Any]]:
    """Yield the mappings in recorded arguments, from the outside in; a reference is a mapping."""
    return (one for _, one in each_value(arguments) if isinstance(one, dict))


def steps_in(arguments: object) -> list[str]:
    """The names of the steps in recorded arguments."""
    return [ref["step"] for ref in mappings_in(arguments) if isinstance(ref.get("step"), str)]


class GivenEntry(_Entry):
    """An input medium of the run.

    Attributes:
        name: The file's name, or the host of its URL; never a path or a URL.
        medium: None if the run ended before it examined the file.
    """

    name: str
    medium: Medium | None


class ErrorEntry(_Entry):
    """An error as ``run --json`` prints it, but with the names of files instead of their paths."""

    code: str
    message: str

    @field_validator("message")
    @classmethod
    def _names_alone(cls, message: str) -> str:
        # Also when read: manifests of older versions have whole paths, and other people see them.
        return without_folders(message)

    @property
    def waits(self) -> bool:
        """Whether this is no failure: the run waits for a person's decision."""
        return self.code == Undecided.code


class StepEntry(_Entry):
    """One step of a film, and its result.

    Attributes:
        endpoint: The endpoint's id; None for a local step.
        take: The number of the take, from 1.
        prompt: The prompt; empty if the step has none.
        arguments: All arguments: media by sha256 or by the step that makes them, and only the
            hosts of URLs.
        key: The content key; None if an input was not made.
        medium: The result; the first of several files.
        cost_usd: The amount billed for the step in this run, in dollars.
        may_be_billed_usd: The most that may have been billed in addition, in dollars.
        estimate_usd: The plan's estimate; None for a free step.
        estimate_was_off: Why the cost differs from the estimate; empty if it does not.
        paid_usd: The cost in the run that made the result, in dollars.
        recipe: The endpoint's id, or the local step's name and version.
        seconds: The time that it took to make the result, in seconds.
        treatment: The changes that a local step made to its clips, if they are on record.
        lengths: The pieces with another length than requested.
        flaws: The faults found in fal's result.
        decided_by: Who chose the clip at a gate; None in manifests of older versions.
    """

    name: str
    kind: str
    endpoint: str | None
    take: int
    status: StepStatus
    prompt: str
    arguments: dict[str, Any]
    key: Key | None
    medium: Medium | None
    cost_usd: Decimal
    estimate_usd: Decimal | None
    estimate_was_off: str
    paid_usd: Decimal
    request_id: str | None
    recipe: str | None
    seconds: float | None
    made_at: datetime | None
    error: ErrorEntry | None
    may_be_billed_usd: Decimal = Decimal(0)
    treatment: Treatment | None = None
    lengths: tuple[PieceLength, ...] = ()
    flaws: Flaws = ()
    decided_by: DecidedBy | None = None

    def sources(self) -> list[str]:
        """The names of the steps that make its inputs."""
        return steps_in(self.arguments)

    def said(self) -> list[str]:
        """Describe the changes to its clips, and the pieces with another length than requested."""
        done = self.treatment
        lines = done.lines() if done is not None and done.says_more else []
        return [*lines, *(one.line() for one in self.lengths)]

    def faults(self) -> list[str]:
        """Describe the faults found in fal's result."""
        return lines_of(self.flaws)

    @property
    def is_paid(self) -> bool:
        """Whether this is a paid step."""
        return self.endpoint is not None

    @property
    def was_taken_again(self) -> bool:
        """Whether this is no step of the film, but a bought job without a kept clip."""
        return self.endpoint is None and self.estimate_usd is not None


class FilmEntry(_Entry):
    """A film that the run made.

    Attributes:
        step: The step that made it.
        file: The file's name in the folder for films.
        cuts: Its cuts and transitions; empty if it was not joined from clips.
    """

    step: str
    file: str
    medium: Medium
    cuts: tuple[FilmCut, ...] = ()


class Manifest(_Entry):
    """Everything about one run of a film.

    Attributes:
        run_id: Prefect's id of the run.
        at: The time when the run began.
        ended_at: The time when this manifest was written.
        backend: The server's name in content keys.
        cost_usd: The amount billed for the run, in dollars.
        may_be_billed_usd: The most that may have been billed in addition, in dollars. None in
            manifests of versions without accounts: no sum has their failed and lost jobs.
        film_cost_usd: The amount billed for the film in all its runs until then, in dollars,
            without rehearsals; None if the store could not be read.
        film_may_be_billed_usd: The most that may have been billed for the film in addition, in
            dollars.
        given: The input media, in the order in which steps take them.
        steps: The steps, in the order of the pipeline file.
        software: Names and versions of the software that made the film.
        deliveries: The further files of its films.
    """

    version: Literal[1] = 1
    film: str
    description: str
    run_id: str
    status: RunStatus
    error: ErrorEntry | None
    at: datetime
    ended_at: datetime
    backend: str
    cost_usd: Decimal
    films: Sequence[FilmEntry]
    given: Sequence[GivenEntry]
    steps: Sequence[StepEntry]
    software: Mapping[str, str]
    may_be_billed_usd: Decimal | None = None
    film_cost_usd: Decimal | None = None
    film_may_be_billed_usd: Decimal = Decimal(0)
    deliveries: tuple[DeliveryEntry, ...] = ()

    @property
    def money(self) -> Money:
        """The cost of the run."""
        return Money(self.cost_usd, self.may_be_billed_usd or Decimal(0))

    @property
    def film_money(self) -> Money | None:
        """The cost of the film in all its runs until the end of this run; None if not known."""
        if self.film_cost_usd is None:
            return None
        return Money(self.film_cost_usd, self.film_may_be_billed_usd)

    @property
    def is_rehearsal(self) -> bool:
        """Whether the run was a rehearsal."""
        return self.backend == REHEARSAL

    @property
    def estimate_usd(self) -> Decimal:
        """The plan's estimate, in dollars."""
        return sum((step.estimate_usd or Decimal(0) for step in self.steps), Decimal(0))

    def media(self) -> dict[Sha256, Medium]:
        """Every medium of the run, by its hash."""
        found = [given.medium for given in self.given]
        found += [step.medium for step in self.steps]
        found += [film.medium for film in self.films]
        return {medium.sha256: medium for medium in found if medium is not None}

    def films_and_deliveries(self) -> list[FilmEntry]:
        """Its films, and their further files."""
        further = [
            FilmEntry(step=one.step, file=one.file, medium=one.medium) for one in self.deliveries
        ]
        return [*self.films, *further]

    def step(self, name: str) -> StepEntry | None:
        """Find a step by its name."""
        return next((step for step in self.steps if step.name == name), None)

    def medium_of(self, ref: Mapping[str, Any]) -> Medium | None:
        """The medium of a reference in the arguments; None if the reference names one output."""
        if "step" in ref:
            step = self.step(ref["step"])
            return step.medium if step is not None and "output" not in ref else None
        return self.media().get(ref.get("sha256", ""))


_PREFIX = "manifests"
_MOST_READ = 20
"""The most records that are read to find the run that shows a film."""


@dataclass(frozen=True)
class LastRuns:
    """The runs that show a film.

    Attributes:
        shown: The last run that made the whole film; if no run has, the last run.
        later: The last run, if it ended later and made nothing.
    """

    shown: Manifest
    later: Manifest | None = None


async def put_manifest(store: Store, manifest: Manifest) -> None:
    """Keep a run's manifest.

    Raises:
        Retryable: The store could not be written to.
    """
    what = "rehearsal" if manifest.is_rehearsal else "film"
    whole = "whole" if manifest.status == "done" else "part"
    run = _hash_of(manifest.run_id)
    name = f"{manifest.ended_at:%Y%m%dT%H%M%S%fZ}-{run}-{what}-{whole}.json"
    data = manifest.model_dump_json().encode()
    await store.records.put_if_absent(f"{_folder(manifest.film)}/{name}", data)


async def last_runs_of(store: Store, film: str) -> LastRuns | None:
    """Find the runs that show a film; rehearsals only if it has no other runs.

    Returns:
        The runs; None if the store has no run of the film.

    Raises:
        Retryable: The store could not be read.
    """
    names = await store.records.names(_folder(film))
    return next(iter(await _last_runs(store, names, film)), None)


async def manifest_of(store: Store, film: str, run_id: str) -> Manifest | None:
    """Read the manifest of one run of a film; None if there is none.

    Raises:
        Retryable: The store could not be read.
    """
    run = _hash_of(run_id)
    for name in reversed(await store.records.names(_folder(film))):
        if run in name:
            found = read_or_none(Manifest, await store.records.get(name))
            if found is not None and (found.film, found.run_id) == (film, run_id):
                return found
    return None


async def manifests_of(store: Store, film: str) -> Sequence[Manifest]:
    """Read the last manifest of each run of a film, the newest first.

    Raises:
        Retryable: The store could not be read.
    """
    names = reversed(await store.records.names(_folder(film)))
    found = await asyncio.gather(*(_listed(store, name) for name in names))
    # A run that waited for a person wrote a manifest at that time, too.
    last: dict[str, Manifest] = {}
    for manifest in found:
        if manifest is not None and manifest.film == film:
            last.setdefault(manifest.run_id, manifest)
    return list(last.values())


async def last_runs(store: Store) -> Sequence[LastRuns]:
    """Find the runs that show each film, the newest first; rehearsals have their own entry.

    Raises:
        Retryable: The store could not be read.
    """
    folders: dict[str, list[str]] = {}
    for name in await store.records.names(_PREFIX):
        folders.setdefault(name.split("/")[1], []).append(name)
    every = await asyncio.gather(*(_last_runs(store, names) for names in folders.values()))
    found = [runs for one in every for runs in one]
    return sorted(found, key=lambda runs: runs.shown.ended_at, reverse=True)


async def _last_runs(store: Store, names: Sequence[str], film: str | None = None) -> list[LastRuns]:
    """Find the runs that show a film, and the runs that show its rehearsals, with few reads."""
    last: dict[bool, list[Manifest]] = {}
    reads = 0
    for name in reversed(names):
        found = None
        if _may_show(name, last) and reads < _MOST_READ:
            found, reads = await _listed(store, name), reads + 1
        if found is not None and film in (None, found.film):
            last.setdefault(found.is_rehearsal, []).append(found)
    return [_shown(last[is_rehearsal]) for is_rehearsal in sorted(last)]


def _may_show(name: str, last: dict[bool, list[Manifest]]) -> bool:
    """Whether a record may show the film, judged by its name and the later runs."""
    what, whole = _marks(name)
    of_its_kind: Iterable[Sequence[Manifest]] = (
        [last.get(what == "rehearsal", [])] if what else [last.get(False, []), last.get(True, [])]
    )
    for runs in of_its_kind:
        if not runs or (whole != "part" and not any(_is_whole(run) for run in runs)):
            return True
    return False


def _shown(runs: Sequence[Manifest]) -> LastRuns:
    shown = next((run for run in runs if _is_whole(run)), runs[0])
    return LastRuns(shown, runs[0] if runs[0] is not shown else None)


def _is_whole(manifest: Manifest) -> bool:
    return manifest.status == "done"


def _marks(name: str) -> tuple[str, str]:
    """Read the kind and the outcome of a run from its record's name; empty for older records."""
    parts = name.rpartition("/")[2].removesuffix(".json").split("-")
    return (parts[2], parts[3]) if len(parts) == 4 else ("", "")


def _folder(film: str) -> str:
    return f"{_PREFIX}/{film_folder(film)}"


def _hash_of(run_id: str) -> str:
    return hashlib.sha256(run_id.encode()).hexdigest()[:12]


async def _listed(store: Store, name: str) -> Manifest | None:
    """Read one manifest of a list; None if it is unreadable, so that the list shows the others."""
    try:
        return read_or_none(Manifest, await store.records.get(name))
    except ShotgraphError as error:
        logging.getLogger(__name__).warning("a run is not shown: %s", error.message)
        return None
