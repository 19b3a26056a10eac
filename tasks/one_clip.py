"""The local tasks that change one clip: continued, crop, deliver, hold, speed, title."""

from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from typing_extensions import TypedDict

from shotgraph.media.framing import Fit
from shotgraph.media.lettering import Place
from shotgraph.media.profiles import PROFILES, ProfileName
from shotgraph.media.reshaped import SpeedSound
from shotgraph.tasks.cutting import Focus, Time
from shotgraph.tasks.made import Made, Source
from shotgraph.tasks.policy import local_options, step_task
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.step import run_local

Length: TypeAlias = int | str | Fraction
"""A length in a picture: pixels, an even number, or a share: "25%", or a fraction."""
Factor: TypeAlias = int | str | Decimal | Fraction
"""An exact number from 0 up: 2, "1.5" or "4/3"; floats are not."""


@step_task(**local_options("continued"))
async def continued(
    video: Source,
    *,
    after: Source | None = None,
    start_image: Source | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Remove the first frames of a shot if they repeat the end of the shot before it.

    Args:
        video: The shot; at most 3 of its frames are removed, with their sound.
        after: The shot that it continues; or give `start_image`.
        start_image: The picture that the shot was made from: the last frame of the shot before it.
        settings: The store; None for the environment's store.

    Returns:
        The shot without these frames, in the store; the shot itself if it repeats nothing.

    Raises:
        MediaError: A file can't be read.
    """
    return await run_local("continued", locals())


@step_task(**local_options("crop"))
async def crop(
    video: Source,
    *,
    aspect_ratio: str | Fraction | None = None,
    width: Length | None = None,
    height: Length | None = None,
    left: Length | None = None,
    top: Length | None = None,
    focus: Focus | None = None,
    audio_track: int | None = None,
    background: str | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Cut a rectangle out of the picture of a clip; its frames and its sound stay.

    Args:
        video: The clip.
        aspect_ratio: The shape of the largest rectangle that fits, such as "9:16"; or give `width`
            and `height`.
        width: The width of the rectangle.
        height: The height of the rectangle.
        left: The distance of the rectangle from the left; by default it lies around the focus.
        top: The distance of the rectangle from the top.
        focus: The point that the rectangle lies around, as shares of width and height; the middle
            by default.
        audio_track: The sound track to use if the clip has several, from 1.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        settings: The store; None for the environment's store.

    Returns:
        The cropped film, in the store.

    Raises:
        MediaError: The rectangle reaches past the picture, or the clip is not a video.
    """
    return await run_local("crop", locals())


@step_task(**local_options("deliver"))
async def deliver(
    video: Source,
    *,
    profile: ProfileName,
    fit: Fit | None = None,
    focus: Focus | None = None,
    background: str | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Make the file of a film that a broadcaster or platform requires, and measure it.

    Args:
        video: The film.
        profile: The profile: "youtube", "instagram-reel", "broadcast-r128" or "prores-master".
        fit: How a film of another shape fills the file: "pad" (the default), "crop" or "blur".
        focus: With "crop" and "blur", the point that stays in view; the middle by default.
        background: The colour of margins, as ``#rrggbb``; black by default.
        settings: The store; None for the environment's store.

    Returns:
        The file, in the store; ``treatment`` has its measurements, under ``delivery``.

    Raises:
        MediaError: The video can't be read, or the file misses its profile; the message has the
            value and the bound.
    """
    given = locals()
    edition = PROFILES[profile].edition if profile in PROFILES else None
    return await run_local("deliver", {**given, "edition": edition})


@step_task(**local_options("hold"))
async def hold(
    *,
    video: Source | None = None,
    image: Source | None = None,
    seconds: Time,
    at: Literal["first", "last"] | int | None = None,
    push: Factor | None = None,
    focus: Focus | None = None,
    fit: Fit | None = None,
    like: Source | None = None,
    width: int | None = None,
    height: int | None = None,
    fps: int | str | Decimal | Fraction | None = None,
    background: str | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Show an image, or one frame of a clip, for some seconds, without sound.

    Args:
        video: The clip that the frame is from; or give an image.
        image: The image to show.
        seconds: The length of the film, in seconds.
        at: For a clip: first, last (the default), or the number of the frame, from 0.
        push: The picture's size at the end, relative to its size at the start; below 1, the picture
            begins large and becomes smaller.
        focus: The point that a push moves to, and that a crop keeps in view, as shares of width and
            height; the middle by default.
        fit: How an image of another shape fills the picture: pad (the default), crop or blur.
        like: For an image: a clip that gives the size and frame rate.
        width: For an image: pixels; its own size by default.
        height: For an image: pixels.
        fps: For an image: frames per second; 24 by default.
        background: The colour behind transparent parts, and of the margins with the fit pad, as
            ``#rrggbb``; black by default.
        settings: The store; None for the environment's store.

    Returns:
        The film, in the store.

    Raises:
        MediaError: There is no such frame, or a file is not of the expected kind.
    """
    return await run_local("hold", locals())


@step_task(**local_options("speed"))
async def speed(
    video: Source,
    *,
    factor: Factor,
    sound: SpeedSound | None = None,
    audio_track: int | None = None,
    background: str | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Show a clip faster or slower, at its own frame rate.

    Args:
        video: The clip.
        factor: The speed: 2 makes the clip half as long, "0.5" twice as long; 1/20 to 20.
        sound: keep (the default) plays the sound at the same speed, at its own pitch; drop removes
            it.
        audio_track: The sound track to use if the clip has several, from 1.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        settings: The store; None for the environment's store.

    Returns:
        The faster or slower film, in the store.

    Raises:
        MediaError: The clip is not a video, or the result would be too long.
    """
    return await run_local("speed", locals())


class TextBox(TypedDict, total=False):
    """A box behind a text: its colour, and its opacity from 0 to 1."""

    colour: str
    opacity: int | str | Decimal | Fraction


@step_task(**local_options("title"))
async def title(
    text: str,
    *,
    video: Source | None = None,
    font: Source | None = None,
    size: Length | None = None,
    position: Place | Focus | None = None,
    colour: str | None = None,
    box: TextBox | None = None,
    shadow: bool | None = None,
    start: Time | None = None,
    seconds: Time | None = None,
    fade_in: Time | None = None,
    fade_out: Time | None = None,
    like: Source | None = None,
    width: int | None = None,
    height: int | None = None,
    fps: int | str | Decimal | Fraction | None = None,
    background: str | None = None,
    audio_track: int | None = None,
    settings: RunSettings | None = None,
) -> Made:
    """Put a text on a clip, or make a card of a text on one colour.

    Args:
        text: The text as it is shown; long lines are broken at spaces.
        video: The clip; without one, a card is made.
        font: A font file, .ttf or .otf; DejaVu Sans by default.
        size: The height of the letters: pixels, or a share of the picture's height; 8 % by default.
        position: The position: a word such as bottom-left, or the text's middle as two shares.
        colour: The colour of the letters, as ``#rrggbb``; white by default.
        box: A box behind the text; {} means black, with opacity 0.6.
        shadow: Whether the letters have a soft shadow; True by default.
        start: The time at which the text appears, in seconds.
        seconds: How long the text is shown; on a clip by default to the end. A card ends with its
            text.
        fade_in: The length of the fade-in, in seconds.
        fade_out: The length of the fade-out, in seconds.
        like: For a card: a clip that gives the size and frame rate.
        width: For a card: pixels.
        height: For a card: pixels.
        fps: For a card: frames per second.
        background: The colour of a card; for a clip, the colour behind transparent parts.
        audio_track: The sound track of the clip to use if it has several, from 1.
        settings: The store; None for the environment's store.

    Returns:
        The film with the text, in the store.

    Raises:
        MediaError: The text has no room; the font lacks a letter; the title reaches past the clip's
            end; or a file is not of the expected kind.
    """
    return await run_local("title", locals())
