"""The drawing of each kind of endpoint."""

import math
import wave
from array import array
from fractions import Fraction
from hashlib import sha256
from math import ceil, gcd
from pathlib import Path

import ffmpeg
from PIL import Image

from shotgraph.media.info import Colour
from shotgraph.media.rehearsal_mark import stamp
from shotgraph.media.source import Stream, source
from shotgraph.rehearsal.draw.filming import (
    DrawnShot,
    size_of,
    sized,
    timed,
    write_backdrop,
    write_filling,
    write_label,
)
from shotgraph.rehearsal.draw.look import look_of
from shotgraph.rehearsal.draw.scene import Frame, Move, Scene, SceneClip, frame_of, move_of


def draw_edit(scene: Scene) -> DrawnShot:
    """Restyle the video; its sound stays only if the job asks for it."""
    clip = scene.clip
    info, rate = clip.info, clip.frame_rate
    frame = Frame(info.width // 2 * 2, info.height // 2 * 2)
    opened = source(clip.path)
    picture = sized(timed(opened[clip.info.selector], rate), frame).filter("format", "yuv420p")
    sound = opened[info.audio.selectors[0]] if scene.keep_audio and info.audio is not None else None
    return DrawnShot(
        picture=look_of(scene).paint(picture, frame),
        frame=frame,
        rate=rate,
        frames=info.frames,
        sound=sound,
        copies_sound=info.audio is not None and info.audio.codec == "aac",
    )


# Playing backwards holds each frame in memory.
_MAX_HELD_BYTES = 300 << 20


def draw_reference(scene: Scene) -> DrawnShot:
    """Continue the video for the requested seconds, in its aspect ratio or in another."""
    clip = scene.clip
    rate, frame = clip.frame_rate, _frame(scene, clip)
    frames = round(scene.duration_s * rate)
    held = min(clip.info.frames, frames, _holdable(clip))
    opened = source(clip.path, index=1)
    there_and_back = _there_and_back(opened[clip.info.selector], clip, held, frames)
    onward = sized(timed(there_and_back, rate), frame)
    moved = move_of(scene.take, depth=0.06).over_video(
        onward, frame, rate, frames, clip.info.colour
    )
    return DrawnShot(
        picture=look_of(scene).tint(moved),
        frame=frame,
        rate=rate,
        frames=frames,
        sound=_sound(scene, opened, Fraction(frames) / rate),
    )


def _frame(scene: Scene, clip: SceneClip) -> Frame:
    width, height = clip.info.width, clip.info.height
    if scene.aspect_ratio == "auto" or _named_ratio(width, height) == scene.aspect_ratio:
        return Frame(width // 2 * 2, height // 2 * 2)
    return frame_of(scene.aspect_ratio, min(width, height))


def _named_ratio(width: int, height: int) -> str:
    shared = gcd(width, height)
    return f"{width // shared}:{height // shared}"


def _holdable(clip: SceneClip) -> int:
    frame_bytes = clip.info.width * clip.info.height * 3 // 2
    return max(2, _MAX_HELD_BYTES // frame_bytes)


def _there_and_back(stream: Stream, clip: SceneClip, held: int, frames: int) -> Stream:
    """Play the last frames backwards and forwards in turn, until the shot is long enough."""
    tail = stream.filter("trim", start_frame=clip.info.frames - held)
    if frames <= held:
        return tail.filter("reverse")
    split = tail.filter("setpts", "PTS-STARTPTS").filter_multi_output("split")
    there = split[0].filter("reverse").filter("setpts", "PTS-STARTPTS")
    both = ffmpeg.concat(there, split[1])
    return both.filter("loop", loop=-1, size=2 * held)


def _sound(scene: Scene, opened: Stream, seconds: Fraction) -> Stream | None:
    audio = scene.clip.info.audio
    if not scene.keep_audio or audio is None:
        return None
    samples = round(seconds * 48_000)
    return (
        opened[audio.selectors[0]]
        .filter("aresample", 48_000)
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
    )


RATE = Fraction(24)
SHORT_SIDE_PX = 720
_BT709 = Colour(range="tv", space="bt709")


def draw_image_to_video(scene: Scene, work: Path) -> DrawnShot:
    """Push into the start image; with an end image, dissolve to it and end on it."""
    if scene.start_image is None:
        raise ValueError("image_to_video was given no start image")
    frame = _nearest(size_of(scene.start_image))
    frames = int(scene.duration_s * RATE)
    first = over_still(scene.start_image, frame, frames, work / "start.png", move_of(scene.take))
    if scene.end_image is not None:
        arriving = move_of(scene.take, 1, outward=True)
        last = over_still(scene.end_image, frame, frames, work / "end.png", arriving)
        first = dissolve(first, last, seconds=scene.duration_s * 0.6, at=scene.duration_s * 0.2)
    else:
        first = look_of(scene).tint(first)
    return DrawnShot(picture=first, frame=frame, rate=RATE, frames=frames)


def dissolve(before: Stream, after: Stream, *, seconds: float, at: float) -> Stream:
    """Dissolve from one stream to another, in `seconds`, beginning at the second `at`."""
    return ffmpeg.filter(
        [before, after], "xfade", transition="fade", duration=f"{seconds:.4f}", offset=f"{at:.4f}"
    )


def over_still(image: Path, frame: Frame, frames: int, path: Path, move: Move) -> Stream:
    """Film an image with a camera move; a copy that ffmpeg can read is written to `path`."""
    write_filling(image, Frame(2 * frame.width, 2 * frame.height), path)
    # By default, ffmpeg converts RGB to BT.601, whatever the size.
    picture = source(path).filter("scale", out_color_matrix=_BT709.space, out_range=_BT709.range)
    return move.over_still(picture, frame, RATE, frames, _BT709)


def _nearest(size: Frame) -> Frame:
    ratio = size.width / size.height
    known = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0}
    # The nearest ratio is the one with the smallest quotient, not the smallest difference.
    name = min(known, key=lambda name: max(ratio / known[name], known[name] / ratio))
    return frame_of(name, SHORT_SIDE_PX)


_DISSOLVE_S = 0.25


def draw_reference_to_video(scene: Scene, work: Path) -> DrawnShot:
    """Film the pictures in turn with camera moves; without pictures, film a backdrop."""
    frame = frame_of(scene.aspect_ratio, SHORT_SIDE_PX)
    stills = scene.pictures or (_backdrop(scene, frame, work),)
    frames = int(scene.duration_s * RATE)
    each_s = scene.duration_s / len(stills)
    picture: Stream | None = None
    for number, path in enumerate(stills):
        length = ceil((each_s + _DISSOLVE_S) * RATE) + 1
        outward = bool(number % 2)
        move = move_of(scene.take, number, depth=0.16, outward=outward)
        filmed = over_still(path, frame, length, work / f"still-{number}.png", move)
        if picture is None:
            picture = filmed
        else:
            picture = dissolve(picture, filmed, seconds=_DISSOLVE_S, at=number * each_s)
    return DrawnShot(
        picture=look_of(scene).paint(picture, frame), frame=frame, rate=RATE, frames=frames
    )


def _backdrop(scene: Scene, frame: Frame, work: Path) -> Path:
    path = work / "backdrop.png"
    write_backdrop(scene.prompt, frame, path)
    return path


FRAME = Frame(1280, 720)
PICTURE = Frame(640, 360)
TONE_S = 2
_TONE_HZ = 24_000
_MARGIN_PX = 16


def draw_any(scene: Scene, work: Path) -> DrawnShot:
    """Show a backdrop for the requested seconds."""
    frames = int(scene.duration_s * RATE)
    write_backdrop(scene.prompt, FRAME, work / "backdrop.png")
    picture = source(work / "backdrop.png").filter("format", "yuv420p")
    held = picture.filter("loop", loop=frames - 1, size=1)
    return DrawnShot(picture=timed(held, RATE), frame=FRAME, rate=RATE, frames=frames)


def write_picture(scene: Scene, work: Path, path: Path) -> None:
    """Write the backdrop as a PNG with the mark."""
    write_backdrop(scene.prompt, PICTURE, work / "picture.png")
    write_label(scene, PICTURE, work / "mark.png")
    with Image.open(work / "picture.png") as picture, Image.open(work / "mark.png") as mark:
        marked = picture.convert("RGB")
        marked.paste(mark, (_MARGIN_PX, PICTURE.height - mark.height - _MARGIN_PX))
    marked.save(path, "PNG")
    stamp(path)


def write_tone(scene: Scene, path: Path) -> None:
    """Write a wav with one tone; the take decides its pitch."""
    pitch_hz = 220 + sha256(scene.take.encode()).digest()[0] * 2
    step = 2 * math.pi * pitch_hz / _TONE_HZ
    samples = array("h", (int(6000 * math.sin(n * step)) for n in range(TONE_S * _TONE_HZ)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_TONE_HZ)
        file.writeframes(samples.tobytes())
