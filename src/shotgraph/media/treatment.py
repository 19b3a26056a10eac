"""Describe the changes to clips on their way into a film, in words and as data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from shotgraph.media.colours import BACKGROUND, has_sd_matrix, is_wide
from shotgraph.media.framing import PADDED, Framing, covering, has_margins
from shotgraph.media.info import AudioInfo, MediaInfo
from shotgraph.media.profiles import Delivery
from shotgraph.media.target_format import TargetFormat

SILENT = "it is silent"
"""The words for a clip without sound in a film with sound."""
# Sound coders may begin with up to 50 ms of silence before the picture.
_LEAST_SAID_S, _LEAST_BEHIND_S = Fraction(1, 20), Fraction(1, 10)
_EIGHT_BIT = "yuv420p"
_BLACK = "black margins"
_OF_SD = "its BT.601 colours are made BT.709"
_LIKE_SD = "its colours, of no named matrix, are read as BT.601 and made BT.709"
_LIKE_IT = frozenset({_EIGHT_BIT, "yuvj420p"})
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


class _Said(BaseModel):
    # A newer shotgraph may write fields into a record that this version doesn't know.
    model_config = ConfigDict(frozen=True, extra="ignore")


class ClipTreatment(_Said):
    """The changes to one clip.

    Attributes:
        clip: The clip's number among the clips of the step, from 1.
        how: Whether its coded pictures are copied, bit for bit, or coded again.
        changes: The changes, in words.
    """

    clip: int
    how: Literal["copied", "coded"]
    changes: tuple[str, ...] = ()


class Seam(_Said):
    """The measurements of a cut between two clips of a film.

    Attributes:
        clip: The number of the clip after the cut, from 2.
        frame: The number of the film's frame with which that clip begins.
        continues: Whether the clip continues the clip before; otherwise it is a hard cut.
        likeness: The correlation of the brightness of both pictures, -1 to 1.
        luma_step: How much brighter the second picture is, of 255.
        delta_e: CIEDE2000 between the mean colours of the original clips.
        matched_delta_e: CIEDE2000 in the film; None if no clip was changed.
    """

    clip: int
    frame: int
    continues: bool
    likeness: float
    luma_step: float
    delta_e: float
    matched_delta_e: float | None = None

    def line(self) -> str:
        """The cut in words."""
        if not self.continues:
            return f"clips {self.clip - 1} and {self.clip}: a hard cut, which is not changed"
        was = f"clip {self.clip} begins {self.delta_e:.1f} ΔE from the end of clip {self.clip - 1}"
        if self.matched_delta_e is None:
            return f"{was}; it matches"
        return f"{was}; matched to {self.matched_delta_e:.1f}, fading over the clip"


class Treatment(_Said):
    """The result of a step, and the changes to its clips.

    Attributes:
        width: The width of the film, in pixels.
        height: The height of the film, in pixels.
        fps: Frames per second; None for an image.
        codec: The codec of the picture.
        pixel_format: The pixel format in ffmpeg's name.
        range: tv (16 to 235) or pc (0 to 255).
        clips: The changes to each clip, in order.
        seams: The cuts between the clips, if they were measured.
        delivery: The measurements of a file that was made for a profile; None for other films.
    """

    width: int
    height: int
    fps: Fraction | None
    codec: str
    pixel_format: str
    range: str
    clips: tuple[ClipTreatment, ...]
    seams: tuple[Seam, ...] = ()
    delivery: Delivery | None = None

    @property
    def says_more(self) -> bool:
        """Whether a clip was changed, or the file was measured."""
        return self.delivery is not None or any(one.changes for one in self.clips)

    def with_change(self, change: str) -> "Treatment":
        """The treatment with one more change to each clip."""
        clips = [one.model_copy(update={"changes": (*one.changes, change)}) for one in self.clips]
        return self.model_copy(update={"clips": tuple(clips)})

    def as_json(self) -> dict[str, Any]:
        """The treatment as ``run --json`` prints it."""
        fps = float(self.fps) if self.fps is not None else None
        return {**self.model_dump(mode="json"), "fps": fps, "says": self.lines()}

    def lines(self) -> list[str]:
        """The treatment in words: the film, the copied clips, and the changes to each clip."""
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
    """Describe how a film was made from its clips.

    Args:
        film: The film.
        clips: Each clip, and whether its pictures were copied.
        background: The colour behind transparent parts.
        framing: How clips of another shape fill the film.
    """
    assert film.frame_rate is not None  # noqa: S101  a film is a video
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
                        else picture_changes(
                            info,
                            target,
                            background,
                            film.pixel_format,
                            framing,
                            is_in_sd=has_sd_matrix(film),
                        )
                    ),
                    *sound_changes(info, film.audio),
                ),
            )
            for number, (info, is_copied) in enumerate(clips, start=1)
        ],
    )


def coded_treatment(film: MediaInfo, changes: Iterable[str]) -> Treatment:
    """Describe a film that was made from one clip, or without clips.

    Args:
        film: The film.
        changes: The changes, in words.
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
    """Describe how a still was made from a frame of a clip.

    Args:
        still: The still.
        clip: The clip.
        background: The colour behind transparent parts.
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
    *,
    is_in_sd: bool = False,
) -> list[str]:
    """The changes to a picture when it is coded for a film, in words.

    Args:
        info: The clip.
        target: The film's format; None if it isn't known, to leave out size and frame rate.
        background: The colour behind transparent parts.
        pixel_format: The pixel format of the film.
        framing: How a picture of another shape fills the film.
        is_in_sd: Whether the film has the colours of SD, as clips that are copied into it.
    """
    changes = as_shown(info, background, keeps_alpha=pixel_format.startswith("yuva"))
    if not is_in_sd and has_sd_matrix(info):
        changes.append(_OF_SD if info.colour.space else _LIKE_SD)
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
    """The changes from a stored picture to the picture that a player shows, in words."""
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
    """The changes to a clip's sound, in words: tracks, channels, samples.

    Args:
        info: The clip.
        film: The sound of the film; None if it has no sound, or isn't known yet.
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
    """The sound before the first picture, which is cut off, in words."""
    before = info.start - info.audio.start if info.audio is not None else Fraction(0)
    if before < _LEAST_SAID_S:
        return []
    return [f"{number_text(before)} s of its sound come before its first picture, and are cut away"]


def sound_behind(info: MediaInfo) -> list[str]:
    """The sound after the last picture, which is cut off, in words."""
    if info.audio is None:
        return []
    behind = info.audio.start + info.audio.duration - info.start - info.duration
    # Sound coders fill their last packet with silence.
    if behind < _LEAST_BEHIND_S:
        return []
    return [f"{number_text(behind)} s of its sound come after its last picture, and are cut away"]


def track_choice(sound: AudioInfo) -> list[str]:
    """The choice of a sound track if the file has several, in words."""
    if sound.tracks == 1:
        return []
    left_out = ", ".join(sound.left_out)
    if len(sound.streams) == 2:
        both = "its two mono sound tracks are left and right"
        return [both, f"not used: {left_out}"] if left_out else [both]
    return [f"its sound is track {sound.track} of {sound.tracks}; not used: {left_out}"]


def _layout(sound: AudioInfo) -> str:
    return sound.layout or _LAYOUTS.get(sound.channels, f"{sound.channels}-channel")


def number_text(value: Fraction) -> str:
    """A number with at most three decimals, without zeros at its end."""
    return f"{float(value):.3f}".rstrip("0").rstrip(".")


def clip_lines(changes: Mapping[int, Sequence[str]]) -> list[str]:
    """The changes to clips by their numbers, in words; one line for clips with equal changes."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for number, of in changes.items():
        if of:
            alike.setdefault(tuple(of), []).append(number)
    return [
        f"{_clips(numbers)}: {'; '.join(of if len(numbers) == 1 else map(_of_several, of))}"
        for of, numbers in alike.items()
    ]


def film_line(target: TargetFormat) -> str:
    """The size and frame rate of a film, in words."""
    return f"{target.width} x {target.height} px, {number_text(target.frame_rate)} frames a second"


def _of_several(change: str) -> str:
    """The words of a change to several clips; the records have those of one."""
    return f"they are{change.removeprefix('it is')}" if change.startswith("it is ") else change


def _clips(numbers: Sequence[int]) -> str:
    listed = ", ".join(str(number) for number in numbers)
    return f"clip {listed}" if len(numbers) == 1 else f"clips {listed}"
