"""reference: the next shot. It begins on the last frame of the one before, and goes on from there.

The motion is the video's own, run backwards: the first frame follows without a jump, and what
moved goes on moving. A slow push on top keeps a still video from looking stuck.
"""

from fractions import Fraction
from math import gcd

import ffmpeg

from shotgraph.media.source import Stream, source
from shotgraph.rehearsal.draw.camera import move_of
from shotgraph.rehearsal.draw.film import Shot, sized, timed
from shotgraph.rehearsal.draw.look import look_of
from shotgraph.rehearsal.draw.scene import Clip, Frame, Scene, frame_of

# Running backwards holds every frame in memory.
_MAX_HELD_BYTES = 300 << 20


def draw_reference(scene: Scene) -> Shot:
    """Continue the video for the seconds asked for, in its shape or in another."""
    clip = scene.clip
    rate, frame = clip.frame_rate, _frame(scene, clip)
    frames = round(scene.duration_s * rate)
    held = min(clip.info.frames, frames, _holdable(clip))
    opened = source(clip.path, index=1)
    onward = sized(timed(_there_and_back(opened["v:0"], clip, held, frames), rate), frame)
    moved = move_of(scene.take, depth=0.06).over_video(
        onward, frame, rate, frames, clip.info.colour
    )
    return Shot(
        picture=look_of(scene).tint(moved),
        frame=frame,
        rate=rate,
        frames=frames,
        sound=_sound(scene, opened, Fraction(frames) / rate),
    )


def _frame(scene: Scene, clip: Clip) -> Frame:
    width, height = clip.info.width, clip.info.height
    if scene.aspect_ratio == "auto" or _named_ratio(width, height) == scene.aspect_ratio:
        return Frame(width // 2 * 2, height // 2 * 2)
    return frame_of(scene.aspect_ratio, min(width, height))


def _named_ratio(width: int, height: int) -> str:
    shared = gcd(width, height)
    return f"{width // shared}:{height // shared}"


def _holdable(clip: Clip) -> int:
    frame_bytes = clip.info.width * clip.info.height * 3 // 2
    return max(2, _MAX_HELD_BYTES // frame_bytes)


def _there_and_back(stream: Stream, clip: Clip, held: int, frames: int) -> Stream:
    """The last frames backwards; and forwards, and backwards, for as long as it takes."""
    tail = stream.filter("trim", start_frame=clip.info.frames - held)
    if frames <= held:
        return tail.filter("reverse")
    split = tail.filter("setpts", "PTS-STARTPTS").filter_multi_output("split")
    there = split[0].filter("reverse").filter("setpts", "PTS-STARTPTS")
    both = ffmpeg.concat(there, split[1])
    return both.filter("loop", loop=-1, size=2 * held)


def _sound(scene: Scene, opened: Stream, seconds: Fraction) -> Stream | None:
    if not scene.keep_audio or scene.clip.info.audio is None:
        return None
    samples = round(seconds * 48_000)
    return (
        opened["a:0"]
        .filter("aresample", 48_000)
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
    )
