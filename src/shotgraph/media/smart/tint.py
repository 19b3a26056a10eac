"""Compare the colours of a film with its clips: their strength and their hue."""

from dataclasses import dataclass
from operator import mul

from shotgraph.media.grade import GREY
from shotgraph.media.smart.small_picture import COLOUR_SIZE

_BLOCKS = COLOUR_SIZE[0] * COLOUR_SIZE[1]
# Measured in 75 good joins of 25 clips (films, faces, grain, test pictures, pale, dark, fades,
# flashes, SD and HD, 4:2:0 to 4:4:4, margins, dissolves): the largest error of a shot is 0.12 of
# its colours; of a pale shot, with a strength of 2, it is 0.1 of a level. The largest cast is 1.9
# levels, or 0.03 of the strength. The largest error of a single picture is 0.2.
# Errors of wrong colours: a hue turned by 20 degrees 0.35, colours at 0.7 of their strength 0.3, no
# colours 1, Cb and Cr exchanged 0.3 to 2.
# Rounding changes a whole grey picture by one level, and single blocks by half a level. So the mean
# decides, and a difference of less than a level is ignored.
_OFF, _LEVELS_OFF = 0.2, 0.8
_CLEARLY_OFF, _CLEAR_LEVELS_OFF = 0.35, 1.8
_CAST, _CAST_OF_COLOURS = 2.6, 0.05


@dataclass(frozen=True)
class Tint:
    """The comparison of pictures' colours with the expected (due) colours; sums over their blocks.

    A colour is a complex number: Cb, and Cr as its imaginary part, each minus `GREY`.

    Attributes:
        blocks: The number of compared blocks.
        shown: The sum of the shown colours.
        due: The sum of the expected colours.
        squares: The sum of the squares of the expected colours.
        product: The sum of shown colours times the conjugates of expected colours: its real part
            gives the strength of the colours, its imaginary part the turn of their hue.
    """

    blocks: int = 0
    shown: complex = 0
    due: complex = 0
    squares: int = 0
    product: complex = 0

    @classmethod
    def between(cls, one: bytes, due: bytes) -> "Tint":
        """Compare the colours of a small picture with the expected colours."""
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
        """Whether the colours of a whole shot differ from the expected colours."""
        if not self.blocks:
            return False
        if self.cast > _CAST + _CAST_OF_COLOURS * self._strength(self.squares):
            return True
        # In pictures of fine lines, differences around the mean depend only on how the lines fall
        # on the blocks. So both must be off: the colours, and the colours minus their mean.
        if not self._is_off(self.product, self.squares, _OFF, _LEVELS_OFF):
            return False
        squares = self.squares - abs(self.due) ** 2 / self.blocks
        product = self.product - self.shown * self.due.conjugate() / self.blocks
        return self._is_off(product, squares, _OFF, _LEVELS_OFF)

    @property
    def is_clearly_other(self) -> bool:
        """Whether the colours of a single picture differ from the expected colours."""
        return self._is_off(self.product, self.squares, _CLEARLY_OFF, _CLEAR_LEVELS_OFF)

    @property
    def cast(self) -> float:
        """The mean difference from the expected colours in Cb or Cr, the larger one, in levels."""
        apart = self.shown - self.due
        return max(abs(apart.real), abs(apart.imag)) / self.blocks if self.blocks else 0.0

    def _strength(self, squares: float) -> float:
        """The strength of colours: the root of their mean square, in levels."""
        return (max(0.0, squares) / (2 * self.blocks)) ** 0.5 if self.blocks else 0.0

    def _is_off(self, product: complex, squares: float, share: float, levels: float) -> bool:
        """Whether the error is more than a share of the colours, and more than some levels.

        The error is 0 for equal colours, and 1 for a picture without colours.
        """
        if squares <= 0:
            return False
        off = abs(product / squares - 1)
        return off > share and off * self._strength(squares) > levels


def _product(one: bytes, other: bytes) -> int:
    """The sum of products of levels, each minus `GREY`."""
    shift = GREY * (sum(one) + sum(other)) - GREY * GREY * len(one)
    return int(sum(map(mul, one, other))) - shift
