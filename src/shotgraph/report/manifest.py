"""The manifest of a run: where each picture of a film came from, for machines to read.

The storyboard, the timeline and what Prefect shows are drawn from it and from nothing else.
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
    # What a later shotgraph writes besides, an older one need not know.
    model_config = ConfigDict(frozen=True, extra="ignore")


def mappings_in(arguments: object) -> Iterator[Mapping[str, Any]]:
    """The mappings in recorded arguments, from the outside in; references are such."""
    return (one for _, one in each_value(arguments) if isinstance(one, dict))


def steps_in(arguments: object) -> list[str]:
    """The names of the steps in recorded arguments."""
    return [ref["step"] for ref in mappings_in(arguments) if isinstance(ref.get("step"), str)]


class GivenEntry(_Entry):
    """A medium that the run was given.

    Attributes:
        name: The file's name, or the host that it came from; never a path or a URL.
        medium: None where the run ended before it was looked at.
    """

    name: str
    medium: Medium | None


class ErrorEntry(_Entry):
    """What went wrong, as ``run --json`` says it, but with the names of files alone."""

    code: str
    message: str

    @field_validator("message")
    @classmethod
    def _names_alone(cls, message: str) -> str:
        # Here, because manifests of before have whole paths, and are served and handed on.
        return without_folders(message)

    @property
    def waits(self) -> bool:
        """Whether nothing went wrong: a person has to decide before the run goes on."""
        return self.code == Undecided.code


class StepEntry(_Entry):
    """One step of a film, and what became of it.

    Attributes:
        endpoint: The endpoint's id; None for a step that this machine does itself.
        take: Which generation of the same job, from 1.
        prompt: The words that it was given; empty if none.
        arguments: All that it was given: media by sha256 or by the step that makes them, and of
            URLs the host alone.
        key: Its content key; None where it takes something that was not made.
        medium: What it made; of several files the first.
        cost_usd: What was billed for it in this run, in dollars.
        may_be_billed_usd: What may have been billed for it besides.
        estimate_usd: What the plan said that it would cost; None for what costs nothing.
        estimate_was_off: Why that was not what was paid; empty if it was.
        paid_usd: What it cost in the run that made it, in dollars.
        recipe: The endpoint's id, or the local step's name and version.
        seconds: How long it took to make, in seconds.
        treatment: What a local step did to its clips, where that is on record.
        lengths: The pieces that came back in another length than was asked for.
        flaws: What was found to be wrong with what fal returned.
        decided_by: Who let the clip of a gate go on; None in manifests of before.
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
        """The names of the steps whose outputs it takes."""
        return steps_in(self.arguments)

    def said(self) -> list[str]:
        """What was done to clips that are not as they were, and what came in another length."""
        done = self.treatment
        lines = done.lines() if done is not None and done.says_more else []
        return [*lines, *(one.line() for one in self.lengths)]

    def faults(self) -> list[str]:
        """What was found to be wrong with what fal returned."""
        return lines_of(self.flaws)

    @property
    def is_paid(self) -> bool:
        """Whether it is bought, and not made here."""
        return self.endpoint is not None

    @property
    def was_taken_again(self) -> bool:
        """Whether it is no step of the film, but a job whose clip was not kept."""
        return self.endpoint is None and self.estimate_usd is not None


class FilmEntry(_Entry):
    """A film that the run made.

    Attributes:
        step: The step whose output it is.
        file: The name that it was put into its folder under.
        cuts: Its cuts and transitions; none where it was not put together out of clips.
    """

    step: str
    file: str
    medium: Medium
    cuts: tuple[FilmCut, ...] = ()


class Manifest(_Entry):
    """Everything about one run of a film.

    Attributes:
        run_id: Prefect's id of the run.
        at: When it began.
        ended_at: When this was written.
        backend: Who drew, as content keys name it.
        cost_usd: What was billed for the run, in dollars.
        may_be_billed_usd: What may have been billed for it besides; None in manifests from before
            there were accounts, whose failed and lost jobs are in no sum.
        film_cost_usd: What was billed for the film in all its runs until then, in dollars, without
            rehearsals; None where it could not be read.
        film_may_be_billed_usd: What may have been billed for the film besides.
        given: The media that it was given, in the order in which steps take them.
        steps: In the file's order.
        software: What it was made with: names and versions.
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
        """What the run cost."""
        return Money(self.cost_usd, self.may_be_billed_usd or Decimal(0))

    @property
    def film_money(self) -> Money | None:
        """What the film cost in all its runs, when the run had ended."""
        if self.film_cost_usd is None:
            return None
        return Money(self.film_cost_usd, self.film_may_be_billed_usd)

    @property
    def is_rehearsal(self) -> bool:
        """Whether it was drawn here, for nothing."""
        return self.backend == REHEARSAL

    @property
    def estimate_usd(self) -> Decimal:
        """What the plan said that it would cost, in dollars."""
        return sum((step.estimate_usd or Decimal(0) for step in self.steps), Decimal(0))

    def media(self) -> dict[Sha256, Medium]:
        """Every medium of the run, by its bytes."""
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
        """The medium of a reference in the arguments; None for one output of several."""
        if "step" in ref:
            step = self.step(ref["step"])
            return step.medium if step is not None and "output" not in ref else None
        return self.media().get(ref.get("sha256", ""))


_PREFIX = "manifests"
_MOST_READ = 20
"""How many records are read at most to find the one that shows a film."""


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
    """Find what shows a film; rehearsals only where it has no other runs. None of an unknown film.

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
    """Read the manifests of all runs of a film, the newest first; of each run its last.

    Raises:
        Retryable: The store could not be read.
    """
    names = reversed(await store.records.names(_folder(film)))
    found = await asyncio.gather(*(_listed(store, name) for name in names))
    # A run that waited for a person has one of that, too.
    last: dict[str, Manifest] = {}
    for manifest in found:
        if manifest is not None and manifest.film == film:
            last.setdefault(manifest.run_id, manifest)
    return list(last.values())


async def last_runs(store: Store) -> Sequence[LastRuns]:
    """Find what shows each film, the newest first; a film's rehearsals are shown by themselves.

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
    """Find what shows a film, and what shows its rehearsals; read as little as can be."""
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
    """Whether a record may show the film, by its name, given the later runs."""
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
    """Read one of a list; one that can't be read hides its run, and no other."""
    try:
        return read_or_none(Manifest, await store.records.get(name))
    except ShotgraphError as error:
        logging.getLogger(__name__).warning("a run is not shown: %s", error.message)
        return None
