"""The two small files in every golden ledger, and what they hold."""

from fractions import Fraction
from pathlib import Path

from shotgraph.media.info import MediaInfo

GOLDEN = Path(__file__).parent / "golden"
"""A folder for each version, and the media."""

CLIP = GOLDEN / "media" / "clip.mp4"
CLIP_INFO = MediaInfo(
    kind="video",
    container="mp4",
    codec="h264",
    width=64,
    height=64,
    pixel_format="yuv420p",
    rotation=0,
    sample_aspect_ratio=Fraction(1),
    frame_rate=Fraction(24),
    constant_frame_rate=True,
    frames=72,
    duration=Fraction(3),
    time_base=Fraction(1, 12288),
    size_bytes=5772,
    audio=None,
)

STILL = GOLDEN / "media" / "still.png"
STILL_INFO = MediaInfo(
    kind="image",
    container="png",
    codec="png",
    width=300,
    height=300,
    pixel_format="gray",
    rotation=0,
    sample_aspect_ratio=Fraction(1),
    frame_rate=None,
    constant_frame_rate=True,
    frames=1,
    duration=Fraction(0),
    time_base=None,
    size_bytes=478,
    audio=None,
)
