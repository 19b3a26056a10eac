"""The jobs that failed in this process: an equal step of the same run does not buy them again.

Equal steps of a run are one job, and a plan counts its price once. If the job fails for good, all
of these steps fail with it. A later run may buy the job again.
"""

from collections import OrderedDict
from dataclasses import dataclass
from itertools import count

from shotgraph.money.accounts import Account
from shotgraph.money.attempts import Attempt, AttemptId

_MOST = 10_000
"""The most failures that are remembered; the oldest is forgotten first."""

_moments = count(1)


@dataclass(frozen=True)
class EarlierFailure:
    """The failure of an attempt.

    Attributes:
        step: The step whose attempt failed.
        account: The account of its run; None if the run has none.
        moment: When it failed, in the order of `moment`.
    """

    step: str
    account: Account | None
    moment: int


_failures: OrderedDict[tuple[str, AttemptId], EarlierFailure] = OrderedDict()


def moment() -> int:
    """The present moment: a number that grows with each call."""
    return next(_moments)


def note_failure(location: str, attempt: Attempt, step: str, account: Account | None) -> None:
    """Remember that an attempt has failed for good.

    Args:
        location: The store's location.
        attempt: The attempt.
        step: The step whose attempt it is.
        account: The account of the run.
    """
    _failures[location, (attempt.key, attempt.number)] = EarlierFailure(step, account, moment())
    if len(_failures) > _MOST:
        _failures.popitem(last=False)


def failed_for(
    location: str, attempt: Attempt, account: Account | None, since: int
) -> EarlierFailure | None:
    """Find the failure of an attempt, if it counts for another step with the same job.

    It counts if both steps are of one run, or if the step began before the attempt failed.

    Args:
        location: The store's location.
        attempt: The attempt.
        account: The account of the step's run; None if the run has none.
        since: When the step began.
    """
    found = _failures.get((location, (attempt.key, attempt.number)))
    if found is None:
        return None
    is_of_one_run = account is not None and account == found.account
    return found if is_of_one_run or found.moment > since else None
