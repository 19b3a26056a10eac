"""The arguments of local steps."""

from decimal import Decimal
from typing import Annotated, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shotgraph.media.framing import Fit
from shotgraph.media.grade import Match
from shotgraph.media.profiles import ProfileName
from shotgraph.media.sound import SoundtrackMode
from shotgraph.media.target_format import PIXEL_FORMATS, Codec, Coding, PixelFormat, Quality
from shotgraph.media.transition import TransitionKind
from shotgraph.model.references import Audio, Image, MediaRef, Video
from shotgraph.spec.exact_numbers import FrameRate, LastingSeconds, Seconds, seconds_text
from shotgraph.spec.local_fields import (
    AUDIO_TRACK,
    BACKGROUND,
    AudioTrack,
    Focus,
    FrameAt,
    HexColour,
    LocalArguments,
    Side,
    at_least_a_frame,
    check_focus,
    refuse_all,
)


class TrimArguments(LocalArguments):
    """Cut a piece from a video, exact to the frame."""

    video: Video = Field(description="The video to cut from.")
    start: Seconds = Field(
        default=0, validate_default=True, description="Where the piece starts, in seconds."
    )
    seconds: LastingSeconds | None = Field(
        default=None, description="How long the piece is, in seconds."
    )
    end: LastingSeconds | None = Field(
        default=None, description="Where the piece ends, in seconds."
    )
    audio_track: AudioTrack | None = AUDIO_TRACK
    background: HexColour | None = BACKGROUND

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.seconds is None) == (self.end is None):
            said = "neither is given" if self.seconds is None else "both are given"
            empty = self.seconds is None and "end" in self.model_fields_set
            raise PydanticCustomError(
                "length",
                "trim takes one of seconds and end, and {said}",
                {"field": "end" if empty else "seconds", "by": ("seconds", "end"), "said": said},
            )
        if self.length() <= 0:
            raise PydanticCustomError(
                "length",
                "the piece starts at {start} s and ends at {end} s; it must be longer than 0",
                {
                    "field": "seconds" if self.end is None else "end",
                    "by": ("start", "seconds", "end"),
                    "start": seconds_text(self.start),
                    "end": seconds_text(self.start + self.length()),
                },
            )
        at_least_a_frame(self.length(), field="seconds" if self.end is None else "end")
        return self

    def length(self) -> Seconds:
        """Seconds of the piece."""
        if self.seconds is not None:
            return self.seconds
        assert self.end is not None  # noqa: S101  one of the two is set
        return self.end - self.start


class FrameArguments(LocalArguments):
    """Take one frame from a video, as an image."""

    video: Video = Field(description="The video to take the frame from.")
    at: FrameAt = Field(
        default="last", description="first, last, or the number of the frame, counted from 0."
    )
    background: HexColour | None = BACKGROUND


class TransitionArguments(LocalArguments):
    """How one clip gives way to the next."""

    kind: TransitionKind = Field(
        default="cut",
        description="cut, dissolve, or another effect that every ffmpeg from 5.1 on has.",
    )
    seconds: LastingSeconds = Field(
        default=0, validate_default=True, description="How long an effect takes, in seconds."
    )

    @model_validator(mode="after")
    def _effects_take_time(self) -> Self:
        if (self.kind != "cut") != (self.seconds > 0):
            said = (
                "a cut takes no seconds, a dissolve does"
                if self.kind == "cut"
                else f"a {self.kind} needs seconds above 0"
            )
            context = {"field": "seconds", "by": ("kind", "seconds"), "said": said}
            raise PydanticCustomError("transition", "{said}", context)
        if self.kind != "cut":
            at_least_a_frame(self.seconds)
        return self


Loudness: TypeAlias = Annotated[Decimal, Field(ge=-40, le=-5)]


class FormatArguments(LocalArguments):
    """The format of a film; its clips decide the fields that are not given."""

    width: Side | None = Field(default=None, description="Pixels; even, 16 to 7680.")
    height: Side | None = Field(
        default=None,
        description="Pixels, as width. With only one of the two, the clips keep their shape.",
    )
    fps: FrameRate | None = Field(
        default=None, description="Frames per second, 1 to 120, such as 24 or 24000/1001."
    )
    codec: Codec | None = Field(
        default=None,
        description="h264, hevc, or prores, which makes a .mov; by default the codec of the clips.",
    )
    pixel_format: PixelFormat | None = Field(
        default=None,
        description="8 bit: yuv420p. 10 bit: yuv420p10le and yuv422p10le, with h264 and hevc. With "
        "prores: yuv422p10le, yuv444p10le, and yuva444p10le with transparency.",
    )
    quality: Quality | None = Field(
        default=None,
        description="usual, or high for a film that is coded again later; with h264 and hevc.",
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        coding, wrong = self.coded(), {}
        if coding.pixel_format not in (allowed := PIXEL_FORMATS[coding.codec]):
            said = f"{coding.codec} has no {coding.pixel_format}; it has {', '.join(allowed)}"
            wrong["pixel_format"] = said
        if coding.codec == "prores" and self.quality is not None:
            wrong["quality"] = "the quality of prores is that of its profile; leave quality out"
        refuse_all(
            [
                PydanticCustomError(
                    "format", "{said}", {"field": field, "by": ("codec", field), "said": said}
                )
                for field, said in wrong.items()
            ]
        )
        return self

    def says_coding(self) -> bool:
        """Whether any field about the picture's coding is given."""
        return any((self.codec, self.pixel_format, self.quality))

    def coded(self) -> Coding:
        """How the picture is coded; the fields that are not given follow from the others."""
        codec = self.codec
        if codec is None:
            codec = "prores" if "444" in (self.pixel_format or "") else "h264"
        pixel_format = self.pixel_format or PIXEL_FORMATS[codec][0]
        return Coding(codec, pixel_format, self.quality or "usual")


class ConcatArguments(LocalArguments):
    """Join clips into one film."""

    clips: list[Video] = Field(min_length=1, description="The clips, in order.")
    transition: TransitionArguments = Field(
        default=TransitionArguments(),
        description="The transition between two clips; a cut by default.",
    )
    # None keeps the content keys of older films, which were made without these fields.
    format: FormatArguments | None = Field(
        default=None,
        description="Size and frame rate; by default the most common, by seconds of the clips.",
    )
    loudness: Loudness | None = Field(
        default=None,
        description="The film's loudness in LUFS, such as -16; by default as loud as its clips.",
    )
    audio_track: AudioTrack | None = AUDIO_TRACK
    background: HexColour | None = Field(
        default=None,
        description="The colour behind a transparent picture, and of the margins with fit: pad; "
        "black by default.",
    )
    fit: Fit | None = Field(
        default=None,
        description="How a clip of another shape fills the film: pad keeps the whole clip between "
        "margins (the default), crop cuts the excess away, and blur keeps the whole clip in front "
        "of the clip itself, enlarged and blurred.",
    )
    focus: Focus | None = Field(
        default=None,
        description="With crop and blur, the point of the picture that stays in view, as shares "
        "of its width and height; [0.5, 0.5] by default, the middle.",
    )
    match: Match | None = Field(
        default=None,
        description="colour matches the start of a clip to the end of the clip before it, if it "
        "continues that clip; the change fades away over the clip. A hard cut is never changed. "
        "By default nothing is changed.",
    )

    @model_validator(mode="after")
    def _focus_is_used(self) -> Self:
        check_focus(self.focus, self.fit)
        return self

    @model_validator(mode="after")
    def _match_is_of_cuts(self) -> Self:
        if self.match is not None and self.transition.kind != "cut":
            raise PydanticCustomError(
                "match",
                "match: {match} is for cuts, and this is a {kind}; leave one of them out",
                {"field": "match", "by": (), "match": self.match, "kind": self.transition.kind},
            )
        return self


class SoundtrackArguments(LocalArguments):
    """Lay music or a voice on a film; a picture in concat's usual coding is copied unchanged."""

    video: Video = Field(description="The film.")
    audio: Audio | None = Field(
        default=None, description="Music or another sound; or give a voice."
    )
    voice: Audio | None = Field(
        default=None,
        description="A voice: like audio, but with mode: duck the film is lowered under the voice.",
    )
    mode: SoundtrackMode = Field(
        default="mix",
        description="replace removes the film's sound; mix keeps it; duck keeps it, and lowers the "
        "music while the film is heard, or lowers the film while the voice is heard.",
    )
    gain_db: Annotated[Decimal, Field(ge=-60, le=24)] = Field(
        default=Decimal(0), description="The gain of the new sound, in decibels."
    )
    start: Seconds = Field(
        default=0,
        validate_default=True,
        description="When in the film the sound begins, in seconds.",
    )
    loop: bool = Field(
        default=False, strict=True, description="Whether the sound is repeated to the film's end."
    )
    fade_out: Seconds = Field(
        default=0,
        validate_default=True,
        description="How long the sound fades out at its end, in seconds.",
    )
    loudness: Loudness | None = Field(
        default=None,
        description="The loudness of the whole film, in LUFS; by default it is not changed.",
    )
    audio_track: AudioTrack | None = AUDIO_TRACK

    @model_validator(mode="after")
    def _one_sound(self) -> Self:
        if (self.audio is None) == (self.voice is None):
            said = "neither is given" if self.audio is None else "both are given"
            raise PydanticCustomError(
                "sound",
                "soundtrack takes one of audio and voice, and {said}",
                {"field": "audio" if self.audio is None else "voice", "by": (), "said": said},
            )
        return self

    def sound(self) -> MediaRef:
        """The new sound: `audio` or `voice`."""
        found = self.audio if self.voice is None else self.voice
        assert found is not None  # noqa: S101  one of the two is set
        return found


class ContinuedArguments(LocalArguments):
    """Remove the first frames of a video that repeat the end of the shot before it.

    This is no kind for files: ``continue: true`` makes a node of it.
    """

    video: Video = Field(description="The video that continues a shot.")
    after: Video | None = Field(default=None, description="The video that is continued.")
    start_image: Image | None = Field(
        default=None, description="The image that the video begins with."
    )

    @model_validator(mode="after")
    def _one_before(self) -> Self:
        if (self.after is None) == (self.start_image is None):
            said = "neither is given" if self.after is None else "both are given"
            raise PydanticCustomError(
                "continued",
                "continued takes one of after and start_image, and {said}",
                {"field": "after", "by": ("after", "start_image"), "said": said},
            )
        return self

    def before(self) -> MediaRef:
        """The medium before the video: `after` or `start_image`."""
        found = self.start_image if self.after is None else self.after
        assert found is not None  # noqa: S101  one of the two is set
        return found


class WantedDelivery(LocalArguments):
    """A further file of the film, by the profile of a recipient."""

    profile: ProfileName = Field(description="The recipient's profile.")
    fit: Fit | None = Field(
        default=None,
        description="How a film of another shape fills the file: pad keeps the whole film between "
        "margins (the default), crop cuts the excess away, and blur keeps the whole film in front "
        "of the film itself, enlarged and blurred.",
    )
    focus: Focus | None = Field(
        default=None,
        description="With crop and blur, the point of the picture that stays in view, as shares "
        "of its width and height; [0.5, 0.5] by default, the middle.",
    )
    background: HexColour | None = Field(
        default=None, description="The colour of margins, with fit: pad; black by default."
    )

    @model_validator(mode="after")
    def _focus_is_used(self) -> Self:
        check_focus(self.focus, self.fit)
        return self


class DeliverArguments(WantedDelivery):
    """Make a further file of a film, by the profile of a recipient.

    This is no kind for steps: a file's `deliver` makes a node of it.
    """

    video: Video = Field(description="The film.")
    edition: int | None = Field(
        default=None,
        description="The edition of the profile's figures; none for the first edition.",
    )


class ApproveArguments(LocalArguments):
    """Let a person approve a video or an image before the steps that take it run."""

    video: Video | None = Field(default=None, description="The video to approve; or give an image.")
    image: Image | None = Field(default=None, description="The image to approve.")
    message: str = Field(default="", description="The question to the person.")

    @model_validator(mode="after")
    def _one_medium(self) -> Self:
        if (self.video is None) == (self.image is None):
            said = "neither is given" if self.video is None else "both are given"
            raise PydanticCustomError(
                "approve",
                "approve takes one of video and image, and {said}",
                {"field": "video" if self.video is None else "image", "by": (), "said": said},
            )
        return self

    def seen(self) -> MediaRef:
        """The medium to approve: `video` or `image`."""
        found = self.image if self.video is None else self.video
        assert found is not None  # noqa: S101  one of the two is set
        return found
