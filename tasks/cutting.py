"""The local tasks: trim, frame, concat, soundtrack."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from typing_extensions import TypedDict

from shotgraph.media.framing import Fit
from shotgraph.media.grade import Match
from shotgraph.media.sound import SoundtrackMode
from shotgraph.media.target_format import Codec, PixelFormat, Quality
from shotgraph.media.transition import TransitionKind
from shotgraph.tasks.made import Made, Source
from shotgraph.tasks.policy import local_options, step_task
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.step import run_local

Time: TypeAlias = int | str | Decimal | Fraction
"""Seconds, exact: 3, "1.5" or "1001/24000"; floats are not."""


@step_task(**local_options("trim"))
async def trim(
    video: Source,
    *,
    start: Time | None = None,
    seconds: Time | None = None,
    end: Time | None = None,
    audio_track: int | None = None,
    background: str | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Cut a piece out of a clip.

    Args:
        video: The clip.
        start: The start of the piece, in seconds; by default, the start of the clip.
        seconds: The length of the piece, in seconds; or give `end`.
        end: The end of the piece, in seconds.
        audio_track: The sound track to use if the clip has several, from 1.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        settings: The store; None for the environment's store.

    Returns:
        The piece, in the store.

    Raises:
        MediaError: The clip is too short, or is not a video.
    """
    return await run_local("trim", locals())


@step_task(**local_options("frame"))
async def frame(
    video: Source,
    *,
    at: Literal["first", "last"] | int = "last",
    background: str | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Take one frame out of a clip.

    Args:
        video: The clip.
        at: first, last, or the number of the frame, from 0.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        settings: The store; None for the environment's store.

    Returns:
        The image, in the store.

    Raises:
        MediaError: The clip has no such frame, or is not a video.
    """
    return await run_local("frame", locals())


Number: TypeAlias = int | str | Decimal
"""An exact number: -16 or "-16.5"; floats are not."""


class TransitionBetween(TypedDict, total=False):
    """How one clip gives way to the next: a cut, or an effect of some seconds."""

    kind: TransitionKind
    seconds: Time


class FilmFormat(TypedDict, total=False):
    """The form of a film: size in pixels, both even, frames per second, and coding."""

    width: int
    height: int
    fps: int | str | Decimal | Fraction
    codec: Codec
    pixel_format: PixelFormat
    quality: Quality


Focus: TypeAlias = Sequence[int | str | Decimal | Fraction]
"""A point in a picture, as two shares: of the width from the left, of the height from the top."""


@step_task(**local_options("concat"))
async def concat(
    clips: list[Source],
    *,
    transition: TransitionBetween | None = None,
    format: FilmFormat | None = None,  # noqa: A002  its name in the pipeline file
    loudness: Number | None = None,
    audio_track: int | None = None,
    background: str | None = None,
    fit: Fit | None = None,
    focus: Focus | None = None,
    match: Match | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Join clips into one film; every frame of the result is checked.

    Args:
        clips: The clips, in order.
        transition: The transition between clips; a cut by default.
        format: Size and frame rate; by default the format with the most seconds among the clips.
        loudness: The loudness of the film, in LUFS; by default that of the clips.
        audio_track: The sound track to use from clips that have several, from 1.
        background: The colour behind transparent clips, and of the margins with the fit pad, as
            ``#rrggbb``; black by default.
        fit: How clips of another shape fill the film: pad (the default), crop or blur.
        focus: With crop and blur, the point that stays in view, as shares of width and height.
        match: "colour" adjusts a clip that continues the clip before it to the colours at that
            clip's end; by default, nothing is changed.
        settings: The store; None for the environment's store.

    Returns:
        The film, in the store.

    Raises:
        MediaError: A clip is damaged or too short for its transition, or the joined film lacks some
            of its frames or sound.
    """
    return await run_local("concat", locals())


@step_task(**local_options("soundtrack"))
async def soundtrack(
    video: Source,
    *,
    audio: Source | None = None,
    voice: Source | None = None,
    mode: SoundtrackMode | None = None,
    gain_db: Number | None = None,
    start: Time | None = None,
    loop: bool | None = None,
    fade_out: Time | None = None,
    loudness: Number | None = None,
    audio_track: int | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Add a sound to a film; a picture in the default coding of `concat` is copied unchanged.

    Args:
        video: The film.
        audio: Music, or any other sound; or give a voice.
        voice: A voice: like `audio`, but with duck the film's sound is lowered under the voice.
        mode: replace removes the film's own sound, mix (the default) keeps it, duck keeps it and
            lowers the music while the film is heard.
        gain_db: The change in level of the new sound, in decibels.
        start: Where in the film the sound begins, in seconds; by default, at the film's start.
        loop: Whether the sound is repeated to the film's end.
        fade_out: The length of the fade at the end of the sound, in seconds.
        loudness: The loudness of the whole film, in LUFS; by default it is not adjusted.
        audio_track: The sound track of the film to use if it has several, from 1.
        settings: The store; None for the environment's store.

    Returns:
        The film with its sound, in the store.

    Raises:
        MediaError: A file is damaged or has no sound, the sound would begin after the film's end,
            or the result is faulty.
    """
    return await run_local("soundtrack", locals())
