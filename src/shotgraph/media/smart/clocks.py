"""Check the clocks of a film: the times of its packets run forwards, and begin at 0."""

from itertools import pairwise

from shotgraph.media.reader import Track


def clock_faults(kind: str, track: Track) -> list[str]:
    """List the faults in the times of one stream of a film."""
    faults = []
    if any(later <= earlier for earlier, later in pairwise(track.decode_times)):
        faults.append(f"the clock of the {kind} does not always run forwards")
    if any(later == earlier for earlier, later in pairwise(track.times)):
        faults.append(f"two packets of the {kind} have the same time")
    if track.times[0] > 0 or (track.times[0] < 0 and kind == "video"):
        faults.append(f"the {kind} begins at {float(track.times[0] * track.time_base):g} s")
    return faults
