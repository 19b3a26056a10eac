"""What is done to clips on their way into a film, in words and for machines."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from shotgraph.media.colours import BACKGROUND, is_wide
from shotgraph.media.framing import PADDED, Framing, covering, has_margins
from shotgraph.media.info import AudioInfo, MediaInfo
from shotgraph.media.profiles import Delivery
from shotgraph.media.target_format import TargetFormat

SILENT = "it is silent"
"""A clip has no sound, and its film has."""
# Coders of sound begin up to 50 ms early, with nothing to be heard.
_LEAST_SAID_S, _LEAST_BEHIND_S = Fraction(1, 20), Fraction(1, 10)
_EIGHT_BIT = "yuv420p"
_BLACK = "black margins"
_LIKE_IT = frozenset({_EIGHT_BIT, "yuvj420p"})
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


class _Said(BaseModel):
    # A later shotgraph may write more into a record than an older one knows.
    model_config = ConfigDict(frozen=True, extra="ignore")


class ClipTreatment(_Said):
    """What is done to one clip.

    Attributes:
        clip: Its number among the clips of the step, from 1.
        how: Whether its coded pictures are copied, bit for bit, or coded anew.
        changes: What is not as it was, in words.
    """

    clip: int
    how: Literal["copied", "coded"]
    changes: tuple[str, ...] = ()


class Seam(_Said):
    """Both sides of a cut between two clips of a film.

    Attributes:
        clip: The number of the clip after it, from 2.
        frame: Of the film, that begins that clip.
        continues: Whether the clip goes on where the one before ended; else it is a hard cut.
        likeness: Of the brightness of the pictures on both sides, -1 to 1.
        luma_step: By how much the second is brighter, of 255.
        delta_e: CIEDE2000 between their mean colours, as the clips are.
        matched_delta_e: The same in the film; None where nothing was changed.
    """

    clip: int
    frame: int
    continues: bool
    likeness: float
    luma_step: float
    delta_e: float
    matched_delta_e: float | None = None

    def line(self) -> str:
        """Say it."""
        if not self.continues:
            return f"clips {self.clip - 1} and {self.clip}: a hard cut, which is left alone"
        was = f"clip {self.clip} begins {self.delta_e:.1f} ΔE from the end of clip {self.clip - 1}"
        if self.matched_delta_e is None:
            return f"{was}; it matches"
        return f"{was}; matched to {self.matched_delta_e:.1f}, fading over the clip"


class Treatment(_Said):
    """What a step makes of its clips.

    Attributes:
        width: Of the film, in pixels.
        height: As `width`.
        fps: Frames per second; None of an image.
        codec: Of its picture.
        pixel_format: As ffmpeg names it.
        range: tv (16 to 235) or pc (0 to 255).
        clips: In order.
        seams: The cuts between them.
        delivery: What was measured, of a file that was made by a profile.
    """

    width: int
    height: int
    fps: Fraction | None
    codec: str
    pixel_format: str
    range: str
    clips: tuple[ClipTreatment, ...]
    # Of a film whose cuts were looked at.
    seams: tuple[Seam, ...] = ()
    # Of a file that was made by a profile.
    delivery: Delivery | None = None

    @property
    def says_more(self) -> bool:
        """Whether something was changed, or measured."""
        return self.delivery is not None or any(one.changes for one in self.clips)

    def with_change(self, change: str) -> "Treatment":
        """It with one more change to each clip that is not copied."""
        clips = [one.model_copy(update={"changes": (*one.changes, change)}) for one in self.clips]
        return self.model_copy(update={"clips": tuple(clips)})

    def as_json(self) -> dict[str, Any]:
        """It as ``run --json`` prints it."""
        fps = float(self.fps) if self.fps is not None else None
        return {**self.model_dump(mode="json"), "fps": fps, "says": self.lines()}

    def lines(self) -> list[str]:
        """Say it: the film, the clips that are copied, and each that is not as it was."""
        size = f"{self.width} x {self.height} px"
        if self.fps is None:
            return [size, *clip_lines({one.clip: one.changes for one in self.clips})]
        film = film_line(TargetFormat(self.width, self.height, self.fps))
        span = "limited" if self.range == "tv" else "full"
        said = [f"{film}, {self.codec} {self.pixel_format}, {span} range"]
        for how, words in (("copied", "copied bit for bit"), ("coded", "coded anew")):
            numbers = [one.clip for one in self.clips if one.how == how]
            if numbers:
                said.append(f"{_clips(numbers)} {'is' if len(numbers) == 1 else 'are'} {words}")
        said += clip_lines({one.clip: one.changes for one in self.clips})
        measured = self.delivery.lines() if self.delivery is not None else []
        return [*said, *(seam.line() for seam in self.seams), *measured]


Note: TypeAlias = Callable[[Treatment], None]


def treatment(
    film: MediaInfo,
    clips: Iterable[tuple[MediaInfo, bool]],
    background: str | None = None,
    framing: Framing = PADDED,
) -> Treatment:
    """Describe what was done.

    Args:
        film: What came out.
        clips: Of each clip, what it was, and whether its pictures were copied.
        background: What transparent pictures were laid over.
        framing: How clips of another shape were made to fill the film.
    """
    assert film.frame_rate is not None  # noqa: S101  it is a video
    target = TargetFormat(film.width, film.height, film.frame_rate)
    return _treatment(
        film,
        [
            ClipTreatment(
                clip=number,
                how="copied" if is_copied else "coded",
                changes=(
                    *(
                        ()
                        if is_copied
                        else picture_changes(info, target, background, film.pixel_format, framing)
                    ),
                    *sound_changes(info, film.audio),
                ),
            )
            for number, (info, is_copied) in enumerate(clips, start=1)
        ],
    )


def coded_treatment(film: MediaInfo, changes: Iterable[str]) -> Treatment:
    """Describe a film that was made of one clip, or of none.

    Args:
        film: What came out.
        changes: What is not as it was, in words.
    """
    return _treatment(film, [ClipTreatment(clip=1, how="coded", changes=tuple(changes))])


def _treatment(film: MediaInfo, clips: Iterable[ClipTreatment]) -> Treatment:
    return Treatment(
        width=film.width,
        height=film.height,
        fps=film.frame_rate,
        codec=film.codec,
        pixel_format=film.pixel_format,
        range=film.colour.range or "tv",
        clips=tuple(clips),
    )


def still_treatment(still: MediaInfo, clip: MediaInfo, background: str | None = None) -> Treatment:
    """Describe what was done to take one frame.

    Args:
        still: What came out.
        clip: What it was taken from.
        background: What a transparent picture was laid over.
    """
    changes = tuple(as_shown(clip, background))
    return Treatment(
        width=still.width,
        height=still.height,
        fps=None,
        codec=still.codec,
        pixel_format=still.pixel_format,
        range="pc",
        clips=(ClipTreatment(clip=1, how="coded", changes=changes),),
    )


def picture_changes(
    info: MediaInfo,
    target: TargetFormat | None,
    background: str | None = None,
    pixel_format: str = _EIGHT_BIT,
    framing: Framing = PADDED,
) -> list[str]:
    """What coding a picture for a film changes, in words.

    Args:
        info: The clip.
        target: Of the film; None where it is not known, and then nothing is said of size and rate.
        background: What transparent pictures are laid over.
        pixel_format: Of the film.
        framing: How a picture of another shape fills the film.
    """
    changes = as_shown(info, background, keeps_alpha=pixel_format.startswith("yuva"))
    if info.colour.range == "pc" or info.pixel_format.startswith("yuvj"):
        changes.append("its full range is made limited")
    if pixel_format != _EIGHT_BIT and info.pixel_format != pixel_format:
        changes.append(f"{info.pixel_format} is made {pixel_format}")
    elif pixel_format == _EIGHT_BIT and info.pixel_format not in _LIKE_IT:
        changes.append(f"{info.pixel_format} is made 8 bit 4:2:0")
    return changes if target is None else [*changes, *_fitted(info, target, framing)]


def as_shown(
    info: MediaInfo, background: str | None = None, *, keeps_alpha: bool = False
) -> list[str]:
    """What makes stored pictures those that a player shows, in words."""
    changes = []
    if info.colour.is_hdr:
        changes.append("HDR is made SDR")
    if is_wide(info.colour):
        changes.append("its wide colours are made BT.709")
    if info.transparent and not keeps_alpha:
        over = "black" if background in (None, BACKGROUND) else background
        changes.append(f"its transparent parts are shown over {over}")
    if info.aperture is not None:
        changes.append("its clean aperture is cut out of it")
    if info.interlaced:
        changes.append("interlaced frames are made whole")
    if info.mirrored:
        changes.append("it is mirrored, as players show it")
    if info.rotation:
        changes.append(f"it is turned upright by {info.rotation} degrees")
    if info.sample_aspect_ratio != 1:
        changes.append(f"its pixels are made square from {info.sample_aspect_ratio}")
    return changes


def _fitted(info: MediaInfo, target: TargetFormat, framing: Framing) -> list[str]:
    changes = []
    size = (info.width, info.height)
    scale = min(Fraction(target.width, info.width), Fraction(target.height, info.height))
    inner = tuple(round(side * scale / 2) * 2 for side in size)
    if framing.fit == "crop" and has_margins(info, target):
        changes += _cropped(info, target, framing)
    elif size != (target.width, target.height):
        if size[0] - target.width in (0, 1) and size[1] - target.height in (0, 1):
            changes.append("its odd line is scaled away")
        elif inner != size:
            changes.append(f"{size[0]} x {size[1]} px are made {inner[0]} x {inner[1]}")
        if max(target.width - inner[0], target.height - inner[1]) > 2:
            said, share = _margins(framing), ""
            if said == _BLACK:
                black = 1 - Fraction(inner[0] * inner[1], target.width * target.height)
                share = f", {max(1, round(100 * black))} % of that black"
            changes.append(f"{said} make it {target.width} x {target.height}{share}")
    if not info.constant_frame_rate:
        changes.append(f"its uneven frame rate is made {number_text(target.frame_rate)}")
    elif info.frame_rate != target.frame_rate:
        was = number_text(info.frame_rate or Fraction(0))
        changes.append(f"{was} frames a second are made {number_text(target.frame_rate)}")
    return changes


def _margins(framing: Framing) -> str:
    if framing.fit == "blur":
        return "blurred margins"
    return f"margins in {framing.margin}" if framing.margin is not None else _BLACK


def _cropped(info: MediaInfo, target: TargetFormat, framing: Framing) -> list[str]:
    width, height, box = covering(info, target, framing.focus)
    changes = []
    if (width, height) != (info.width, info.height):
        changes.append(f"{info.width} x {info.height} px are made {width} x {height}")
    cut = f"{box.width} x {box.height} px are cut out of it, from {box.left}, {box.top} on"
    return [*changes, cut]


def sound_changes(info: MediaInfo, film: AudioInfo | None) -> list[str]:
    """What becomes of a clip's sound, in words: tracks, channels, samples.

    Args:
        info: The clip.
        film: The sound of the film; None where it has none, or is not known yet.
    """
    sound = info.audio
    if sound is None:
        return [SILENT] if film is not None else []
    changes = [*track_choice(sound), *sound_before(info), *sound_behind(info)]
    if film is not None and film.channels != sound.channels:
        changes.append(f"its {_layout(sound)} sound is made {_layout(film)}")
    if film is not None and film.sample_rate_hz != sound.sample_rate_hz:
        changes.append(f"its sound of {sound.sample_rate_hz} Hz is made {film.sample_rate_hz} Hz")
    return changes


def sound_before(info: MediaInfo) -> list[str]:
    """How much is heard before the first picture, in words; a film begins with the picture."""
    before = info.start - info.audio.start if info.audio is not None else Fraction(0)
    if before < _LEAST_SAID_S:
        return []
    return [f"{number_text(before)} s of its sound come before its first picture, and are cut away"]


def sound_behind(info: MediaInfo) -> list[str]:
    """How much is heard behind the last picture, in words; a film's clip ends with the picture."""
    if info.audio is None:
        return []
    behind = info.audio.start + info.audio.duration - info.start - info.duration
    # Coders of sound fill their last packet.
    if behind < _LEAST_BEHIND_S:
        return []
    return [f"{number_text(behind)} s of its sound come after its last picture, and are cut away"]


def track_choice(sound: AudioInfo) -> list[str]:
    """Which of several tracks is heard, in words."""
    if sound.tracks == 1:
        return []
    if len(sound.streams) == 2:
        both = "its two mono sound tracks are left and right"
        left_out = f"left out: {', '.join(sound.left_out)}" if sound.left_out else ""
        return [both, *filter(None, [left_out])]
    return [
        f"its sound is track {sound.track} of {sound.tracks}; left out: {', '.join(sound.left_out)}"
    ]


def _layout(sound: AudioInfo) -> str:
    return sound.layout or _LAYOUTS.get(sound.channels, f"{sound.channels}-channel")


def number_text(value: Fraction) -> str:
    """A number with at most three decimals, as people write it."""
    return f"{float(value):.3f}".rstrip("0").rstrip(".")


def clip_lines(changes: Mapping[int, Sequence[str]]) -> list[str]:
    """Say what is changed in clips, by their numbers; clips that are treated alike in one line."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for number, of in changes.items():
        if of:
            alike.setdefault(tuple(of), []).append(number)
    return [f"{_clips(numbers)}: {'; '.join(of)}" for of, numbers in alike.items()]


def film_line(target: TargetFormat) -> str:
    """Say what a film will be."""
    return f"{target.width} x {target.height} px, {number_text(target.frame_rate)} frames a second"


def _clips(numbers: Sequence[int]) -> str:
    listed = ", ".join(str(number) for number in numbers)
    return f"clip {listed}" if len(numbers) == 1 else f"clips {listed}"
