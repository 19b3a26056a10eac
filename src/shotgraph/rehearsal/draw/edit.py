"""edit: the same shot, repainted. Every frame stays, in its place and at its time."""

from shotgraph.media.source import source
from shotgraph.rehearsal.draw.film import Shot, sized, timed
from shotgraph.rehearsal.draw.look import look_of
from shotgraph.rehearsal.draw.scene import Frame, Scene


def draw_edit(scene: Scene) -> Shot:
    """Restyle the video; its sound stays only if it is asked for."""
    clip = scene.clip
    info, rate = clip.info, clip.frame_rate
    frame = Frame(info.width // 2 * 2, info.height // 2 * 2)
    opened = source(clip.path)
    picture = sized(timed(opened["v:0"], rate), frame).filter("format", "yuv420p")
    sound = opened["a:0"] if scene.keep_audio and info.audio is not None else None
    return Shot(
        picture=look_of(scene).paint(picture, frame),
        frame=frame,
        rate=rate,
        frames=info.frames,
        sound=sound,
        copies_sound=info.audio is not None and info.audio.codec == "aac",
    )
