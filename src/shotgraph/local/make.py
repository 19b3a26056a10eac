"""A local job → its result."""

from decimal import Decimal
from pathlib import Path
from typing import assert_never

from shotgraph.clock import Clock
from shotgraph.failpoints import Failpoint, reach
from shotgraph.ledger import Result, Results
from shotgraph.local.job import LocalJob
from shotgraph.media.concat import Transition, concat
from shotgraph.media.frame import extract_frame
from shotgraph.media.info import MediaInfo
from shotgraph.media.trim import trim
from shotgraph.media_ref import Asset, MediaKind, MediaRef
from shotgraph.spec import ConcatArguments, FrameArguments, TrimArguments
from shotgraph.store import Store


class Maker:
    """Makes what ffmpeg makes, and keeps it in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._results = Results(store)

    async def get(self, job: LocalJob) -> tuple[Result, bool]:
        """Get a job's result.

        Returns:
            The result, and whether it was there before.

        Raises:
            MediaError: An input is not what it should be, or what was made failed its check.
        """
        found = await self._results.get(job.key)
        if found is not None:
            return found, True
        started = self._clock.monotonic()
        with self._store.scratch() as room:
            path = room / "made"
            info, kind = await self._make(job, path)
            reach(Failpoint.LOCAL_MADE)
            asset = await self._store.assets.add(path, kind)
        result = Result(
            key=job.key,
            recipe=job.recipe,
            asset=asset,
            info=info,
            request_id=None,
            cost_usd=Decimal(0),
            seconds=round(self._clock.monotonic() - started, 3),
            made_at=self._clock.now(),
        )
        await self._results.put(result)
        return result, False

    async def _make(self, job: LocalJob, path: Path) -> tuple[MediaInfo, MediaKind]:
        arguments = job.arguments
        assert isinstance(arguments, TrimArguments | FrameArguments | ConcatArguments)  # noqa: S101
        match arguments:
            case TrimArguments():
                source = await self._file(arguments.video)
                length = arguments.length()
                made = await trim(source, path, start=arguments.start, seconds=length)
                return made, "video"
            case FrameArguments():
                source = await self._file(arguments.video)
                return await extract_frame(source, path, at=arguments.at), "image"
            case ConcatArguments():
                clips = [await self._file(clip) for clip in arguments.clips]
                given = arguments.transition
                transition = Transition(kind=given.kind, seconds=given.seconds)
                return await concat(clips, path, transition=transition), "video"
            case _:
                assert_never(arguments)

    async def _file(self, ref: MediaRef) -> Path:
        assert isinstance(ref, Asset)  # noqa: S101  a job's media are assets
        return await self._store.assets.file(ref)
