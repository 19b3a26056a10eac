"""Who draws, as far as keys and results are concerned."""

from shotgraph.fal.bases import FalBases

REHEARSAL = "rehearsal"
PUBLIC = "fal"


def backend_of(bases: FalBases) -> str:
    """Name who draws behind these bases."""
    return PUBLIC if bases.queue_url == FalBases().queue_url else bases.queue_url
