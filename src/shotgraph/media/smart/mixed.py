"""Mix pictures as ``xfade`` does, one frame at a time, to know what a dissolve should show."""

from fractions import Fraction

from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from shotgraph.media.target_format import TargetFormat

LINEAR = "fade"
"""The effect of ``xfade`` that adds up both pictures, each with its share."""


UNSTEADY = frozenset({"distance"})
"""Effects in which a level more or less makes another picture, so that they are not compared."""


class EffectMix:
    """Pictures of two shots under an effect, in the film's size: the filter itself, on pictures
    that were decoded by another way.

    Args:
        effect: As ``xfade`` names it.
        frames: Of the overlap.
        film: The film's format.

    Attributes:
        number: Of the next picture, from 0.
    """

    def __init__(self, effect: str, frames: int, film: TargetFormat) -> None:
        self._film, self.number = film, 0
        rate = film.frame_rate
        self._tick = 1 / rate
        tick = f"{rate.denominator}/{rate.numerator}"
        given = (
            f"video_size={film.width}x{film.height}:pix_fmt=yuv420p:time_base={tick}:"
            f"frame_rate={rate.numerator}/{rate.denominator}:pixel_aspect=1/1:"
            "colorspace=bt709:range=tv"
        )
        graph = Graph()
        self._before, self._after = graph.add("buffer", given), graph.add("buffer", given)
        seconds = Fraction(frames) / rate
        how = f"transition={effect}:duration={float(seconds):.6f}:offset=0"
        mix, self._made = graph.add("xfade", how), graph.add("buffersink")
        self._before.link_to(mix, 0, 0)
        self._after.link_to(mix, 0, 1)
        mix.link_to(self._made)
        graph.configure()
        self._graph = graph  # which frees its filters when it goes

    def mixed(self, *both: tuple[VideoFrame, Colorspace | None]) -> VideoFrame:
        """The next picture of the overlap, by the matrix of HD.

        Args:
            both: The pictures that are due of both shots, each with the matrix by which it is read.
        """
        for into, (frame, matrix) in zip((self._before, self._after), both, strict=True):
            given = frame.reformat(
                self._film.width,
                self._film.height,
                format="yuv420p",
                src_colorspace=matrix,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            given.pts, given.time_base = self.number, self._tick
            into.push(given)
        self.number += 1
        made = self._made.pull()
        assert isinstance(made, VideoFrame)  # noqa: S101  of a filter for pictures
        made.colorspace = Colorspace.ITU709
        return made
