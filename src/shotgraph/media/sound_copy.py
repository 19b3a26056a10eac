"""Whether a clip's coded sound, copied, is what is heard of it."""

from fractions import Fraction

from shotgraph.media.clip import Clip
from shotgraph.media.reader import count, opened, sound_of
from shotgraph.media.sound import layout_of
from shotgraph.media.source import identify
from shotgraph.media.verify import clock_faults

_LEAD_IN = 1  # packets that a coder puts before what is heard; an edit hides more


def sound_can_be_copied(clip: Clip, seconds: Fraction, *, slack: Fraction) -> bool:
    """Whether a film of a clip's own picture can have its sound bit for bit.

    It is AAC in an mp4 or mov, of a layout that films have, is first heard when the first picture
    is shown, has no edits, always runs forwards, and is as long as the film.

    Args:
        clip: The clip.
        seconds: Of the film.
        slack: Seconds by which the sound may be longer or shorter.

    Raises:
        MediaError: It can't be read.
    """
    audio = clip.info.audio
    if (
        audio is None
        or audio.codec != "aac"
        or audio.layout != layout_of(audio)
        or clip.info.container not in ("mp4", "mov")
        or clip.start != 0
        or audio.start != 0
        or abs(audio.duration - seconds) > slack
    ):
        return False
    with opened(clip.path, identify(clip.path), looks_inside=False) as media:
        stream = sound_of(media)
        if stream is None:
            return False
        track = count(media, [stream], clip.path)[0]
        whole = track.times[0] == 0 and track.hidden <= _LEAD_IN
        return whole and not clock_faults("audio", track)
