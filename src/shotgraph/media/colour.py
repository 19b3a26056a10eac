"""How the numbers of a picture stand for colours, as ITU-T H.273 numbers it."""

from av.video.codeccontext import VideoCodecContext
from pydantic import BaseModel, ConfigDict

_RANGES = {1: "tv", 2: "pc"}
_SPACES = {0: "gbr", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc", 10: "bt2020c"}
_PRIMARIES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020", 11: "smpte431", 12: "smpte432"}
_TRANSFERS = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    8: "linear",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    18: "arib-std-b67",
}
_UNSAID = 2
_HDR = frozenset({"smpte2084", "arib-std-b67"})


class Colour(BaseModel):
    """Names as ffmpeg has them, a bare number where it has none; empty where nothing is said.

    Attributes:
        range: tv (16 to 235) or pc (0 to 255).
        space: The matrix between RGB and what is coded.
        primaries: Which red, green and blue.
        transfer: How numbers become light; smpte2084 and arib-std-b67 are HDR.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    range: str = ""
    space: str = ""
    primaries: str = ""
    transfer: str = ""

    @property
    def is_hdr(self) -> bool:
        """Whether its light is beyond what a common screen shows."""
        return self.transfer in _HDR


def colour_of(codec: VideoCodecContext) -> Colour:
    """Read what a coded picture says of its colours."""
    return Colour(
        range=_RANGES.get(int(codec.color_range), ""),
        space=_name(int(codec.colorspace), _SPACES),
        primaries=_name(int(codec.color_primaries), _PRIMARIES),
        transfer=_name(int(codec.color_trc), _TRANSFERS),
    )


def _name(number: int, names: dict[int, str]) -> str:
    return "" if number == _UNSAID else names.get(number, str(number))
