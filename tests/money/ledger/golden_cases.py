"""What a golden ledger holds: jobs in every state, by every way there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from shotgraph.endpoints import KINDS
from shotgraph.making.step_jobs import LocalJob
from shotgraph.model.references import Asset
from shotgraph.money.attempts import JobState
from shotgraph.money.job import Job
from shotgraph.spec import FrameArguments

Next: TypeAlias = Literal["cached", "followed", "fetched", "looked for", "bought"]
"""What a run does about a job."""

AT = datetime(2025, 1, 6, 9, 30, tzinfo=UTC)
APART = timedelta(minutes=10)
LEASE = timedelta(seconds=30)
UNTIL_SAFE = timedelta(seconds=6690)
RATE_USD = Decimal("0.084")
PRICE_USD = 3 * RATE_USD
QUEUE_URL = "https://queue.fal.run"
FILES_URL = "https://v3.fal.media"


@dataclass(frozen=True)
class Case:
    """One job.

    Attributes:
        words: Its step and prompt.
        attempts: The events after the intent, in words, of one attempt after the other.
        state: Of its latest attempt.
        then: What a run that wants it does.
        spent_usd: What its attempts take of a budget, together.
        request: The number of the request that its latest attempt has or claims; 0 for none.
        cost_usd: What its latest attempt was billed; empty where it has not ended.
        kept: Whether its result is in the store.
    """

    words: str
    attempts: tuple[str, ...]
    state: JobState
    then: Next
    spent_usd: str
    request: int = 0
    cost_usd: str = ""
    take: int = 1
    kept: bool = False
    with_image: bool = False

    @property
    def request_id(self) -> str | None:
        """The latest attempt's request."""
        return f"00000000-0000-4000-8000-{self.request:012d}" if self.request else None

    def job(self, image: Asset) -> Job:
        """The job, as a run has it that goes to fal."""
        kind = "image_to_video" if self.with_image else "reference_to_video"
        given = {"start_image": image} if self.with_image else {"aspect_ratio": "1:1"}
        endpoint = KINDS[kind]["standard"]
        arguments = endpoint.arguments.model_validate(
            {"prompt": f"Dusk, {self.words}", "duration": "3", **given}
        )
        return Job(self.words, endpoint, arguments, self.take, "fal")


CASES = (
    Case("begun", ("",), "sending", "looked for", "0.252"),
    Case("begun and claimed", ("claim",), "sending", "followed", "0.252", request=1),
    Case("doubted", ("doubt",), "unknown", "looked for", "0.252"),
    Case("turned", ("turned",), "turned", "bought", "0"),
    Case("doubted and turned", ("doubt turned",), "turned", "bought", "0"),
    Case("given up", ("late given_up",), "given_up", "bought", "0"),
    Case("doubted and given up", ("doubt late given_up",), "given_up", "bought", "0"),
    # Its request was claimed, and then it was given up early; another take found that request.
    Case("alike", ("doubt claim given_up",), "given_up", "bought", "0.252"),
    Case("alike", ("doubt found",), "in_flight", "followed", "0.252", request=2, take=2),
    Case("accepted", ("accepted",), "in_flight", "followed", "0.252", request=3),
    Case("cancelled", ("accepted cancel",), "in_flight", "followed", "0.252", request=4),
    Case("done", ("accepted success",), "succeeded", "fetched", "0.252", 5, "0.252"),
    Case("kept", ("accepted success",), "succeeded", "cached", "0.168", 6, "0.168", kept=True),
    Case("kept", ("accepted success",), "succeeded", "cached", "0.252", 7, "0.252", 2, kept=True),
    Case(
        "kept with an image",
        ("doubt found cancel success",),
        "succeeded",
        "cached",
        "0.252",
        8,
        "0.252",
        kept=True,
        with_image=True,
    ),
    Case("failed", ("accepted failure",), "failed", "bought", "0", 9, "0"),
    Case(
        "failed and billed", ("accepted billed failure",), "failed", "bought", "0.252", 10, "0.252"
    ),
    Case("forgotten in flight", ("accepted forgotten",), "given_up", "bought", "0.252", 11),
    Case("forgotten", ("accepted success forgotten",), "given_up", "bought", "0.252", 12, "0.252"),
    Case("forgotten failure", ("accepted failure forgotten",), "given_up", "bought", "0", 13, "0"),
    Case(
        "tried again",
        ("turned", "accepted failure", "accepted"),
        "in_flight",
        "followed",
        "0.252",
        15,
    ),
)
"""Every entry of the table of states occurs in them."""
SHARED_REQUEST_ID = "00000000-0000-4000-8000-000000000002"
"""The request that both of those that look alike have claimed."""
EARLIER_REQUEST_ID = "00000000-0000-4000-8000-000000000014"
"""The request of an attempt that is not its job's latest."""
LAPSED = "reserved for, and never begun"
KEPT = next(case for case in CASES if case.kept)
OF_RUN = tuple(case for case in CASES if case.then in ("cached", "fetched"))
"""Those that were bought by one run that had a budget."""


def made_url(case: Case) -> str:
    """Where fal has what a job made."""
    return f"{FILES_URL}/files/b/{case.request:04d}/output.mp4"


def upload_url(asset: Asset) -> str:
    """Where fal has an upload."""
    return f"{FILES_URL}/files/b/{asset.sha256[:16]}.png"


def frame_job(clip: Asset) -> LocalJob:
    """The one local step in it."""
    return LocalJob("frame", "frame", FrameArguments(video=clip, at="first"))
