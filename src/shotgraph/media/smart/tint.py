"""Whether the colours of a film are those of its clips: as strong, and of the same hue."""

from dataclasses import dataclass
from operator import mul

from shotgraph.media.grade import GREY
from shotgraph.media.smart.small_picture import COLOUR_SIZE

_BLOCKS = COLOUR_SIZE[0] * COLOUR_SIZE[1]
# Of 75 good joins of 25 clips (films, faces, grain, test pictures, pale, dark, fades, flashes, SD
# and HD, 4:2:0 to 4:4:4, margins, dissolves) no shot is off by more than 0.12 of its colours; pale
# ones, whose strength is 2, by 0.1 of a level; and none has a cast of more than 1.9 levels, or
# 0.03 of its strength. No picture is off by more than 0.2. A hue that is turned by 20 degrees is
# off by 0.35, colours of 0.7 of their strength by 0.3, none at all by 1, and Cb and Cr exchanged by
# 0.3 to 2.
# A grey picture is off by a level as a whole where it was rounded, and by half of one from block to
# block: so what is meant is told from the mean, and less than a level is nothing.
_OFF, _LEVELS_OFF = 0.2, 0.8
_CLEARLY_OFF, _CLEAR_LEVELS_OFF = 0.35, 1.8
_CAST, _CAST_OF_COLOURS = 2.6, 0.05


@dataclass(frozen=True)
class Tint:
    """How the colours of pictures go with those that are due; sums over their blocks.

    A colour is a complex number: Cb, and Cr as its imaginary part, each from `GREY` on.

    Attributes:
        blocks: How many were compared.
        shown: The colours.
        due: Those that are due.
        squares: The squares of what is due.
        product: Of what is shown and the conjugate of what is due: its real part says how much of
            it is there, the imaginary one how far it is turned.
    """

    blocks: int = 0
    shown: complex = 0
    due: complex = 0
    squares: int = 0
    product: complex = 0

    @classmethod
    def between(cls, one: bytes, due: bytes) -> "Tint":
        """Compare the colours of a small picture with those that are due."""
        blue, red, blue_due, red_due = one[:_BLOCKS], one[_BLOCKS:], due[:_BLOCKS], due[_BLOCKS:]
        across = _product(red, blue_due) - _product(blue, red_due)
        grey = GREY * _BLOCKS
        return cls(
            _BLOCKS,
            complex(sum(blue) - grey, sum(red) - grey),
            complex(sum(blue_due) - grey, sum(red_due) - grey),
            _product(due, due),
            complex(_product(one, due), across),
        )

    def __add__(self, other: "Tint") -> "Tint":
        return Tint(
            self.blocks + other.blocks,
            self.shown + other.shown,
            self.due + other.due,
            self.squares + other.squares,
            self.product + other.product,
        )

    @property
    def is_other(self) -> bool:
        """Whether the colours of a shot are others than those that are due."""
        if not self.blocks:
            return False
        if self.cast > _CAST + _CAST_OF_COLOURS * self._strength(self.squares):
            return True
        # Of fine lines, what is left apart from the means is how they fall on the blocks.
        if not self._is_off(self.product, self.squares, _OFF, _LEVELS_OFF):
            return False
        squares = self.squares - abs(self.due) ** 2 / self.blocks
        product = self.product - self.shown * self.due.conjugate() / self.blocks
        return self._is_off(product, squares, _OFF, _LEVELS_OFF)

    @property
    def is_clearly_other(self) -> bool:
        """Whether those of a single picture are."""
        return self._is_off(self.product, self.squares, _CLEARLY_OFF, _CLEAR_LEVELS_OFF)

    @property
    def cast(self) -> float:
        """How far all of a picture is bluer or redder than what is due, in levels."""
        apart = self.shown - self.due
        return max(abs(apart.real), abs(apart.imag)) / self.blocks if self.blocks else 0.0

    def _strength(self, squares: float) -> float:
        """Of colours: the root of the mean of squares, in levels."""
        return (max(0.0, squares) / (2 * self.blocks)) ** 0.5 if self.blocks else 0.0

    def _is_off(self, product: complex, squares: float, share: float, levels: float) -> bool:
        """Whether the colours are off by more than a share of them, and by more than some levels:
        by 0 where they are the same, by 1 where there are none."""
        if squares <= 0:
            return False
        off = abs(product / squares - 1)
        return off > share and off * self._strength(squares) > levels


def _product(one: bytes, other: bytes) -> int:
    """The sum of products of levels, from `GREY` on."""
    shift = GREY * (sum(one) + sum(other)) - GREY * GREY * len(one)
    return int(sum(map(mul, one, other))) - shift
