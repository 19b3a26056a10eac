"""A local job → its result, found in the store or made with ffmpeg."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import assert_never

from shotgraph.clock import Clock
from shotgraph.errors import MediaError
from shotgraph.failpoints import Failpoint, reach
from shotgraph.making.codings import coded_for, usual_coding, wanted_format
from shotgraph.making.inspections import check_media
from shotgraph.making.marked import marked
from shotgraph.making.step_jobs import (
    ConformClipArguments,
    ConformImageArguments,
    Fitting,
    LocalJob,
    RejoinArguments,
    with_location,
)
from shotgraph.media.conform import conform_clip, conform_image
from shotgraph.media.continuing import continued
from shotgraph.media.framing import Canvas
from shotgraph.media.held import still_format
from shotgraph.media.hold import hold_frame, hold_still
from shotgraph.media.info import MediaInfo
from shotgraph.media.mastering import deliver
from shotgraph.media.profiles import Profile
from shotgraph.media.progress import listening
from shotgraph.media.rehearsal_mark import is_of_rehearsal
from shotgraph.media.reshape import crop, speed
from shotgraph.media.smart.join import concat
from shotgraph.media.soundtrack import Placing, soundtrack
from shotgraph.media.split import rejoin
from shotgraph.media.target_format import Coding, TargetFormat, format_of
from shotgraph.media.title import title, title_card
from shotgraph.media.transition import Transition
from shotgraph.media.treatment import Note, Treatment
from shotgraph.media.trim import extract_frame, trim
from shotgraph.model.fields import media_in
from shotgraph.model.references import Asset, MediaKind, MediaRef
from shotgraph.money.results import Result, Results
from shotgraph.money.settled import Lineage
from shotgraph.spans import span
from shotgraph.spec import (
    ConcatArguments,
    ContinuedArguments,
    CropArguments,
    DeliverArguments,
    FrameArguments,
    HoldArguments,
    SoundtrackArguments,
    SpeedArguments,
    TitleArguments,
    TrimArguments,
)
from shotgraph.spec.picture_arguments import framing_of
from shotgraph.store import Store


class Maker:
    """Makes local results with ffmpeg, and keeps them in the store."""

    def __init__(
        self, store: Store, clock: Clock, say: Callable[[str], None] = lambda line: None
    ) -> None:
        """Make a maker.

        Args:
            store: The store for results.
            clock: Measures the time of a job.
            say: Takes lines for the run's log during long work.
        """
        self._store = store
        self._clock = clock
        self._say = say
        self._results = Results(store)

    async def get(self, job: LocalJob) -> tuple[Result, bool]:
        """Get a job's result.

        Returns:
            The result, and whether it was found in the store.

        Raises:
            MediaError: An input is wrong, or the output failed its check; the message has the step
                and the field of the input.
        """
        for key in job.found_as:
            if (found := await self._results.get(key)) is not None:
                return found, True
        started = self._clock.monotonic()
        said: list[Treatment] = []
        with self._store.scratch() as room:
            path = room / "made"
            with span("media", step=job.step, key=job.key, recipe=job.recipe) as noted:
                try:
                    with listening(lambda line: self._say(f"{job.step}: {line}"), self._clock):
                        await check_media(job.arguments, self._store)
                        info, kind = await self._make(job, path, said.append)
                        info = await self._marked(job, path, info, said)
                except MediaError as error:
                    raise await with_location(error, job, self._store.assets.file) from error
                noted.note(frames=info.frames, size_bytes=info.size_bytes)
            reach(Failpoint.LOCAL_MADE)
            asset = await self._store.assets.add(path, kind)
        for line in (line for one in said for line in one.lines()):
            self._say(f"{job.step}: {line}")
        result = Result(
            key=job.key,
            recipe=job.recipe,
            asset=asset,
            info=info,
            request_id=None,
            cost_usd=Decimal(0),
            seconds=round(self._clock.monotonic() - started, 3),
            made_at=self._clock.now(),
            treatment=said[0] if said else None,
        )
        media = [ref.sha256 for _, _, ref in media_in(job.arguments) if isinstance(ref, Asset)]
        await Lineage(self._store.records).note(job.key, media)
        await self._results.put(result)
        return result, False

    async def _marked(
        self, job: LocalJob, path: Path, info: MediaInfo, said: list[Treatment]
    ) -> MediaInfo:
        """Mark the new file if it is made from a rehearsal's clips."""
        files = [await self._file(ref) for _, _, ref in media_in(job.arguments)]
        if not await asyncio.to_thread(lambda: any(map(is_of_rehearsal, files))):
            return info
        return await marked(job.arguments, path, info, said)

    async def _make(self, job: LocalJob, path: Path, note: Note) -> tuple[MediaInfo, MediaKind]:
        arguments, coding = job.arguments, usual_coding(is_final=job.is_final)
        if isinstance(arguments, Fitting):
            return await self._fit(arguments, path)
        assert isinstance(  # noqa: S101
            arguments,
            TrimArguments
            | ContinuedArguments
            | DeliverArguments
            | FrameArguments
            | ConcatArguments
            | SoundtrackArguments
            | CropArguments
            | HoldArguments
            | SpeedArguments
            | TitleArguments,
        )
        match arguments:
            case TrimArguments():
                source = await self._file(arguments.video)
                made = await trim(
                    source,
                    path,
                    start=arguments.start,
                    seconds=arguments.length(),
                    audio_track=arguments.audio_track,
                    background=arguments.background,
                    coding=coding,
                    note=note,
                )
                return made, "video"
            case FrameArguments():
                source = await self._file(arguments.video)
                taken = await extract_frame(
                    source,
                    path,
                    at=arguments.at,
                    background=arguments.background,
                    note=note,
                )
                return taken, "image"
            case ConcatArguments():
                return await self._concat(arguments, path, note, is_final=job.is_final), "video"
            case SoundtrackArguments():
                return await self._soundtrack(arguments, path, coding, note), "video"
            case ContinuedArguments():
                before = await self._file(arguments.before())
                source = await self._file(arguments.video)
                return await continued(source, path, after=before, note=note), "video"
            case DeliverArguments():
                profile = coded_for(arguments, is_final=job.is_final)
                return await self._deliver(arguments, path, profile, note), "video"
            case CropArguments() | SpeedArguments():
                return await self._reshaped(arguments, path, coding, note), "video"
            case HoldArguments():
                return await self._hold(arguments, path, coding, note), "video"
            case TitleArguments():
                return await self._title(arguments, path, coding, note), "video"
            case _:
                assert_never(arguments)

    async def _concat(
        self, arguments: ConcatArguments, path: Path, note: Note, *, is_final: bool
    ) -> MediaInfo:
        given = arguments.transition
        clips = [await self._file(clip) for clip in arguments.clips]
        return await concat(
            clips,
            path,
            transition=Transition(kind=given.kind, seconds=given.seconds),
            wanted=wanted_format(arguments, is_final=is_final),
            usual=usual_coding(is_final=is_final),
            loudness=_exact(arguments.loudness),
            audio_track=arguments.audio_track,
            background=arguments.background,
            framing=framing_of(arguments.fit, arguments.focus, arguments.background),
            match=arguments.match,
            note=note,
            decoded=clips,
        )

    async def _deliver(
        self, arguments: DeliverArguments, path: Path, profile: Profile, note: Note
    ) -> MediaInfo:
        framing = framing_of(arguments.fit, arguments.focus, arguments.background)
        source = await self._file(arguments.video)
        return await deliver(source, path, profile, framing=framing, note=note)

    async def _reshaped(
        self, arguments: CropArguments | SpeedArguments, path: Path, coding: Coding, note: Note
    ) -> MediaInfo:
        source = await self._file(arguments.video)
        track, background = arguments.audio_track, arguments.background
        if isinstance(arguments, CropArguments):
            return await crop(
                source,
                path,
                arguments.window(),
                audio_track=track,
                background=background,
                coding=coding,
                note=note,
            )
        return await speed(
            source,
            path,
            arguments.factor,
            keeps_sound=arguments.sound == "keep",
            audio_track=track,
            background=background,
            coding=coding,
            note=note,
        )

    async def _hold(
        self, arguments: HoldArguments, path: Path, coding: Coding, note: Note
    ) -> MediaInfo:
        file = await self._file(arguments.seen())
        if arguments.video is not None:
            return await hold_frame(
                file,
                path,
                at="last" if arguments.at is None else arguments.at,
                seconds=arguments.seconds,
                push=arguments.moved(),
                background=arguments.background,
                coding=coding,
                note=note,
            )
        like = await self._info(arguments.like) if arguments.like is not None else None
        return await hold_still(
            file,
            path,
            still_format(await self._info(arguments.seen()), like, arguments.wanted()),
            seconds=arguments.seconds,
            push=arguments.moved(),
            framing=arguments.framing(),
            background=arguments.background,
            coding=coding,
            note=note,
        )

    async def _soundtrack(
        self, arguments: SoundtrackArguments, path: Path, coding: Coding, note: Note
    ) -> MediaInfo:
        return await soundtrack(
            await self._file(arguments.video),
            await self._file(arguments.sound()),
            path,
            placing=Placing(
                mode=arguments.mode,
                leads=arguments.voice is not None,
                gain_db=Fraction(arguments.gain_db),
                start=arguments.start,
                loop=arguments.loop,
                fade_out=arguments.fade_out,
            ),
            loudness=_exact(arguments.loudness),
            audio_track=arguments.audio_track,
            coding=coding,
            note=note,
        )

    async def _fit(self, arguments: Fitting, path: Path) -> tuple[MediaInfo, MediaKind]:
        match arguments:
            case ConformClipArguments():
                made = await conform_clip(
                    await self._file(arguments.video),
                    path,
                    TargetFormat(arguments.width, arguments.height, arguments.frame_rate),
                    first=arguments.first,
                    frames=arguments.frames,
                    retime=arguments.retime,
                    with_sound=bool(arguments.with_sound),
                )
                return made, "video"
            case ConformImageArguments():
                canvas = Canvas(
                    arguments.width,
                    arguments.height,
                    arguments.inner_width,
                    arguments.inner_height,
                )
                source = await self._file(arguments.image)
                most_bytes = arguments.most_bytes
                return await conform_image(source, path, canvas, most_bytes=most_bytes), "image"
            case RejoinArguments():
                voice = arguments.sound_of
                made = await rejoin(
                    [await self._file(piece) for piece in arguments.pieces],
                    path,
                    frames=arguments.frames,
                    sent=arguments.sent,
                    frame_rate=arguments.frame_rate,
                    sound_of=await self._file(voice) if voice is not None else None,
                )
                return made, "video"
            case _:
                assert_never(arguments)

    async def _title(
        self, arguments: TitleArguments, path: Path, coding: Coding, note: Note
    ) -> MediaInfo:
        font = await self._file(arguments.font) if arguments.font is not None else None
        lettering, timing = arguments.lettering(), arguments.timing()
        if arguments.video is not None:
            return await title(
                await self._file(arguments.video),
                path,
                lettering,
                timing,
                font=font,
                audio_track=arguments.audio_track,
                background=arguments.background,
                coding=coding,
                note=note,
            )
        target = arguments.said_format()
        if target is None:
            assert arguments.like is not None  # noqa: S101  one of the two is given
            target = format_of(await self._info(arguments.like))
        return await title_card(
            path,
            target,
            lettering,
            timing,
            font=font,
            background=arguments.background,
            coding=coding,
            note=note,
        )

    async def _info(self, ref: MediaRef) -> MediaInfo:
        assert isinstance(ref, Asset)  # noqa: S101  a job's media are assets
        return await self._store.assets.info(ref)

    async def _file(self, ref: MediaRef) -> Path:
        assert isinstance(ref, Asset)  # noqa: S101  a job's media are assets
        return await self._store.assets.file(ref)


def _exact(value: Decimal | None) -> Fraction | None:
    return None if value is None else Fraction(value)
