"""How much may be spent on looking at one file."""

from dataclasses import dataclass

MAX_PACKETS = 1_000_000
"""Of the streams that are read. An hour at 120 frames a second, with sound, has 600,000."""


@dataclass(frozen=True)
class Bounds:
    """What a child may take for one file.

    Attributes:
        cpu_s: Seconds of processor time.
        wall_s: Seconds until it must have answered.
        memory_mb: Megabytes of data.
    """

    cpu_s: int
    wall_s: float
    memory_mb: int


READING = Bounds(cpu_s=30, wall_s=120.0, memory_mb=1024)
"""A million packets take about 8 s. 2 GB from a slow disk take two minutes. A picture of
7680 x 4800 takes 150 MB, a million packets as much."""
DECODING = Bounds(cpu_s=900, wall_s=3600.0, memory_mb=4096)
"""A minute of 3840 x 2160 at 60 frames a second takes about 120 s. Seventeen pictures of
7680 x 4800, as H.264 keeps them, take 940 MB."""
