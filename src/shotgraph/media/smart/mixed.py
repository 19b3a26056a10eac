"""Mix pictures as ``xfade`` does, one frame at a time, to know how a dissolve should look."""

from fractions import Fraction

from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from shotgraph.media.target_format import TargetFormat

LINEAR = "fade"
"""The effect of ``xfade`` that adds both pictures, each with its share."""


UNSTEADY = frozenset({"distance"})
"""Effects that are not compared: a difference of one level makes another picture."""

_EXACTLY = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


class EffectMix:
    """Mixes the pictures of two shots, in the film's size.

    The filter is ffmpeg's own; the pictures are decoded by PyAV.

    Args:
        effect: The effect, as ``xfade`` names it.
        frames: The length of the overlap.
        film: The film's format.

    Attributes:
        number: The number of the next picture, from 0.
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
        self._graph = graph  # its filters are freed with it

    def mixed(self, *both: tuple[VideoFrame, Colorspace | None]) -> VideoFrame:
        """Give the next picture of the overlap, with the HD matrix.

        Args:
            both: The expected picture of each shot, with the matrix for reading it.
        """
        for into, (frame, matrix) in zip((self._before, self._after), both, strict=True):
            given = frame.reformat(
                self._film.width,
                self._film.height,
                format="yuv420p",
                src_colorspace=matrix,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=_EXACTLY,
            )
            given.pts, given.time_base = self.number, self._tick
            into.push(given)
        self.number += 1
        made = self._made.pull()
        assert isinstance(made, VideoFrame)  # noqa: S101  of a filter for pictures
        made.colorspace = Colorspace.ITU709
        return made
