"""What a film cost in all its runs, from the ledger."""

from decimal import Decimal

from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.keys import Key
from shotgraph.money.accounts import NOTHING, Accounts, EarlierPurchases, Money, money_of
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.claims import Claims
from shotgraph.money.events import Intent
from shotgraph.report.manifest import Manifest
from shotgraph.report.told import manifests_of
from shotgraph.store import Store

_Numbered = tuple[Key, int]


class FilmCosts:
    """The sums of a store's films; what can't change any more is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._settled: dict[_Numbered, Money] = {}
        self._kept: dict[str, EarlierPurchases] = {}

    async def of(self, film: str) -> Money:
        """Sum up what all runs of a film bought, without rehearsals; each job counts once.

        Raises:
            Retryable: The store could not be read.
            Terminal: A record can't be read; it is named.
        """
        noted, before = await self._accounts.of_film(film), await self._before(film)
        return await self._sum(noted | set(before.attempts)) + Money(before.billed_usd)

    async def keep_before(self, film: str) -> None:
        """Keep what runs of a film bought before there were accounts, so that it is found once.

        Raises:
            Retryable: The store could not be read or written to.
            Terminal: A claim can't be read; it is named.
        """
        if await self._accounts.before(film) is None:
            await self._accounts.note_before(film, await self._before(film))

    @property
    def _accounts(self) -> Accounts:
        return Accounts(self._store.records)

    async def _sum(self, numbered: set[_Numbered]) -> Money:
        wanted = sorted(numbered - self._settled.keys())
        money = [self._settled[one] for one in numbered & self._settled.keys()]
        for attempt in await Ledger(self._store.records).attempts(wanted):
            cost = NOTHING if _is_rehearsed(attempt) else money_of(attempt)
            money.append(cost)
            if not cost.may_be_billed_usd and attempt.state not in ("new", "sending"):
                self._settled[attempt.key, attempt.number] = cost
        return sum(money, NOTHING)

    async def _before(self, film: str) -> EarlierPurchases:
        if film not in self._kept:
            kept = await self._accounts.before(film)
            self._kept[film] = kept if kept is not None else await self._found_before(film)
        return self._kept[film]

    async def _found_before(self, film: str) -> EarlierPurchases:
        """Find it by the requests in the manifests of that time."""
        claims, paid = Claims(self._store.records), dict[str, Decimal]()
        for manifest in await manifests_of(self._store, film):
            if manifest.may_be_billed_usd is None and not manifest.is_rehearsal:
                paid |= _paid(manifest)
        attempts, billed_usd = set[_Numbered](), Decimal(0)
        for requests, cost_usd in paid.items():
            owners = [await claims.owner(request) for request in requests.split(", ")]
            attempts |= {(one.key, one.number) for one in owners if one is not None}
            if all(one is None for one in owners):
                billed_usd += cost_usd
        return EarlierPurchases(attempts=sorted(attempts), billed_usd=billed_usd)


def _is_rehearsed(attempt: Attempt) -> bool:
    intent = attempt.find(Intent)
    return intent is not None and intent.backend == REHEARSAL


def _paid(manifest: Manifest) -> dict[str, Decimal]:
    """Give what a run from before bought: the cost by the step's requests."""
    return {
        step.request_id: step.cost_usd
        for step in manifest.steps
        if step.request_id is not None and step.status != "cached"
    }
