"""A stretch of a film's picture, coded, before all of them are put together."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.media.decode import count_decoded


@dataclass(frozen=True)
class Piece:
    """A file whose pictures are copied into a film.

    Attributes:
        path: The clip as it was given, or what we coded of one.
        frames: How many pictures it has.
        is_new: Whether we coded it.
    """

    path: Path
    frames: int
    is_new: bool = False


async def check_decodes(piece: Piece, rate: Fraction) -> None:
    """See that all of a piece decodes.

    Args:
        piece: The piece.
        rate: Frames per second.

    Raises:
        MediaError: Some of it does not.
    """
    shown = await count_decoded(piece.path, piece.frames / rate, only="v:0")
    if shown != piece.frames:
        raise MediaError(
            f"the film failed its check and was not kept: "
            f"{shown} of {piece.frames} frames of {piece.path.name} decode"
        )
