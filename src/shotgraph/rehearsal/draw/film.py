"""From a graph to a clip: the mark on it, so many frames at such a rate, in a plain mp4."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.media.output import target
from shotgraph.media.process import Progress, run_ffmpeg
from shotgraph.media.source import Stream, address, source
from shotgraph.rehearsal.draw.label import write_label
from shotgraph.rehearsal.draw.scene import Frame, Scene
from shotgraph.rehearsal.draw.still import write_row

_TIMEOUT_S = 120
_MARGIN_PX = 16
_LABEL, _ROW = 90, 91


@dataclass(frozen=True)
class Shot:
    """What is filmed.

    Attributes:
        picture: A stream of the frame's size; it may go on for longer than `frames`.
        sound: An audio stream, or None.
        copies_sound: Whether the sound is taken over as it is.
    """

    picture: Stream
    frame: Frame
    rate: Fraction
    frames: int
    sound: Stream | None = None
    copies_sound: bool = False


def timed(stream: Stream, rate: Fraction) -> Stream:
    """Number the frames anew, at an exact rate."""
    return stream.filter("setpts", f"N*{rate.denominator}/({rate.numerator}*TB)")


def sized(stream: Stream, frame: Frame) -> Stream:
    """Fill a frame without distortion: scale until it is covered, cut off what is too much."""
    covered = stream.filter(
        "scale", frame.width, frame.height, force_original_aspect_ratio="increase"
    )
    return covered.filter("crop", frame.width, frame.height).filter("setsar", 1)


async def film(
    scene: Scene, shot: Shot, work: Path, path: Path, log: Callable[[str], None]
) -> None:
    """Draw a shot with its mark, and its pictures in a corner if it has some beside a video."""
    marked = _marked(scene, shot, work).filter("format", "yuv420p")
    # Not with the option that counts frames: ffmpeg 5.1 ends the sound with the last of them, and
    # that is coded before the sound beside it.
    picture = marked.filter("trim", end_frame=shot.frames)
    streams = [picture] if shot.sound is None else [picture, shot.sound]
    with target(path) as part:
        output = ffmpeg.output(
            *streams,
            address(part),
            format="mp4",
            vcodec="libx264",
            preset="superfast",
            crf=20,
            threads=2,
            r=f"{shot.rate.numerator}/{shot.rate.denominator}",
            fps_mode="cfr",
            movflags="+faststart",
            map_metadata=-1,
            **({} if shot.sound is None else _sound_options(shot)),
        )
        await run_ffmpeg(output, timeout_s=_TIMEOUT_S, on_progress=_percent(shot.frames, log))


def _sound_options(shot: Shot) -> dict[str, str]:
    coded = {"acodec": "copy"} if shot.copies_sound else {"acodec": "aac", "audio_bitrate": "192k"}
    # A sound that is copied can't be trimmed by a filter, and may go on after the picture.
    return {**coded, "t": f"{round(shot.frames / shot.rate * 10**6)}us"}


def _marked(scene: Scene, shot: Shot, work: Path) -> Stream:
    label = work / "label.png"
    write_label(scene, shot.frame, label)
    picture = ffmpeg.overlay(
        shot.picture, source(label, index=_LABEL), x=_MARGIN_PX, y=f"H-h-{_MARGIN_PX}"
    )
    if scene.video is None or not scene.pictures:
        return picture
    row = work / "row.png"
    write_row(scene.pictures, shot.frame, row)
    return ffmpeg.overlay(picture, source(row, index=_ROW), x=f"W-w-{_MARGIN_PX}", y=_MARGIN_PX)


def _percent(frames: int, log: Callable[[str], None]) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        log(f"Drawn {min(100, progress.frames * 100 // frames)} %")

    return report
