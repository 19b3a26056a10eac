"""What is known of every paid job: one small record per event, put once, never rewritten."""

from shotgraph.ledger.accounts import Account, AccountEntry, Accounts, EarlierPurchases
from shotgraph.ledger.budget import Budget, Budgets
from shotgraph.ledger.claims import Claim, Claims
from shotgraph.ledger.decisions import Again, Decision, Decisions, decision_key
from shotgraph.ledger.decoded import Decoded
from shotgraph.ledger.events import (
    Accepted,
    CancelAsked,
    Doubt,
    Ended,
    Event,
    Forgotten,
    GivenUp,
    Intent,
    Turned,
)
from shotgraph.ledger.job import Attempt
from shotgraph.ledger.ledger import Ledger
from shotgraph.ledger.lineage import Lineage
from shotgraph.ledger.money import NOTHING, Money, money_of
from shotgraph.ledger.past_jobs import PastJob, past_jobs
from shotgraph.ledger.questions import BoughtBefore, Question, Questions
from shotgraph.ledger.results import KeptOutput, Result, Results
from shotgraph.ledger.states import MAY_BUY, TABLE, Happening, JobState

__all__ = [
    "MAY_BUY",
    "NOTHING",
    "TABLE",
    "Accepted",
    "Account",
    "AccountEntry",
    "Accounts",
    "Again",
    "Attempt",
    "BoughtBefore",
    "Budget",
    "Budgets",
    "CancelAsked",
    "Claim",
    "Claims",
    "Decision",
    "Decisions",
    "Decoded",
    "Doubt",
    "EarlierPurchases",
    "Ended",
    "Event",
    "Forgotten",
    "GivenUp",
    "Happening",
    "Intent",
    "JobState",
    "KeptOutput",
    "Ledger",
    "Lineage",
    "Money",
    "PastJob",
    "Question",
    "Questions",
    "Result",
    "Results",
    "Turned",
    "decision_key",
    "money_of",
    "past_jobs",
]
