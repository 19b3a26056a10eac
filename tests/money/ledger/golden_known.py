"""What is known of a golden ledger, whatever code reads its records."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from shotgraph.model.references import Asset
from shotgraph.money.attempts import JobState
from shotgraph.money.budget import Budget

from .golden_cases import (
    CASES,
    EARLIER_REQUEST_ID,
    KEPT,
    OF_RUN,
    Case,
    Next,
    frame_job,
    made_url,
    upload_url,
)

DAY = Budget(name="day 2025-01-06", limit_usd=Decimal(100))
RUN = Budget(name="run 0f3a5c77", limit_usd=Decimal(5))


class _Known(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KnownJob(_Known):
    """One job; see `Case`."""

    words: str
    take: int
    number: int
    state: JobState
    then: Next
    request_id: str | None
    cost_usd: Decimal | None


class Known(_Known):
    """What is known, in a file beside the store.

    Attributes:
        jobs: By key.
        budgets: What is spent of each, in dollars.
        claims: Whose each request is: key and number.
        results: Of each key, the sha256 of what was made.
        uploads: Of each asset's sha256, where fal has it.
        urls: Of each URL of fal's, the sha256 of its bytes.
    """

    jobs: dict[str, KnownJob]
    budgets: dict[str, Decimal]
    claims: dict[str, tuple[str, int]]
    results: dict[str, str]
    uploads: dict[str, str]
    urls: dict[str, str]


def known(clip: Asset, image: Asset) -> Known:
    """Say what is known of the present cases, by nothing but themselves."""
    keys = {case: str(case.job(image).key) for case in CASES}
    claims = {
        case.request_id: (keys[case], len(case.attempts)) for case in CASES if case.request_id
    }
    (tried_again,) = [case for case in CASES if len(case.attempts) > 1]
    results = {keys[case]: clip.sha256 for case in CASES if case.kept}
    return Known(
        jobs={keys[case]: _job(case) for case in CASES},
        budgets={
            DAY.name: sum((Decimal(case.spent_usd) for case in CASES), Decimal(0)),
            RUN.name: sum((Decimal(case.spent_usd) for case in OF_RUN), Decimal(0)),
        },
        claims={**claims, EARLIER_REQUEST_ID: (keys[tried_again], 2)},
        results={**results, str(frame_job(clip).key): image.sha256},
        uploads={image.sha256: upload_url(image)},
        urls={made_url(KEPT): clip.sha256},
    )


def _job(case: Case) -> KnownJob:
    return KnownJob(
        words=case.words,
        take=case.take,
        number=len(case.attempts),
        state=case.state,
        then=case.then,
        # What is only claimed is not on record of the attempt itself.
        request_id=case.request_id if case.state != "sending" else None,
        cost_usd=Decimal(case.cost_usd) if case.cost_usd else None,
    )
