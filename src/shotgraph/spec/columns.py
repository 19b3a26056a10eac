"""The columns of a file's lines, for the places that the parser names in their corrected forms."""

from collections.abc import Sequence
from difflib import SequenceMatcher

LONGEST_COMPARED = 1000
"""The most characters of a line that is compared with its corrected form; comparing takes time."""


class Columns:
    """Finds the column in the file of a place in the corrected text; all counted from 0.

    Args:
        lines: The lines of the file.

    Attributes:
        mended: The corrected lines, one for each line of the file.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self.mended: Sequence[str] = lines
        self._known: dict[int, tuple[str, list[tuple[int, int, int, int]]]] = {}

    def of(self, row: int, column: int) -> int:
        """Find the column; a place in a part that was inserted becomes the place behind it."""
        if row >= len(self._lines) or self.mended[row] is self._lines[row]:
            return column
        line, mended = self._lines[row], self.mended[row]
        if max(len(line), len(mended)) > LONGEST_COMPARED:
            return min(column, len(line))
        for start, end, first, last in self._parts(row, line, mended):
            if start <= column < end:
                return first + min(column - start, max(0, last - first - 1))
        return len(line) + column - len(mended)

    def _parts(self, row: int, line: str, mended: str) -> list[tuple[int, int, int, int]]:
        """Pair the parts of the corrected line with those of the file's line."""
        known = self._known.get(row)
        if known is None or known[0] != mended:
            # The margins are compared by themselves: they differ in kind and in length.
            shift = len(line) - len(line.lstrip()), len(mended) - len(mended.lstrip())
            matcher = SequenceMatcher(None, mended.lstrip(), line.lstrip(), autojunk=False)
            parts = [
                (start + shift[1], end + shift[1], first + shift[0], last + shift[0])
                for _, start, end, first, last in matcher.get_opcodes()
            ]
            known = self._known[row] = mended, [(0, shift[1], 0, shift[0]), *parts]
        return known[1]
