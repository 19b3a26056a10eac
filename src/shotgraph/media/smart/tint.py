"""Whether the colours of a film are those of its clips: as strong, and of the same hue."""

from dataclasses import dataclass
from operator import mul

from shotgraph.media.grade import GREY
from shotgraph.media.smart.small_picture import COLOUR_SIZE

_BLOCKS = COLOUR_SIZE[0] * COLOUR_SIZE[1]
# Of 75 good joins of 25 clips (films, faces, grain, test pictures, pale, dark, fades, flashes, SD
# and HD, 4:2:0 to 4:4:4, margins, dissolves) no shot is off by more than 0.12 of its colours; pale
# ones, whose strength is 2, by 0.1 of a level; and none has a cast of more than 0.7 of a level, or
# 0.03 of its strength. No picture is off by more than 0.2. A hue that is turned by 20 degrees is
# off by 0.35, colours of 0.7 of their strength by 0.3, none at all by 1, and Cb and Cr exchanged by
# 0.3 to 2.
_OFF, _LEVELS_OFF = 0.2, 0.4
_CLEARLY_OFF, _CLEAR_LEVELS_OFF = 0.35, 1.8
_CAST, _CAST_OF_COLOURS = 2.6, 0.05


@dataclass(frozen=True)
class Tint:
    """How the colours of pictures go with those that are due; sums over their blocks.

    A colour is a complex number: Cb, and Cr as its imaginary part, each from `GREY` on.

    Attributes:
        blocks: How many were compared.
        due: The squares of what is due.
        along: Of the products of what is and what is due, the real part: how much of it is there.
        across: The imaginary part: how far it is turned.
        bluer: The differences of Cb.
        redder: The differences of Cr.
    """

    blocks: int = 0
    due: int = 0
    along: int = 0
    across: int = 0
    bluer: int = 0
    redder: int = 0

    @classmethod
    def between(cls, one: bytes, due: bytes) -> "Tint":
        """Compare the colours of a small picture with those that are due."""
        blue, red = one[:_BLOCKS], one[_BLOCKS:]
        across = _product(red, due[:_BLOCKS]) - _product(blue, due[_BLOCKS:])
        bluer, redder = sum(blue) - sum(due[:_BLOCKS]), sum(red) - sum(due[_BLOCKS:])
        return cls(_BLOCKS, _product(due, due), _product(one, due), across, bluer, redder)

    def __add__(self, other: "Tint") -> "Tint":
        return Tint(
            self.blocks + other.blocks,
            self.due + other.due,
            self.along + other.along,
            self.across + other.across,
            self.bluer + other.bluer,
            self.redder + other.redder,
        )

    @property
    def off(self) -> float:
        """How far the colours are from what is due, as a share of it: 0 where they are the same,
        1 where there are none."""
        return abs(complex(self.along, self.across) / self.due - 1) if self.due else 0.0

    @property
    def strength(self) -> float:
        """Of the colours that are due: the root of the mean of squares, in levels."""
        return float((self.due / (2 * self.blocks)) ** 0.5) if self.blocks else 0.0

    @property
    def is_other(self) -> bool:
        """Whether the colours of a shot are others than those that are due."""
        is_cast = self.cast > _CAST + _CAST_OF_COLOURS * self.strength
        return is_cast or self._is_off(_OFF, _LEVELS_OFF)

    @property
    def cast(self) -> float:
        """How far all of a picture is bluer or redder than what is due, in levels."""
        return max(abs(self.bluer), abs(self.redder)) / self.blocks if self.blocks else 0.0

    @property
    def is_clearly_other(self) -> bool:
        """Whether those of a single picture are."""
        return self._is_off(_CLEARLY_OFF, _CLEAR_LEVELS_OFF)

    def _is_off(self, share: float, levels: float) -> bool:
        return self.off > share and self.off * self.strength > levels


def _product(one: bytes, other: bytes) -> int:
    """The sum of products of levels, from `GREY` on."""
    shift = GREY * (sum(one) + sum(other)) - GREY * GREY * len(one)
    return int(sum(map(mul, one, other))) - shift
