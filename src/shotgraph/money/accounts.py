"""Accounts: the jobs of a run and of a film, and their cost by the ledger."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.errors import Terminal
from shotgraph.keys import Key
from shotgraph.money.attempts import Attempt, AttemptId, Ledger
from shotgraph.money.events import Ended, GivenUp, Intent, is_newer
from shotgraph.store import RecordStore
from shotgraph.store.records import film_folder


@dataclass(frozen=True)
class Money:
    """Dollars, by the ledger.

    Attributes:
        billed_usd: The amount billed. If a job succeeded and fal named no amount, this is the
            estimate.
        may_be_billed_usd: The most that may be billed in addition: for jobs that have not ended,
            have lost their reply, or failed without a statement about the bill.
    """

    billed_usd: Decimal = Decimal(0)
    may_be_billed_usd: Decimal = Decimal(0)

    @property
    def most_usd(self) -> Decimal:
        """The largest possible sum, in dollars."""
        return self.billed_usd + self.may_be_billed_usd

    def __add__(self, other: "Money") -> "Money":
        return Money(
            self.billed_usd + other.billed_usd, self.may_be_billed_usd + other.may_be_billed_usd
        )


NOTHING = Money()


def money_of(attempt: Attempt) -> Money:
    """The cost of an attempt."""
    intent, ended = attempt.find(Intent), attempt.find(Ended)
    if ended is not None:
        is_known = ended.succeeded or ended.billed_units is not None
        return Money(ended.cost_usd) if is_known else Money(may_be_billed_usd=ended.cost_usd)
    if intent is None or attempt.state == "turned" or _is_sure_not_to_exist(attempt):
        return NOTHING
    return Money(may_be_billed_usd=intent.estimate_usd)


def failed_before(attempt: Attempt) -> str:
    """Say of a failed attempt that it failed, and what that cost."""
    money = money_of(attempt)
    if money.billed_usd:
        return f"the job failed at fal before, for ${money.billed_usd:.3f}"
    if money.may_be_billed_usd:
        return f"the job failed at fal before, for at most ${money.may_be_billed_usd:.3f}"
    return "the job failed at fal before"


def _is_sure_not_to_exist(attempt: Attempt) -> bool:
    """Whether the attempt was given up when that was safe; if earlier, it may still be billed."""
    intent, given_up = attempt.find(Intent), attempt.find(GivenUp)
    if intent is None or given_up is None:
        return False
    return given_up.at >= intent.safe_from if given_up.is_sure is None else given_up.is_sure


class Account(BaseModel):
    """A film and one of its runs; all purchases of the run count in one sum.

    Attributes:
        run_id: Prefect's id of the run. If a run was continued after a question at a terminal,
            the id of the first run.
    """

    model_config = ConfigDict(frozen=True)

    film: str
    run_id: str


class AccountEntry(BaseModel):
    """The record that an attempt counts in an account.

    Attributes:
        step: The step that the attempt is for.
        kind: The kind of that step.
        asked: The key of the step's job; for a piece, the key of the job before it was split.
        how: ran: the run sent the attempt; resumed: it was on record, and the run continued it.
        key: The key of the attempt's job.
        number: The attempt's number.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    at: datetime
    account: Account
    step: str
    kind: str
    asked: Key
    how: Literal["ran", "resumed"]
    key: Key
    number: int


class EarlierPurchases(BaseModel):
    """Purchases of a film from before accounts existed; found once, in its manifests.

    Attributes:
        attempts: Keys and numbers.
        billed_usd: The bills of jobs without attempts on record, in dollars.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    attempts: Sequence[AttemptId] = ()
    billed_usd: Decimal = Decimal(0)


class Accounts:
    """Records under ``accounts/<film>/<run>/<key>.<number>.json``."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    async def note(self, entry: AccountEntry) -> None:
        """Record that an attempt counts in an account; the first such record is kept.

        Raises:
            Retryable: The store could not be written to.
        """
        name = _entry(entry.account, entry.key, entry.number)
        await self._records.put_if_absent(name, entry.model_dump_json().encode())

    async def has(self, account: Account, key: Key, number: int) -> bool:
        """Whether an attempt counts in an account.

        Raises:
            Retryable: The store could not be read.
        """
        return await self._records.get(_entry(account, key, number)) is not None

    async def of_run(self, account: Account) -> Sequence[AccountEntry]:
        """Read the entries of one account, the oldest first.

        Raises:
            Retryable: The store could not be read.
            Terminal: An entry can't be read; the message names it.
        """
        names = await self._records.names(_folder(account))
        found = await self._records.get_each(names)
        entries = [_read(name, data) for name, data in zip(names, found, strict=True)]
        return sorted(entries, key=lambda entry: entry.at)

    async def money_of(self, account: Account) -> Money:
        """Add up the costs of the attempts of one account.

        Raises:
            Retryable: The store could not be read.
            Terminal: A record can't be read; the message names it.
        """
        entries = await self.of_run(account)
        attempts = await Ledger(self._records).attempts((one.key, one.number) for one in entries)
        return sum(map(money_of, attempts), NOTHING)

    async def of_film(self, film: str) -> set[AttemptId]:
        """Return the attempts in the accounts of a film, by key and number.

        Raises:
            Retryable: The store could not be listed.
        """
        return set(_attempts(await self._records.names(_film_folder(film))))

    async def before(self, film: str) -> EarlierPurchases | None:
        """Read the purchases from before accounts existed; None if nobody has searched for them.

        Raises:
            Retryable: The store could not be read.
        """
        data = await self._records.get(_before(film))
        try:
            return EarlierPurchases.model_validate_json(data) if data else None
        except ValueError:
            return None  # it can be made again, from the manifests

    async def note_before(self, film: str, bought: EarlierPurchases) -> None:
        """Record the purchases from before accounts existed.

        Raises:
            Retryable: The store could not be written to.
        """
        await self._records.put_if_absent(_before(film), bought.model_dump_json().encode())


def _attempts(names: Iterable[str]) -> Iterable[AttemptId]:
    for name in names:
        key, _, number = name.rpartition("/")[2].removesuffix(".json").partition(".")
        if number.isdecimal():
            yield Key(key), int(number)


def _read(name: str, data: bytes | None) -> AccountEntry:
    try:
        return AccountEntry.model_validate_json(data or b"")
    except ValueError as error:
        who = "was written by a newer version of shotgraph" if is_newer(error) else "can't be read"
        raise Terminal(
            f"the store's record {name} {who}, so the cost of this run is not known. shotgraph "
            "jobs lists the cost of each job"
        ) from None


def _folder(account: Account) -> str:
    run = hashlib.sha256(account.run_id.encode()).hexdigest()[:16]
    return f"{_film_folder(account.film)}/{run}"


def _entry(account: Account, key: Key, number: int) -> str:
    return f"{_folder(account)}/{key}.{number:06d}.json"


def _before(film: str) -> str:
    return f"{_film_folder(film)}/before.json"


def _film_folder(film: str) -> str:
    return f"accounts/{film_folder(film, 16)}"
