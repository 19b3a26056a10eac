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
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.events import Ended, GivenUp, Intent, is_newer
from shotgraph.store import RecordStore


@dataclass(frozen=True)
class Money:
    """Dollars, as the ledger has them.

    Attributes:
        billed_usd: What was billed. Where a job succeeded and fal did not say how much, this is
            the estimate.
        may_be_billed_usd: What may have been billed besides, at most: for jobs that have not ended
            yet, whose answer was lost, or that failed without a word from fal about the bill.
    """

    billed_usd: Decimal = Decimal(0)
    may_be_billed_usd: Decimal = Decimal(0)

    @property
    def most_usd(self) -> Decimal:
        """The most that it can come to, in dollars."""
        return self.billed_usd + self.may_be_billed_usd

    def __add__(self, other: "Money") -> "Money":
        return Money(
            self.billed_usd + other.billed_usd, self.may_be_billed_usd + other.may_be_billed_usd
        )


NOTHING = Money()


def money_of(attempt: Attempt) -> Money:
    """Tell what an attempt cost."""
    intent, ended = attempt.find(Intent), attempt.find(Ended)
    if ended is not None:
        is_known = ended.succeeded or ended.billed_units is not None
        return Money(ended.cost_usd) if is_known else Money(may_be_billed_usd=ended.cost_usd)
    if intent is None or attempt.state == "turned" or _is_sure_not_to_exist(attempt):
        return NOTHING
    return Money(may_be_billed_usd=intent.estimate_usd)


def _is_sure_not_to_exist(attempt: Attempt) -> bool:
    """Tell whether it was given up when that was safe; before, it may be billed all the same."""
    intent, given_up = attempt.find(Intent), attempt.find(GivenUp)
    if intent is None or given_up is None:
        return False
    return given_up.at >= intent.safe_from if given_up.is_sure is None else given_up.is_sure


class Account(BaseModel):
    """A film, and the run of it whose purchases are summed up together.

    Attributes:
        run_id: Prefect's id of the run. Where a run goes on with another one after a question at
            a terminal, that of the first.
    """

    model_config = ConfigDict(frozen=True)

    film: str
    run_id: str


class AccountEntry(BaseModel):
    """That an attempt counts in an account.

    Attributes:
        step: The step that it is for.
        kind: The kind of that step.
        asked: The key of the job as the step asks for it; of a piece, that of the whole.
        how: ran: the run sent it; resumed: it was on record, and the run took it up.
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
    """What runs of a film bought before there were accounts: found once, out of their manifests.

    Attributes:
        attempts: Keys and numbers.
        billed_usd: What was billed for jobs whose attempts are not on record any more, in dollars.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    attempts: Sequence[tuple[Key, int]] = ()
    billed_usd: Decimal = Decimal(0)


class Accounts:
    """Records under ``accounts/<film>/<run>/<key>.<number>.json``."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    async def note(self, entry: AccountEntry) -> None:
        """Note that an attempt counts in an account; the first such note holds.

        Raises:
            Retryable: The store could not be written to.
        """
        name = f"{_folder(entry.account)}/{entry.key}.{entry.number:06d}.json"
        await self._records.put_if_absent(name, entry.model_dump_json().encode())

    async def of_run(self, account: Account) -> Sequence[AccountEntry]:
        """Read the entries of one account, the oldest first.

        Raises:
            Retryable: The store could not be read.
            Terminal: An entry can't be read; it is named.
        """
        names = await self._records.names(_folder(account))
        found = await self._records.get_each(names)
        entries = [_read(name, data) for name, data in zip(names, found, strict=True)]
        return sorted(entries, key=lambda entry: entry.at)

    async def money_of(self, account: Account) -> Money:
        """Sum up what the attempts of one account cost.

        Raises:
            Retryable: The store could not be read.
            Terminal: A record can't be read; it is named.
        """
        entries = await self.of_run(account)
        attempts = await Ledger(self._records).attempts((one.key, one.number) for one in entries)
        return sum(map(money_of, attempts), NOTHING)

    async def of_film(self, film: str) -> set[tuple[Key, int]]:
        """Give the attempts that runs of a film have noted, by key and number.

        Raises:
            Retryable: The store could not be listed.
        """
        return set(_attempts(await self._records.names(_film_folder(film))))

    async def before(self, film: str) -> EarlierPurchases | None:
        """Read what was bought before there were accounts; None if nobody has looked for it yet.

        Raises:
            Retryable: The store could not be read.
        """
        data = await self._records.get(_before(film))
        try:
            return EarlierPurchases.model_validate_json(data) if data else None
        except ValueError:
            return None  # it is found again, for it rests on other records

    async def note_before(self, film: str, bought: EarlierPurchases) -> None:
        """Keep what was bought before there were accounts.

        Raises:
            Retryable: The store could not be written to.
        """
        await self._records.put_if_absent(_before(film), bought.model_dump_json().encode())


def _attempts(names: Iterable[str]) -> Iterable[tuple[Key, int]]:
    for name in names:
        key, _, number = name.rpartition("/")[2].removesuffix(".json").partition(".")
        if number.isdecimal():
            yield Key(key), int(number)


def _read(name: str, data: bytes | None) -> AccountEntry:
    try:
        return AccountEntry.model_validate_json(data or b"")
    except ValueError as error:
        who = "was written by a newer shotgraph" if is_newer(error) else "can't be read"
        raise Terminal(
            f"the store's record {name} {who}, so it is not known what this run cost; shotgraph "
            "jobs says what each job cost"
        ) from None


def _folder(account: Account) -> str:
    run = hashlib.sha256(account.run_id.encode()).hexdigest()[:16]
    return f"{_film_folder(account.film)}/{run}"


def _before(film: str) -> str:
    return f"{_film_folder(film)}/before.json"


def _film_folder(film: str) -> str:
    safe = "".join(char if char.isascii() and char.isalnum() else "_" for char in film)
    apart = hashlib.sha256(film.encode()).hexdigest()[:16]
    return f"accounts/{safe[:100]}-{apart}"
