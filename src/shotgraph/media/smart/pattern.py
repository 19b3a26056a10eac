"""The coding of most clips of a film: clips that have it are copied, others are coded alike."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from shotgraph.errors import MediaError
from shotgraph.media.film_coding import Coding
from shotgraph.media.smart.clip import Shot, Signature
from shotgraph.media.smart.parameter_sets import MOST_SETS, ParameterSets, read_sets
from shotgraph.media.source import Stream
from shotgraph.media.target_format import TargetFormat

_PROFILES = {66: "baseline", 77: "main", 100: "high"}
_LEVELS = frozenset({10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62})
# Of H.273, those of standard and high definition; 2 is "not said".
_MATRICES = {1: "bt709", 5: "smpte170m", 6: "smpte170m"}
_COMMON = frozenset({1, 2, 5, 6})
_UNSAID = 2


@dataclass(frozen=True)
class Pattern:
    """The coding that most clips of a film have.

    Attributes:
        signature: The signature of these clips.
        sets: The H.264 headers of all of them; None for another codec.
        number: The parameter set number of the other clips, which are coded; 0 if they can't be.
        matrix: How their colours are coded.
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
        """Whether a film that is to be coded in a certain way may have these clips as they are."""
        return (self.signature.codec, "yuv420p") == (coding.codec, coding.pixel_format)

    def fits(self, shot: Shot) -> bool:
        """Whether a shot can be copied: it is a whole clip, and coded in this way.

        The clock may tick otherwise: that is mended without coding.
        """
        return _plain(shot) == _without_clock(self.signature)

    def options(self) -> Mapping[str, str | int]:
        """The coder's options for the clips that do not fit."""
        if self.sets is None or not self.takes_others:
            raise MediaError("nothing can be coded beside these clips")
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
                flags="bicubic+accurate_rnd+full_chroma_int",  # else it is some levels off
            ).filter("format", "yuv420p")
        return picture.filter(
            "setparams",
            range=said_range,
            colorspace=matrix,
            color_primaries=primaries,
            color_trc=transfer,
        )


def pattern_of(shots: Sequence[Shot], target_format: TargetFormat) -> Pattern | None:
    """The coding that most seconds of a film have; of equal ones, the first clip's.

    None if no shot can be copied as it is: each has another size or rate than the film, is only
    part of a clip, or has pictures that can't be in one stream with others.
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
    except MediaError:  # of no known form; clips that have the very same can be copied still
        return None


def _free_number(signature: Signature, sets: ParameterSets | None, matrix: str) -> int:
    """A number for the headers of other clips; 0 if they can't be coded like these.

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
