"""A medium: the bytes, and what probing found in them."""

from fractions import Fraction
from typing import Self

from pydantic import ConfigDict

from shotgraph.media.info import MediaInfo
from shotgraph.model.references import Asset


class Medium(Asset):
    """A clip, an image or a sound in the store; it is the asset itself, and what it shows.

    Tasks return it, and manifests and reports hold it, all in this one form.

    Attributes:
        width: Pixels, as shown; 0 for sound.
        height: As `width`.
        frames: Counted; 1 for an image, 0 for sound.
        duration_s: Seconds; 0 for an image.
        fps: Frames per second; None unless video.
    """

    # A later shotgraph may write more into a manifest than an older one knows.
    model_config = ConfigDict(frozen=True, extra="ignore")

    width: int
    height: int
    frames: int
    duration_s: Fraction
    fps: Fraction | None

    @classmethod
    def of(cls, asset: Asset, info: MediaInfo) -> Self:
        """Put an asset and what probing found in it together."""
        return cls(
            sha256=asset.sha256,
            kind=asset.kind,
            size_bytes=asset.size_bytes,
            content_type=asset.content_type,
            width=info.width,
            height=info.height,
            frames=info.frames,
            duration_s=info.duration,
            fps=info.frame_rate,
        )
