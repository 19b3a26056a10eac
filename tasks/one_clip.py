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
"""In a picture: pixels, which are even, or a share: "25%", or a fraction."""
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
    """Leave out the first frames of a shot that show the end of the shot before it again.

    Args:
        video: The shot; at most 3 of its frames are left out, with their sound.
        after: The shot that it continues; or give `start_image`.
        start_image: The picture that it was made from, which is the last frame of the one before.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The shot without them, in the store; the shot itself where it repeats nothing.

    Raises:
        MediaError: One of them can't be read.
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
        width: How wide the rectangle is.
        height: How high it is.
        left: Where it begins, from the left; around the focus by default.
        top: Where it begins, from the top.
        focus: The point around which it lies, as shares of width and height; the middle by default.
        audio_track: Which of several sound tracks is heard, from 1.
        background: What is seen where it is transparent, as ``#rrggbb``; black by default.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The film of the rectangle, in the store.

    Raises:
        MediaError: The rectangle reaches past the picture, or the clip is no video.
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
    """Make the file of a film that those who take it ask for, and measure it.

    Args:
        video: The film.
        profile: Who takes it: "youtube", "instagram-reel", "broadcast-r128" or "prores-master".
        fit: How a film of another shape fills the file: "pad", "crop" or "blur"; padded by default.
        focus: With "crop" and "blur", the point that stays in view; the middle by default.
        background: The colour of margins, as ``#rrggbb``; black by default.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The file, in the store; ``treatment`` has what was measured, under ``delivery``.

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
        video: The clip whose frame is held; or give an image.
        image: The image to show.
        seconds: How long, in seconds.
        at: Of a clip: first, last (the default), or the number of the frame, counted from 0.
        push: How many times as large the picture is at the end; below 1 it begins large.
        focus: The point that a push goes to, and that a crop keeps in view, as shares of width and
            height; the middle by default.
        fit: How an image of another shape fills the picture: pad (the default), crop or blur.
        like: Of an image: a clip whose size and frame rate it gets.
        width: Of an image: pixels; its own size by default.
        height: Of an image: pixels.
        fps: Of an image: frames per second; 24 by default.
        background: What is seen where it is transparent, as ``#rrggbb``, and with the fit pad
            beside it; black by default.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The film of it, in the store.

    Raises:
        MediaError: There is no such frame, or a file is not what it should be.
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
        factor: How many times as fast: 2 lasts half as long, "0.5" twice as long; 1/20 to 20.
        sound: keep it (the default), at its pitch, as fast as the picture; or drop it.
        audio_track: Which of several sound tracks is heard, from 1.
        background: What is seen where it is transparent, as ``#rrggbb``; black by default.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The faster or slower film, in the store.

    Raises:
        MediaError: The clip is no video, or would be too long.
    """
    return await run_local("speed", locals())


class TextBox(TypedDict, total=False):
    """A box behind a text: its colour, and how little is seen through it, from 0 to 1."""

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
    """Lay a text on a clip, or make a card of a text on one colour.

    Args:
        text: The text, as it is to be seen; long lines are broken at spaces.
        video: The clip; without one, a card is made.
        font: A font file, .ttf or .otf; DejaVu Sans by default.
        size: How high the letters are: pixels, or a share of the picture's height; 8 % by default.
        position: Where it is: a word such as bottom-left, or the text's middle as two shares.
        colour: Of the letters, as ``#rrggbb``; white by default.
        box: A box behind it; {} is black, of opacity 0.6.
        shadow: Whether the letters have a soft shadow; they have by default.
        start: When the text comes, in seconds.
        seconds: How long it is seen; on a clip by default to the end. A card ends with its text.
        fade_in: How long it fades in, in seconds.
        fade_out: How long it fades out, in seconds.
        like: Of a card: a clip whose size and frame rate it gets.
        width: Of a card: pixels.
        height: Of a card: pixels.
        fps: Of a card: frames per second.
        background: The colour of a card; of a clip, what is seen where it is transparent.
        audio_track: Which of several sound tracks of the clip is heard, from 1.
        settings: Where the store is; the environment's where it is None.

    Returns:
        The film with the text, in the store.

    Raises:
        MediaError: The text has no room, or a letter that the font lacks; the title reaches past
            the clip's end; or a file is not what it should be.
    """
    return await run_local("title", locals())
