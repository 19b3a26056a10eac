"""How much may be spent on looking at one file."""

MAX_PACKETS = 1_000_000
"""Of the streams that are read. An hour at 120 frames a second, with sound, has 600,000."""
CPU_S = 30
"""A million packets take about 8 s."""
WALL_S = 120.0
"""2 GB from a slow disk."""
MEMORY_MB = 1024
"""A picture of 7680 x 4800 takes 150 MB, a million packets as much."""
