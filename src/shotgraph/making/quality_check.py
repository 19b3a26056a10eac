"""Find the faults of a model's result before it is used: once for each content, and kept.

The measures of a clip are kept by its hash, so that it is decoded once. The faults of a result are
kept by the job's key: a later shotgraph with other limits does not judge old clips again, and so
buys no retakes of them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.failpoints import Failpoint, reach
from shotgraph.keys import Key
from shotgraph.making.decoding import ClipStretch, measures_name
from shotgraph.making.fit import format_for
from shotgraph.making.inspections import LONGEST_GIVEN_S
from shotgraph.media.findings import WHOLE
from shotgraph.media.info import MediaInfo
from shotgraph.media.quality.as_sent import Sent, as_sent
from shotgraph.media.quality.flaw import Flaw, Flaws, flaws_json, flaws_of_json, weight_of
from shotgraph.media.quality.judging import judged
from shotgraph.media.quality.measures import Measures
from shotgraph.model.references import Asset, Sha256
from shotgraph.money.job import Job
from shotgraph.money.results import Result
from shotgraph.store import Store


class LookedAt:
    """The measures and faults of clips, kept in a store.

    Args:
        store: The store.
        keeps: Whether to keep new measures and faults; a plan keeps none.
    """

    def __init__(self, store: Store, *, keeps: bool = True) -> None:
        self._store = store
        self._keeps = keeps

    async def flaws(self, job: Job, result: Result) -> Flaws:
        """Find all faults of a job's result.

        Args:
            job: The job; if it is an edit, its video is compared with the result.
            result: The result, also of a job that was bought in pieces.

        Raises:
            MediaError: The clip can't be read at all.
            Retryable: The store could not be read or written to.
        """
        if result.asset.kind != "video":
            return ()
        name = f"flaws/{job.key}/{result.asset.sha256}.json"
        kept = await self._store.records.get(name)
        if kept is not None:
            return flaws_of_json(json.loads(kept)["flaws"])
        found = await self._found(job, result)
        if self._keeps:
            said = {"version": 1, "flaws": flaws_json(found)}
            data = json.dumps(said).encode()
            await self._store.records.put_if_absent(name, data, at=Failpoint.FLAWS_PUT)
            reach(Failpoint.FLAWS_THERE)
            # If two runs check at the same time, both use the faults on record.
            kept = await self._store.records.get(name)
            return flaws_of_json(json.loads(kept)["flaws"]) if kept is not None else found
        return found

    async def given(self, asset: Asset) -> Flaws:
        """Find the faults of a clip that a user gives, if it is at most `LONGEST_GIVEN_S` long.

        Raises:
            MediaError: The clip can't be read at all.
            Retryable: The store could not be read or written to.
        """
        info = await self._store.assets.info(asset)
        if info.kind != "video" or info.duration > LONGEST_GIVEN_S:
            return ()
        return judged(await self.measures(asset, info))

    async def known(self, key: Key) -> Flaws | None:
        """Read the faults of a job's result, even if its clip is lost; None if not on record."""
        names = await self._store.records.names(f"flaws/{key}")
        kept = await self._store.records.get(names[0]) if names else None
        return flaws_of_json(json.loads(kept)["flaws"]) if kept is not None else None

    async def known_of(self, result: Result) -> Flaws | None:
        """Read the faults of a result; None if they are not on record."""
        kept = await self._store.records.get(f"flaws/{result.key}/{result.asset.sha256}.json")
        return flaws_of_json(json.loads(kept)["flaws"]) if kept is not None else None

    def known_now(self, result: Result) -> Flaws | None:
        """Do the same as `known_of`, for callers that can't await."""
        name = f"flaws/{result.key}/{result.asset.sha256}.json"
        kept = self._store.records.get_now(name)
        return flaws_of_json(json.loads(kept)["flaws"]) if kept is not None else None

    async def best(self, keys: Sequence[Key | None]) -> int | None:
        """Find the result with the fewest faults; give its job's number, from 1.

        Of equal results, the first is taken. None if the faults of a result are not on record.
        """
        found = [await self.known(key) if key is not None else None for key in keys]
        known = [flaws for flaws in found if flaws is not None]
        return best_number(known) if len(known) == len(keys) else None

    async def known_measures(self, sha256: Sha256, seconds: Fraction) -> Measures | None:
        """Read the measures of a clip without decoding; None if they are not on record.

        Raises:
            Retryable: The store could not be read.
        """
        names = [measures_name(sha256, number) for number in WHOLE.chunks(seconds)]
        kept = [await self._store.records.get(name) for name in names]
        found = [Measures.of_json(json.loads(one)) for one in kept if one is not None]
        return Measures.joined(found) if found and len(found) == len(names) else None

    async def measures(self, asset: Asset, info: MediaInfo) -> Measures:
        """Measure a clip in the store, or read its measures.

        Raises:
            MediaError: The clip can't be read at all.
            Retryable: The store could not be read or written to.
        """
        return await self._measures(asset.sha256, info, await self._store.assets.file(asset))

    async def _measures(self, sha256: Sha256, info: MediaInfo, file: Path) -> Measures:
        stretches = [ClipStretch(sha256, file, n) for n in WHOLE.chunks(info.duration)]
        records = self._store.records
        return Measures.joined(
            [await one.measures(records, keeps=self._keeps) for one in stretches]
        )

    async def _found(self, job: Job, result: Result) -> Flaws:
        clip = await self.measures(result.asset, result.info)
        source, sent = await self._source(job)
        keeps_sound = bool(getattr(job.arguments, "keep_audio", False))
        lengths = _lengths(result)
        found = judged(clip, source=source, sent=sent, keeps_sound=keeps_sound)
        return (*(one for one in found if not lengths or one.kind != "length"), *lengths)

    async def _source(self, job: Job) -> tuple[Measures | None, Sent | None]:
        """Measure the video that a job repaints; None if it repaints none.

        Also give the video as the model got it, if that had another rate.
        """
        video = getattr(job.arguments, "video", None)
        if not job.endpoint.repaints or not isinstance(video, Asset):
            return None, None
        try:
            info = await self._store.assets.info(video)
            source = await self.measures(video, info)
        except MediaError:  # the paid result is checked anyway
            return None, None
        return source, _sent(job, info, source)


def _sent(job: Job, info: MediaInfo, source: Measures) -> Sent | None:
    if job.endpoint.limits is None:
        return None
    target, retime = format_for(info, job.endpoint.limits.video)
    rate = target.frame_rate
    if retime is not None or (info.constant_frame_rate and info.frame_rate == rate):
        return None
    even = info.first_evened(rate)
    shift, frames = info.shift_at(even or rate), info.frames_at(rate)
    return as_sent(source, rate, shift=shift, frames=frames, even=even)


def best_number(takes: Sequence[Flaws]) -> int:
    """The number, from 1, of the take with the least weight of faults; the first of equal takes."""
    weights = [weight_of(flaws) for flaws in takes]
    return weights.index(min(weights)) + 1


def _lengths(result: Result) -> Sequence[Flaw]:
    """Make a fault of each piece of a shot that came back in another length."""
    return [
        Flaw(
            kind="length",
            begin_s=min(one.asked_s, one.got_s),
            end_s=max(one.asked_s, one.got_s),
            what=one.line(),
        )
        for one in result.lengths
    ]


@dataclass(frozen=True)
class SeenTake:
    """A take that was checked for faults.

    Attributes:
        number: 0 for the first take, from 1 for its retakes.
        result: The take's result.
        flaws: The take's faults.
    """

    number: int
    result: Result
    flaws: Flaws


def best_of(takes: Sequence[SeenTake]) -> SeenTake:
    """Find the take with the least weight of faults; the first of equal takes."""
    return min(takes, key=lambda take: (weight_of(take.flaws), take.number))


def why_best(best: SeenTake, takes: int) -> str:
    """Give the reason why the run uses a take."""
    called = f"retake {best.number}" if best.number else "the first take"
    if not best.flaws:
        return f"{called} is used: it has no faults"
    return (
        f"{called} is used: all {takes} takes have faults, and the sum of its weights is the "
        f"lowest: {weight_of(best.flaws)}"
    )
