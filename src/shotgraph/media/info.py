"""What a media file holds."""

from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.media.colour import Colour


class AudioInfo(BaseModel):
    """The sound of a file.

    Attributes:
        codec: As ffmpeg names it: aac, mp3, opus.
        sample_rate_hz: Samples per second and channel.
        channels: 1 for mono, 2 for stereo.
        duration: Seconds that are heard, without the encoder's lead-in.
        layout: How the channels lie, as ffmpeg names it: mono, stereo, 5.1.
        start: Seconds on the file's clock at which it is first heard.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    codec: str
    sample_rate_hz: int
    channels: int
    duration: Fraction
    # Records from before these were read have none.
    layout: str = ""
    start: Fraction = Fraction(0)


class MediaInfo(BaseModel):
    """A media file, as it was counted; in JSON, fractions are texts such as ``24000/1001``.

    Attributes:
        kind: What it is for the person who looks at it; a sound with a cover is a sound.
        container: mp4, mov, matroska, png, jpeg, webp, wav, mp3, aac, flac, ogg.
        codec: Of the picture, or of the sound if there is no picture.
        width: Pixels, as shown: after rotation, and stretched to square pixels. 0 for sound.
        height: As `width`.
        pixel_format: As ffmpeg names it; empty for sound.
        rotation: Degrees clockwise by which a player turns the stored picture: 0, 90, 180, 270.
        sample_aspect_ratio: Width of a stored pixel by its height.
        frame_rate: Frames per second; the average where it is not constant. None unless video.
        constant_frame_rate: Whether every frame lasts as long as the next.
        frames: Frames that are shown, counted; 1 for an image, 0 for sound.
        duration: Seconds: of the picture for video, of the sound for sound, 0 for an image.
        time_base: Seconds per tick of the picture's clock. None unless video.
        size_bytes: Of the file.
        audio: The first sound in it, if any.
        profile: Of the picture's codec, as ffmpeg names it: High, Main 10; empty if it has none.
        colour: What the file says of its colours.
        interlaced: Whether each frame holds two moments, in alternate lines.
        start: Seconds on the file's clock at which its first picture is shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["video", "image", "audio"]
    container: str
    codec: str
    width: int
    height: int
    pixel_format: str
    rotation: int
    sample_aspect_ratio: Fraction
    frame_rate: Fraction | None
    constant_frame_rate: bool
    frames: int
    duration: Fraction
    time_base: Fraction | None
    size_bytes: int
    audio: AudioInfo | None
    # Records from before these were read have none.
    profile: str = ""
    colour: Colour = Colour()
    interlaced: bool = False
    start: Fraction = Fraction(0)
