"""The attempts of this process's runs, by store and account.

A run counts them even if its store has not kept their records.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shotgraph.money.accounts import Account, AccountEntry
    from shotgraph.money.attempts import Attempt, AttemptId
    from shotgraph.money.events import Event

_MOST_ACCOUNTS = 100
"""The most runs of one process that are remembered; the oldest is forgotten first."""

_entries: "dict[tuple[str, Account], dict[AttemptId, AccountEntry]]" = {}
_attempts: "dict[tuple[str, AttemptId], Attempt]" = {}


def note_charged(location: str, entry: "AccountEntry", attempt: "Attempt") -> None:
    """Remember that an attempt counts in an account, before that is put on record.

    Args:
        location: The store's location.
        entry: The entry of the account.
        attempt: The attempt.
    """
    one = (attempt.key, attempt.number)
    of_run = _entries.setdefault((location, entry.account), {})
    of_run.setdefault(one, entry)
    _attempts[location, one] = seen(location, attempt)
    if len(_entries) > _MOST_ACCOUNTS:
        oldest = next(iter(_entries))
        forgotten = _entries.pop(oldest)
        counted = {
            one for (place, _), some in _entries.items() if place == oldest[0] for one in some
        }
        for old in forgotten.keys() - counted:  # two runs may share a job
            _attempts.pop((oldest[0], old), None)


def note_event(location: str, attempt: "Attempt", event: "Event") -> None:
    """Remember an event of an attempt that counts in an account, before it is put on record."""
    one = (location, (attempt.key, attempt.number))
    known = _attempts.get(one)
    if known is not None and event.slot not in known.events:
        _attempts[one] = known.with_event(event)


def seen(location: str, attempt: "Attempt") -> "Attempt":
    """An attempt with the events that this process has seen, also those that no record has."""
    known = _attempts.get((location, (attempt.key, attempt.number)))
    for event in known.events.values() if known is not None else ():
        attempt = attempt if event.slot in attempt.events else attempt.with_event(event)
    return attempt


def charged(location: str, account: "Account") -> "Sequence[tuple[AccountEntry, Attempt]]":
    """The attempts that this process has charged to an account, the oldest first."""
    return [
        (entry, _attempts[location, one])
        for one, entry in _entries.get((location, account), {}).items()
    ]
