"""Writes a golden ledger: a small store with every kind of record, as the present code puts it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.known_media import KnownUrls, url_record
from shotgraph.keys import Key, canonical_json
from shotgraph.model.references import Asset, RemoteUrl
from shotgraph.money.accounts import Account, AccountEntry, Accounts
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.budget import Budgets
from shotgraph.money.claims import Claims
from shotgraph.money.events import (
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
from shotgraph.money.job import wire_body
from shotgraph.money.results import Result, Results
from shotgraph.money.settled import Lineage
from shotgraph.store import Store, open_store

from .golden_cases import (
    APART,
    AT,
    CASES,
    EARLIER_REQUEST_ID,
    FILES_URL,
    KEPT,
    LAPSED,
    LEASE,
    OF_RUN,
    PRICE_USD,
    QUEUE_URL,
    RATE_USD,
    SHARED_REQUEST_ID,
    UNTIL_SAFE,
    Case,
    frame_job,
    made_url,
    upload_url,
)
from .golden_known import DAY, RUN, known
from .golden_media import CLIP, CLIP_INFO, STILL, STILL_INFO
from .records import key_of

ACCOUNT = Account(film="golden", run_id="0f3a5c77")
"""Of all attempts."""


@dataclass(frozen=True)
class _Moment:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits")


async def write(folder: Path) -> None:
    """Write a store and what is known of it into a new folder."""
    folder.mkdir(parents=True)
    store = open_store(str(folder / "store"))
    clip = await store.assets.add(CLIP, "video")
    image = await store.assets.add(STILL, "image")
    writer = _Writer(store, clip, image)
    for place, case in enumerate(CASES):
        await writer.case(case, AT + place * APART)
    await writer.beside_the_jobs()
    (folder / "known.json").write_text(known(clip, image).model_dump_json(indent=1) + "\n")


class _Writer:
    def __init__(self, store: Store, clip: Asset, image: Asset) -> None:
        self.store = store
        self.clip, self.image = clip, image
        self.ledger = Ledger(store.records)
        self.claims = Claims(store.records)
        self.budgets = Budgets(store.records, self.ledger)

    async def case(self, case: Case, at: datetime) -> None:
        """Write one job, its claim, its reservations and its result."""
        key = case.job(self.image).key
        for number, words in enumerate(case.attempts, 1):
            begun = at + (number - 1) * timedelta(minutes=2)
            await self._reserve(case, key, number, begun)
            before = await self.ledger.latest(key)
            attempt = await self.ledger.begin(before, self._intent(case, begun))
            assert attempt is not None
            await self._account(case, attempt, begun)
            is_last = number == len(case.attempts)
            await self._events(case, attempt, words.split(), begun, is_last=is_last)
        if case.kept:
            await self._keep(case, key, at)

    async def _reserve(self, case: Case, key: Key, number: int, at: datetime) -> None:
        budgets = (RUN, DAY) if case in OF_RUN else (DAY,)
        until = at + LEASE
        await self.budgets.reserve(
            budgets, key=key, number=number, usd=PRICE_USD, now=at, until=until, what=case.words
        )

    async def _account(self, case: Case, attempt: Attempt, at: datetime) -> None:
        entry = AccountEntry(
            at=at,
            account=ACCOUNT,
            step=case.words,
            kind=case.job(self.image).endpoint.kind,
            asked=attempt.key,
            how="ran",
            key=attempt.key,
            number=attempt.number,
        )
        await Accounts(self.store.records).note(entry)

    def _intent(self, case: Case, at: datetime) -> Intent:
        job = case.job(self.image)
        return Intent(
            at=at,
            key=job.key,
            send_before=at + LEASE,
            safe_from=at + UNTIL_SAFE,
            endpoint_id=job.endpoint.id,
            backend=job.backend,
            queue_url=QUEUE_URL,
            step=job.step,
            take=job.take,
            arguments=canonical_json(job.arguments),
            body=wire_body(job.arguments, lambda asset: f"{FILES_URL}/files/b/{asset.sha256}.png"),
            estimate_usd=PRICE_USD,
            owner="studio:4242",
            boot_id="0f3a5c77-1111-4222-8333-444444444444",
            uptime_s=86400.25,
        )

    async def _events(
        self, case: Case, attempt: Attempt, words: list[str], at: datetime, *, is_last: bool
    ) -> None:
        for second, word in enumerate(words, 1):
            moment = at + timedelta(seconds=second)
            if word in ("late", "billed"):
                continue
            if word in ("claim", "accepted", "found"):
                accepted = _accepted(case, moment, is_last=is_last, found=word == "found")
                assert await self.claims.take(attempt, accepted)
                if word == "claim":
                    continue
                event: Event = accepted
            else:
                event = self._event(case, word, words, moment)
            attempt = await self.ledger.record(attempt, event)

    def _event(self, case: Case, word: str, words: list[str], at: datetime) -> Event:
        is_billed = word == "success" or "billed" in words
        billed = Decimal(case.cost_usd) if is_billed else Decimal(0)
        units = (billed / RATE_USD).normalize() if is_billed else Decimal(0)
        said: dict[str, Event] = {
            "doubt": Doubt(at=at, why="the answer was lost (ReadError)"),
            "turned": Turned(at=at, why="fal is busy (429: Queue is full); nothing was bought"),
            "given_up": GivenUp(
                at=at + UNTIL_SAFE if "late" in words else at,
                why="fal does not list it, and it is safe to buy again",
                is_sure="late" in words,
            ),
            "cancel": CancelAsked(at=at, reply="fal was asked to cancel it"),
            "forgotten": Forgotten(at=at, why="a person decided to buy it again"),
            "failure": Ended(
                at=at, succeeded=False, billed_units=units, cost_usd=billed,
                why="the model refused it (422: content_policy_violation)",
            ),
            "success": Ended(
                at=at, succeeded=True, billed_units=units, cost_usd=billed,
                output={"video": {
                    "url": made_url(case),
                    "content_type": "video/mp4",
                    "file_name": "output.mp4",
                    "file_size": self.clip.size_bytes,
                }},
            ),
        }  # fmt: skip
        return said[word]

    async def _keep(self, case: Case, key: Key, at: datetime) -> None:
        result = Result(
            key=key,
            recipe=case.job(self.image).endpoint.id,
            asset=self.clip,
            info=CLIP_INFO,
            request_id=case.request_id,
            cost_usd=Decimal(case.cost_usd),
            seconds=182.5,
            made_at=at + timedelta(minutes=4),
        )
        await Results(self.store).put(result)

    async def beside_the_jobs(self) -> None:
        """Write what belongs to no paid job: an unused reservation, a frame, uploads, URLs."""
        at = AT + len(CASES) * APART
        usd = PRICE_USD
        await self.budgets.reserve(
            (DAY,), key=key_of(LAPSED), number=1, usd=usd, now=at, until=at + LEASE, what=LAPSED
        )
        frame = Result(
            key=frame_job(self.clip).key,
            recipe=frame_job(self.clip).recipe,
            asset=self.image,
            info=STILL_INFO,
            request_id=None,
            cost_usd=Decimal(0),
            seconds=0.25,
            made_at=at,
        )
        await Lineage(self.store.records).note(frame.key, [self.clip.sha256])
        await Results(self.store).put(frame)
        await KnownUrls(FalBases(), self.store, _Moment(at)).note(
            self.image, upload_url(self.image)
        )
        url = RemoteUrl(url=made_url(KEPT))
        data = self.clip.model_dump_json().encode()
        await self.store.records.put_if_absent(url_record(url), data)


def _accepted(case: Case, at: datetime, *, is_last: bool, found: bool) -> Accepted:
    request_id = (case.request_id or SHARED_REQUEST_ID) if is_last else EARLIER_REQUEST_ID
    url = f"{QUEUE_URL}/fal-ai/kling-video/requests/{request_id}"
    return Accepted(
        at=at,
        request_id=request_id,
        status_url=f"{url}/status",
        response_url=url,
        cancel_url=f"{url}/cancel",
        found=found,
    )
