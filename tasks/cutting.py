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
        start: Where the piece starts, in seconds; at the clip's start by default.
        seconds: How long it is, in seconds; this or `end`.
        end: Where it ends, in seconds.
        audio_track: Which of several sound tracks is heard, from 1.
        background: What is seen where it is transparent, as ``#rrggbb``; black by default.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The piece, in the store.

    Raises:
        MediaError: The clip does not reach that far, or is no video.
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
        at: first, last, or the number of the frame, counted from 0.
        background: What is seen where it is transparent, as ``#rrggbb``; black by default.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The image, in the store.

    Raises:
        MediaError: The clip has no such frame, or is no video.
    """
    return await run_local("frame", locals())


Number: TypeAlias = int | str | Decimal
"""An exact number: -16 or "-16.5"; floats are not."""


class TransitionBetween(TypedDict, total=False):
    """How one clip gives way to the next: a cut, or an effect of some seconds."""

    kind: TransitionKind
    seconds: Time


class FilmFormat(TypedDict, total=False):
    """What a film is to look like: size in pixels, both even, frames per second, and coding."""

    width: int
    height: int
    fps: int | str | Decimal | Fraction
    codec: Codec
    pixel_format: PixelFormat
    quality: Quality


Focus: TypeAlias = Sequence[int | str | Decimal | Fraction]
"""A point of a picture: two shares, of its width from the left and of its height from the top."""


@step_task(**local_options("concat"))
async def concat(
    clips: list[Source],
    *,
    transition: TransitionBetween | None = None,
    format: FilmFormat | None = None,  # noqa: A002  the name that it has in the pipeline file
    loudness: Number | None = None,
    audio_track: int | None = None,
    background: str | None = None,
    fit: Fit | None = None,
    focus: Focus | None = None,
    match: Match | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Join clips into one film, checked to the frame before it counts.

    Args:
        clips: The clips, in order.
        transition: Between each two clips; a cut by default.
        format: Size and frame rate; by default those that most seconds of the clips have.
        loudness: How loud the film is, in LUFS; by default as its clips are.
        audio_track: Which sound track is heard of clips that have several, from 1.
        background: What is seen where clips are transparent, as ``#rrggbb``, and with the fit pad
            beside them; black by default.
        fit: How clips of another shape fill the film: pad (the default), crop or blur.
        focus: With crop and blur, the point that stays in view, as shares of width and height.
        match: colour brings a clip that continues the one before it to the colours of its end;
            nothing is changed by default.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The film, in the store.

    Raises:
        MediaError: A clip is damaged or too short for its transition, or what was joined has not
            the frames and the sound that it should have.
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
    """Lay a sound on a film; a picture that `concat` makes by itself is copied as it is.

    Args:
        video: The film.
        audio: Music, or any sound; or give a voice.
        voice: A voice: as `audio`, but with duck the film goes down under it.
        mode: replace takes the film's own sound away, mix (the default) keeps it, duck keeps it
            and brings the music down while the film is heard.
        gain_db: What the new sound is raised by, in decibels.
        start: Where in the film it begins, in seconds; at its start by default.
        loop: Whether it is repeated to the film's end.
        fade_out: How long it fades at its end, in seconds.
        loudness: How loud the whole film is, in LUFS; by default as it comes.
        audio_track: Which of several sound tracks of the film is heard, from 1.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The film with its sound, in the store.

    Raises:
        MediaError: A file is damaged or has no sound, the sound would begin after the film's end,
            or what was made is not as it should be.
    """
    return await run_local("soundtrack", locals())
