"""The results of jobs, by content key."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.endpoints.endpoint import VIDEO
from shotgraph.errors import Terminal
from shotgraph.failpoints import Failpoint
from shotgraph.keys import Key
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import Medium
from shotgraph.media.treatment import Treatment, number_text
from shotgraph.model.references import Asset, Sha256
from shotgraph.money.events import is_newer
from shotgraph.store import Store
from shotgraph.store.read_once import each_read_once


class KeptOutput(BaseModel):
    """A file that a job made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asset: Asset
    info: MediaInfo

    @property
    def medium(self) -> Medium:
        """The file, with its probed properties."""
        return Medium.of(self.asset, self.info)


class PieceLength(BaseModel):
    """The requested length of a piece of a shot, and the length that came back.

    Attributes:
        piece: The number of the piece in the shot, from 1.
        asked_s: The seconds that were sent, or requested.
        got_s: The seconds that came back.
        done: How the difference was treated, in words.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    piece: int
    asked_s: Fraction
    got_s: Fraction
    done: str

    def line(self) -> str:
        """Describe the difference in one line."""
        asked, got = number_text(self.asked_s), number_text(self.got_s)
        return (
            f"piece {self.piece}: {asked} s were requested and {got} s were returned; {self.done}"
        )

    def as_json(self) -> dict[str, str | int | float]:
        """The lengths, as ``run --json`` prints them."""
        return {
            "piece": self.piece,
            "asked_s": float(self.asked_s),
            "got_s": float(self.got_s),
            "done": self.done,
            "says": self.line(),
        }


class Result(BaseModel):
    """The record of a job's files and cost.

    Attributes:
        asset: The file that the job made; of several files the first.
        info: The probed properties of that file.
        recipe: The endpoint's id, or the local step's name and version.
        request_id: fal's id of the job; None for a local step.
        cost_usd: fal's bill for the job, in dollars.
        seconds: How long the job took, in seconds.
        outputs: Every file taken from the endpoint's reply, by its path there; None for the one
            video of a Kling O1 endpoint, and for a local step.
        treatment: The changes that a local step made to its clips; None for paid steps, and in
            older records.
        lengths: The pieces that came back in another length than requested.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    key: Key
    recipe: str
    asset: Asset
    info: MediaInfo
    request_id: str | None
    cost_usd: Decimal
    seconds: float
    made_at: datetime
    outputs: Mapping[str, KeptOutput] | None = None
    treatment: Treatment | None = None
    lengths: tuple[PieceLength, ...] = ()

    @property
    def medium(self) -> Medium:
        """The file that the job made; of several files the first."""
        return Medium.of(self.asset, self.info)

    def kept(self) -> Mapping[str, KeptOutput]:
        """Every file that the job made, by its path in the endpoint's reply."""
        return self.outputs or {VIDEO.path: KeptOutput(asset=self.asset, info=self.info)}

    def showing(self, paths: Sequence[str]) -> "Result | None":
        """The result for a step that takes the files at these paths; None if one is missing."""
        kept = self.kept()
        if not kept.keys() >= set(paths):
            return None
        first = kept[paths[0]]
        return self.model_copy(update={"asset": first.asset, "info": first.info})

    def assets(self, paths: Sequence[str] | None) -> list[Asset]:
        """The files that must be in the store, or the result counts as lost."""
        if self.outputs is None or paths is None:
            return [self.asset]
        return [self.outputs[path].asset for path in paths]


@dataclass(frozen=True)
class _Seen:
    """A result that was found, and the hashes of its files that were in the store."""

    result: Result
    there: frozenset[Sha256]


_seen: ContextVar[dict[tuple[str, Key], _Seen] | None] = ContextVar("seen", default=None)


@contextmanager
def each_found_once() -> Iterator[None]:
    """Look up each result only once within the block; a result that was found is remembered.

    A missing result is looked up again each time, so this memory never causes a purchase. An inner
    block uses the memory of the outer block, such as a run inside the command that planned it.
    """
    token = _seen.set({} if (before := _seen.get()) is None else before)
    try:
        with each_read_once():
            yield
    finally:
        _seen.reset(token)


class Results:
    """Results in a store, under ``results/<key>/<sha256>.json``.

    A key has several results if its bytes were lost and the job was done again; the oldest result
    with bytes in the store counts. If other files of a reply were fetched later, each set of files
    has its own record; the end of the name distinguishes the sets.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, key: Key, paths: Sequence[str] | None = None) -> Result | None:
        """Find a result with all its files in the store.

        Args:
            key: The job's key.
            paths: The wanted files of the endpoint's reply; None for the files that were kept.

        Raises:
            Retryable: The store could not be read.
            Terminal: The result exists, but only a newer shotgraph can read it.
        """
        seen = self._found_before(key, paths)
        if seen is not None:
            return seen
        read = await self._read(key)
        for result, shown in read.wanted(paths):
            if await self._are_there(shown.assets(paths)):
                return self._remembered(result, shown, paths)
        read.refuse_newer()
        return None

    async def is_there(self, key: Key) -> bool:
        """Whether a job has a result with all its files in the store.

        A result that only a newer shotgraph can read counts, whatever its files are.

        Raises:
            Retryable: The store could not be read.
        """
        read = await self._read(key)
        for result, _ in read.wanted(None):
            if await self._are_there([kept.asset for kept in result.kept().values()]):
                return True
        return read.has_newer

    async def _read(self, key: Key) -> "_Read":
        records, read = self._store.records, _Read()
        for name in await records.names(_folder(key)):
            read.add(name, await records.get(name))
        return read

    async def _are_there(self, assets: Iterable[Asset]) -> bool:
        sizes = [
            (asset.size_bytes, await self._store.assets.size_bytes(asset.sha256))
            for asset in assets
        ]
        return all(size_bytes == there for size_bytes, there in sizes)

    def get_now(
        self,
        key: Key,
        paths: Sequence[str] | None = None,
        *,
        names: Iterable[str] | None = None,
    ) -> Result | None:
        """Find a result as `get` does, for callers that can't await.

        Args:
            key: The job's key.
            paths: As for `get`.
            names: The names of the job's records, if they were listed before.

        Raises:
            Retryable: The store could not be read.
            Terminal: The result exists, but only a newer shotgraph can read it.
        """
        seen = self._found_before(key, paths)
        if seen is not None:
            return seen
        read = self._read_now(
            self._store.records.names_now(_folder(key)) if names is None else names
        )
        for result, shown in read.wanted(paths):
            size_bytes = self._store.assets.size_bytes_now
            if all(one.size_bytes == size_bytes(one.sha256) for one in shown.assets(paths)):
                return self._remembered(result, shown, paths)
        read.refuse_newer()
        return None

    async def kept_before(self, key: Key, request_id: str) -> Mapping[str, Asset]:
        """The files that were kept of one request, by their paths, even if their bytes are lost.

        Args:
            key: The job's key.
            request_id: fal's id of the job; another attempt of the job made other files.

        Raises:
            Retryable: The store could not be read.
        """
        records, read = self._store.records, _Read()
        for name in await records.names(_folder(key)):
            read.add(name, await records.get(name))
        return read.kept_of(request_id)

    def _found_before(self, key: Key, paths: Sequence[str] | None) -> Result | None:
        seen = (_seen.get() or {}).get((self._store.records.location, key))
        shown = _showing(seen.result, paths) if seen is not None else None
        if seen is None or shown is None:
            return None
        is_there = all(one.sha256 in seen.there for one in shown.assets(paths))
        return shown if is_there else None

    def _remembered(self, result: Result, shown: Result, paths: Sequence[str] | None) -> Result:
        memory = _seen.get()
        if memory is not None:
            there = frozenset(asset.sha256 for asset in shown.assets(paths))
            memory[self._store.records.location, result.key] = _Seen(result, there)
        return shown

    async def put(self, result: Result) -> None:
        """Record a result."""
        # Empty fields are omitted, so that an older shotgraph can read the record.
        said = {name: getattr(result, name) for name in ("outputs", "treatment", "lengths")}
        left_out = {name for name, value in said.items() if not value}
        data = result.model_dump_json(exclude=left_out).encode()
        await self._store.records.put_if_absent(_name(result), data, at=Failpoint.RESULT_PUT)

    def _read_now(self, names: Iterable[str]) -> "_Read":
        read = _Read()
        for name in names:
            read.add(name, self._store.records.get_now(name))
        return read


def _showing(result: Result, paths: Sequence[str] | None) -> Result | None:
    return result if paths is None else result.showing(paths)


def _folder(key: Key) -> str:
    return f"results/{key}"


def _name(result: Result) -> str:
    files = "\n".join(sorted(result.outputs or ()))
    apart = f"-{hashlib.sha256(files.encode()).hexdigest()[:16]}" if files else ""
    return f"{_folder(result.key)}/{result.asset.sha256}{apart}.json"


class _Read:
    """The records of one job, as far as this shotgraph can read them.

    A damaged record is skipped, because the ledger knows where to fetch the files again. A record
    of a newer shotgraph is an error: its files exist, and must not be bought again.
    """

    def __init__(self) -> None:
        self._found: list[Result] = []
        self._newer: str | None = None

    def add(self, name: str, data: bytes | None) -> None:
        """Read one record."""
        try:
            if data:
                self._found.append(Result.model_validate_json(data))
        except ValueError as error:
            if is_newer(error):
                self._newer = name

    def wanted(self, paths: Sequence[str] | None) -> list[tuple[Result, Result]]:
        """The results with the wanted files, oldest first: each as recorded, and as `showing`."""
        shown = ((result, _showing(result, paths)) for result in self._true())
        return [(result, one) for result, one in shown if one is not None]

    def kept_of(self, request_id: str) -> Mapping[str, Asset]:
        """The files that were kept of one request, by their paths."""
        results = [one for one in self._true() if one.request_id == request_id]
        return {path: kept.asset for one in results for path, kept in one.kept().items()}

    def _true(self) -> Iterator[Result]:
        """The results, oldest first, without those that contradict an older one.

        One request makes one file at each path. Older versions took any file that they fetched
        after the first was lost.
        """
        first: dict[tuple[str, str], Sha256] = {}
        for result in sorted(self._found, key=lambda one: one.made_at):
            if result.request_id is not None:
                named = [((result.request_id, path), one) for path, one in result.kept().items()]
                if any(first.get(at, one.asset.sha256) != one.asset.sha256 for at, one in named):
                    continue
                first |= {at: one.asset.sha256 for at, one in named}
            yield result

    @property
    def has_newer(self) -> bool:
        """Whether a newer shotgraph wrote a record of the job."""
        return self._newer is not None

    def refuse_newer(self) -> None:
        """Raise an error if a newer shotgraph wrote a record of the job.

        Raises:
            Terminal: A newer shotgraph wrote a record.
        """
        if self._newer is not None:
            raise Terminal(
                f"the store's record {self._newer} was written by a newer version of shotgraph, "
                "and this version can't read it. The result in the record was made or bought "
                "before. Nothing was bought; update shotgraph on this machine, and run again"
            )
