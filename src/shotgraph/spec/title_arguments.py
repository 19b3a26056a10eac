"""The arguments of `title`: a text over a clip, or on one colour. The text is data."""

import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any, Self, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shotgraph.media.lettering import MOST_CHARACTERS, Lettering, Place
from shotgraph.media.target_format import TargetFormat
from shotgraph.media.title_timing import TitleTiming
from shotgraph.model.references import Font, Video
from shotgraph.spec.exact_numbers import FrameRate, LastingSeconds, Seconds, seconds_text
from shotgraph.spec.local_fields import (
    AUDIO_TRACK,
    AudioTrack,
    HexColour,
    LetterExtent,
    LocalArguments,
    Share,
    Side,
    at_least_a_frame,
    refuse_all,
    refused_by,
    share_of,
)

_PLACES: tuple[str, ...] = get_args(Place)


def _text(value: str) -> str:
    odd = next(
        (
            each
            for each in value
            if each not in "\n\t" and unicodedata.category(each) in ("Cc", "Cs")
        ),
        None,
    )
    said = ""
    if not value.strip():
        said = "the text is empty"
    elif len(value) > MOST_CHARACTERS:
        said = f"the text has {len(value)} characters; at most {MOST_CHARACTERS} are allowed"
    elif odd is not None:
        said = f"the text has a character that can't be drawn: U+{ord(odd):04X}"
    if said:
        raise PydanticCustomError("title_text", "{said}", {"said": said})
    return value


Text: TypeAlias = Annotated[str, AfterValidator(_text)]


def _position(value: Any) -> str | list[Fraction]:
    if isinstance(value, str) and value in _PLACES:
        return value
    if isinstance(value, list | tuple) and len(value) == 2:
        shares = [share_of(part) for part in value]
        known = [share for share in shares if share is not None]
        if len(known) == 2:
            return known
    raise PydanticCustomError(
        "position",
        "is no place; write one of {places}, or the text's middle as two shares, such as "
        "[0.5, 0.8]",
        {"places": ", ".join(_PLACES)},
    )


Position: TypeAlias = Annotated[
    str | list[Fraction],
    PlainValidator(_position),
    PlainSerializer(lambda place: place if isinstance(place, str) else [str(at) for at in place]),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(_PLACES)},
                {
                    "type": "array",
                    "items": {"type": ["number", "string"]},
                    "minItems": 2,
                    "maxItems": 2,
                },
            ]
        }
    ),
]


_OF_CARD = ("like", "width", "height", "fps")


class BoxArguments(LocalArguments):
    """A box behind a text."""

    colour: HexColour = Field(default="#000000", description='Its colour, such as "#102030".')
    opacity: Share = Field(
        default=Fraction(3, 5),
        validate_default=True,
        description="Its opacity, from 0 to 1, where 1 hides the picture; 0.6 by default.",
    )


class TitleArguments(LocalArguments):
    """Lay a text on a video, or make a card of a text on one colour."""

    text: Text = Field(
        description="The text to show; long lines are broken at spaces. At most 1000 characters."
    )
    video: Video | None = Field(
        default=None, description="The video; without one, a card of one colour is made."
    )
    font: Font | None = Field(
        default=None, description="A font, a .ttf or .otf; DejaVu Sans by default."
    )
    size: LetterExtent | None = Field(
        default=None,
        description="The height of the letters: pixels, from 4 up, or a share of the picture's "
        "height, such as 8%, which is the default.",
    )
    position: Position = Field(
        default="centre",
        description="The place of the text: a word such as bottom-left, or the text's middle as "
        "shares of width and height. The text stays inside of the picture.",
    )
    colour: HexColour = Field(
        default="#ffffff", description="The colour of the letters; white by default."
    )
    box: BoxArguments | None = Field(
        default=None, description="A box behind the text: {} is black, of opacity 0.6."
    )
    shadow: bool = Field(
        default=True, strict=True, description="Whether the letters have a soft shadow."
    )
    start: Seconds = Field(
        default=0, validate_default=True, description="When the text appears, in seconds."
    )
    seconds: LastingSeconds | None = Field(
        default=None,
        description="How long the text is seen, in seconds, 1/120 to 3600; on a video by default "
        "to the end. A card ends with its text.",
    )
    fade_in: Seconds = Field(
        default=0, validate_default=True, description="How long the text fades in, in seconds."
    )
    fade_out: Seconds = Field(
        default=0, validate_default=True, description="How long the text fades out, in seconds."
    )
    like: Video | None = Field(
        default=None, description="For a card: a video that gives the size and the frame rate."
    )
    width: Side | None = Field(default=None, description="For a card: pixels; even, 16 to 7680.")
    height: Side | None = Field(default=None, description="For a card: pixels, as width.")
    fps: FrameRate | None = Field(default=None, description="For a card: frames per second.")
    background: HexColour | None = Field(
        default=None,
        description="The colour of a card; for a video, the colour behind a transparent picture. "
        "Black by default.",
    )
    audio_track: AudioTrack | None = AUDIO_TRACK

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        by = ("video", "seconds", *_OF_CARD)
        wrong = [
            PydanticCustomError("title", "{said}", {"field": field, "by": by, "said": said})
            for field, said in self._at_odds()
        ]
        if (seconds := self.seconds) is not None:
            wrong += refused_by(
                lambda: at_least_a_frame(seconds), lambda: self._has_time_to_fade(seconds)
            )
        refuse_all(wrong)
        return self

    def _at_odds(self) -> Iterator[tuple[str, str]]:
        """The fields that don't go with the others or are missing, each with the reason."""
        of_card = [name for name in _OF_CARD if getattr(self, name) is not None]
        if self.video is not None:
            for field in of_card:
                yield field, f"a title on a video has the video's size and rate; leave {field} out"
            return
        if not of_card:
            yield "video", "title needs a video; or, for a card, like, or width, height and fps"
            return
        if self.like is None and len(of_card) < 3:
            field = next(name for name in _OF_CARD[1:] if name not in of_card)
            yield field, f"a card needs like, or width, height and fps; {field} is not given"
        elif self.like is not None and len(of_card) > 1:
            yield "like", "like gives the size and the rate; leave width, height and fps out"
        if self.seconds is None:
            yield "seconds", "a card needs seconds, because it has no video that sets its length"
        if self.audio_track is not None:
            yield "audio_track", "a card has no sound; leave audio_track out"

    def _has_time_to_fade(self, seconds: Fraction) -> None:
        if self.fade_in + self.fade_out > seconds:
            raise PydanticCustomError(
                "title",
                "the text is seen for {seconds} s, and fades for {fades} s",
                {
                    "field": "fade_out" if self.fade_out else "fade_in",
                    "by": ("seconds", "fade_in", "fade_out"),
                    "seconds": seconds_text(seconds),
                    "fades": seconds_text(self.fade_in + self.fade_out),
                },
            )

    def lettering(self) -> Lettering:
        """The text, and how it looks."""
        place: Any = self.position
        box = self.box
        return Lettering(
            text=self.text,
            size=Fraction(8, 100) if self.size is None else self.size,
            colour=self.colour,
            place=place if isinstance(place, str) else (place[0], place[1]),  # type: ignore[arg-type]
            box=box.colour if box is not None else None,
            opacity=box.opacity if box is not None else Fraction(1),
            has_shadow=self.shadow,
        )

    def timing(self) -> TitleTiming:
        """When the text is seen."""
        return TitleTiming(self.start, self.seconds, self.fade_in, self.fade_out)

    def said_format(self) -> TargetFormat | None:
        """The format of a card, if its fields give one."""
        if self.width is None or self.height is None or self.fps is None:
            return None
        return TargetFormat(self.width, self.height, self.fps)
