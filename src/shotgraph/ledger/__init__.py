"""What is known of every paid job: one small record per event, put once, never rewritten."""

from shotgraph.ledger.events import Accepted, Doubtful, Ended, Event, Intent, Turned
from shotgraph.ledger.job import Attempt, JobState
from shotgraph.ledger.ledger import Ledger
from shotgraph.ledger.results import Result, Results

__all__ = [
    "Accepted",
    "Attempt",
    "Doubtful",
    "Ended",
    "Event",
    "Intent",
    "JobState",
    "Ledger",
    "Result",
    "Results",
    "Turned",
]
