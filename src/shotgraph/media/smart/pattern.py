"""The coding of most clips of a film: clips that have it are copied, others are coded like them.

H.264 keeps its headers in parameter sets. Each picture names its set by a number, and all coders
begin with the same number. If the numbers of two clips differ, one header can hold the sets of
both, and the film also plays in a player that does not read the sets between pictures.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from shotgraph.errors import MediaError
from shotgraph.media.colours import PRECISELY
from shotgraph.media.smart.clip import Shot, Signature
from shotgraph.media.smart.coded import sets_at
from shotgraph.media.source import Stream
from shotgraph.media.target_format import Coding, TargetFormat

MOST_SETS = 31  # five bits count the sequence sets

_VERSION = 1
_SHORTEST = 7
_PROFILE_PLACE, _LEVEL_PLACE = 1, 3
# The byte 3 after two zero bytes is no data: it is put there by the coder (ITU-T H.264, 7.4.1).
_MARK, _MARKED = b"\0\0\3", b"\0\0"


@dataclass(frozen=True)
class ParameterSets:
    """The content of ``avcC`` (ISO/IEC 14496-15, 5.3.3.1.2).

    Attributes:
        head: Version, profile, compatibility, level, and the size of a unit's length.
        sequences: The sequence parameter sets.
        pictures: The picture parameter sets.
        rest: The bytes that some profiles add.
    """

    head: bytes
    sequences: tuple[bytes, ...]
    pictures: tuple[bytes, ...]
    rest: bytes

    @property
    def profile(self) -> int:
        """The profile's number: 66, 77, 100."""
        return self.head[_PROFILE_PLACE]

    @property
    def level(self) -> int:
        """Ten times the level: 31 for 3.1."""
        return self.head[_LEVEL_PLACE]

    def numbers(self) -> set[int]:
        """The numbers of its sets.

        Raises:
            MediaError: A set is damaged.
        """
        # A sequence set begins with its profile, constraints and level.
        return {_number(each, after=4) for each in self.sequences} | {
            _number(each, after=1) for each in self.pictures
        }

    def joined(self, other: "ParameterSets") -> "ParameterSets":
        """Merge with other sets, which must have other numbers."""
        return ParameterSets(
            self.head,
            self.sequences + other.sequences,
            self.pictures + other.pictures,
            self.rest,
        )

    def coded(self) -> bytes:
        """Write the bytes of ``avcC``."""
        return b"".join(
            [
                self.head,
                bytes([0xE0 | len(self.sequences)]),
                *map(_with_length, self.sequences),
                bytes([len(self.pictures)]),
                *map(_with_length, self.pictures),
                self.rest,
            ]
        )


def read_sets(headers: bytes) -> ParameterSets:
    """Read an mp4's headers before its H.264 pictures.

    Raises:
        MediaError: They are no ``avcC``, or damaged.
    """
    if len(headers) < _SHORTEST or headers[0] != _VERSION:
        raise MediaError(f"the headers of an H.264 stream are damaged: {headers[:8].hex(' ')}")
    sequences, place = sets_at(headers, 6, headers[5] & MOST_SETS)
    if place >= len(headers):
        raise MediaError("the headers of an H.264 stream were cut short")
    pictures, end = sets_at(headers, place + 1, headers[place])
    return ParameterSets(headers[:5], sequences, pictures, headers[end:])


def _with_length(each: bytes) -> bytes:
    return len(each).to_bytes(2, "big") + each


def _number(unit: bytes, *, after: int) -> int:
    """The unsigned Exp-Golomb number (ITU-T H.264, 9.1) that follows some bytes of a unit."""
    bits = _bits(unit.replace(_MARK, _MARKED)[after:])
    zeros = 0
    for bit in bits:
        if bit:
            break
        zeros += 1
    rest = [bit for bit, _ in zip(bits, range(zeros), strict=False)]
    if len(rest) < zeros:
        raise MediaError("a parameter set of an H.264 stream was cut short")
    value = 1
    for bit in rest:
        value = value << 1 | bit
    return value - 1


def _bits(data: bytes) -> Iterator[int]:
    for byte in data:
        for place in range(7, -1, -1):
            yield byte >> place & 1


_PROFILES = {66: "baseline", 77: "main", 100: "high"}
_LEVELS = frozenset({10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62})
# The matrices of SD and HD in ITU-T H.273; 2 is "unspecified".
_MATRICES = {1: "bt709", 5: "smpte170m", 6: "smpte170m"}
_COMMON = frozenset({1, 2, 5, 6})
_UNSAID = 2


@dataclass(frozen=True)
class Pattern:
    """The coding that most clips of a film have.

    Attributes:
        signature: The signature of these clips.
        sets: The H.264 headers of all of them; None for another codec.
        number: The parameter set number for the clips to be coded; 0 if that is not possible.
        matrix: The colour matrix of these clips.
    """

    signature: Signature
    sets: ParameterSets | None
    number: int
    matrix: str

    @property
    def takes_others(self) -> bool:
        """Whether other clips can be coded to be in one stream with these."""
        return self.number > 0

    def is_in(self, coding: Coding) -> bool:
        """Whether a film with a given coding may have these clips without coding them again."""
        return (self.signature.codec, "yuv420p") == (coding.codec, coding.pixel_format)

    def fits(self, shot: Shot) -> bool:
        """Whether a shot can be copied: it is a whole clip with this coding.

        The clock may differ: it is changed without coding.
        """
        return _plain(shot) == _without_clock(self.signature)

    def options(self) -> Mapping[str, str | int]:
        """The coder's options for the clips that do not fit."""
        if self.sets is None or not self.takes_others:
            raise MediaError("no other clip can be coded to fit these clips")
        level = self.sets.level
        return {
            "profile:v": _PROFILES[self.sets.profile],
            "level:v": f"{level // 10}.{level % 10}",
            "x264-params": f"sps-id={self.number}",
            "video_track_timescale": self.signature.time_base.denominator,
        }

    def coloured(self, picture: Stream) -> Stream:
        """Convert a picture in bt709 to these clips' colours."""
        said_range, matrix, primaries, transfer = self.signature.colours
        if self.matrix != "bt709":
            picture = picture.filter(
                "scale",
                in_color_matrix="bt709",
                out_color_matrix=self.matrix,
                flags=PRECISELY,
            ).filter("format", "yuv420p")
        return picture.filter(
            "setparams",
            range=said_range,
            colorspace=matrix,
            color_primaries=primaries,
            color_trc=transfer,
        )


def pattern_of(shots: Sequence[Shot], target_format: TargetFormat) -> Pattern | None:
    """Find the coding that most seconds of a film have; if several have as many, the first clip's.

    None if no shot can be copied: each has another size or rate than the film, is only part of a
    clip, or has pictures that can't be in one stream with others.
    """
    seconds: defaultdict[Signature, Fraction] = defaultdict(Fraction)
    for shot in shots:
        signature = shot.clip.signature
        if signature is not None and _is_in(signature, target_format) and _plain(shot):
            seconds[signature] += shot.clip.info.duration
    if not seconds:
        return None
    chosen = max(seconds, key=lambda each: seconds[each])
    clip = next(shot.clip for shot in shots if shot.clip.signature == chosen)
    sets = _sets_of(chosen, clip.headers)
    matrix = clip.matrix if clip.matrix != "auto" else _MATRICES.get(chosen.colours[1], "")
    return Pattern(chosen, sets, _free_number(chosen, sets, matrix), matrix)


def _plain(shot: Shot) -> Signature | None:
    """The signature of a whole clip, without its clock."""
    signature = shot.clip.signature
    whole = shot.first == 0 and shot.frames == shot.clip.info.frames and shot.retime is None
    whole = whole and shot.grade is None
    return _without_clock(signature) if whole and signature is not None else None


def _without_clock(signature: Signature) -> Signature:
    return replace(signature, time_base=Fraction(0))


def _is_in(signature: Signature, target_format: TargetFormat) -> bool:
    found = TargetFormat(signature.width, signature.height, signature.frame_rate)
    return found == target_format


def _sets_of(signature: Signature, headers: bytes) -> ParameterSets | None:
    if signature.codec != "h264":
        return None
    try:
        return read_sets(headers)
    except MediaError:  # of no known form; clips with equal headers can still be copied
        return None


def _free_number(signature: Signature, sets: ParameterSets | None, matrix: str) -> int:
    """Find a number for the headers of other clips; 0 if they can't be coded like these.

    The coder has to know the profile and the level, the colours must be common ones, and the clock
    must have a whole number of ticks for each frame.
    """
    if (
        sets is None
        or sets.profile not in _PROFILES
        or sets.level not in _LEVELS
        or not matrix
        or not _COMMON.issuperset(signature.colours[1:])
        or signature.time_base.numerator != 1
        or (1 / (signature.frame_rate * signature.time_base)).denominator != 1
    ):
        return 0
    try:
        taken = sets.numbers()
    except MediaError:
        return 0
    return next((number for number in range(1, MOST_SETS) if number not in taken), 0)
