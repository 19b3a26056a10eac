"""Check a film's labels for its player: colours, rotation, pixel shape, tracks.

No decoder reports a wrong label, but with it every picture is shown wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from shotgraph.media.info import Colour, MediaInfo, colour_of
from shotgraph.media.reader import ratio
from shotgraph.media.target_format import Coding

FILM_COLOUR = Colour(range="tv", space="bt709", primaries="bt709", transfer="bt709")
"""The colour tags of the pictures that we code."""

_OF_THE_PICTURE = (
    *("codec", "pixel_format", "profile", "colour", "rotation", "mirrored"),
    *("sample_aspect_ratio", "aperture", "interlaced", "transparent"),
)


@dataclass
class ContainerLabels:
    """The labels of an mp4 or mov outside its pictures, read before any picture is decoded."""

    colour: Colour = field(default_factory=Colour)
    aspect: Fraction | None = None
    streams: int = 0
    hidden: tuple[str, ...] = ()
    _is_read: bool = False

    def read(self, stream: Stream) -> None:
        """Read the labels of a file's first video stream, and the number of its streams."""
        if self._is_read or not isinstance(stream, VideoStream):
            return
        self._is_read = True
        self.colour = colour_of(stream.codec_context)
        self.aspect = ratio(stream.sample_aspect_ratio)
        container = stream.container
        assert isinstance(container, InputContainer)  # noqa: S101  it is being read
        self.streams = len(container.streams)
        self.hidden = tuple(
            each.type for each in container.streams if not each.disposition & Disposition.default
        )


def copied_faults(film: MediaInfo, clip: MediaInfo) -> Iterator[str]:
    """List the labels that differ from the clip whose pictures were copied."""
    for name in _OF_THE_PICTURE:
        is_, wanted = getattr(film, name), getattr(clip, name)
        if is_ != wanted:
            yield f"{_in_words(name)}: {_value(is_)} for {_value(wanted)}"


def coded_faults(film: MediaInfo, coding: Coding) -> Iterator[str]:
    """List the labels that differ from those of a film that we coded."""
    wanted = {
        "codec": coding.codec,
        "pixel_format": _read_as(coding),
        "colour": FILM_COLOUR,
        "rotation": 0,
        "mirrored": False,
        "sample_aspect_ratio": 1,
        "aperture": None,
        "interlaced": False,
    }
    for name, value in wanted.items():
        is_ = getattr(film, name)
        if is_ != value:
            yield f"{_in_words(name)}: {_value(is_)} for {_value(value)}"


def _read_as(coding: Coding) -> str:
    """The pixel format that a decoder gives: always 12 bit for ProRes 4444, which may have them."""
    if coding.codec == "prores" and "444" in coding.pixel_format:
        return coding.pixel_format.replace("10le", "12le")
    return coding.pixel_format


def container_faults(said: ContainerLabels, film: MediaInfo, picture: VideoStream) -> Iterator[str]:
    """List where the file contradicts its pictures, has too many tracks or a hidden track."""
    for name in ("range", "space", "primaries", "transfer"):
        of_file, of_pictures = getattr(said.colour, name), getattr(film.colour, name)
        if of_file and of_file != of_pictures:
            yield (
                f"{name} of its colours: {of_file} in the file, {of_pictures or 'not stated'} "
                "inside"
            )
    inside = ratio(picture.codec_context.sample_aspect_ratio)
    if (said.aspect or 1) != (inside or said.aspect or 1):
        yield f"shape of a pixel: {said.aspect or 1} in the file, {inside} inside"
    yield from _head_faults(picture)
    wanted = 1 + (film.audio is not None)
    if said.streams != wanted:
        yield f"tracks: {said.streams} for {wanted}"
    yield from (f"its {kind} is switched off" for kind in said.hidden)


_AVC_HEAD = slice(1, 4)  # profile, compatibility, level: the same bytes in a sequence set


def _head_faults(picture: VideoStream) -> Iterator[str]:
    headers = picture.codec_context.extradata or b""
    if picture.codec_context.name == "h264" and headers[:1] == b"\1":
        first = headers[8:]
        if headers[_AVC_HEAD] != first[_AVC_HEAD]:
            yield "profile and level differ between the file and its pictures"


def _in_words(name: str) -> str:
    return name.replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, Colour):
        return "/".join(part or "unsaid" for part in value.model_dump().values())
    return str(value)
