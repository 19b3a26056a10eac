"""What a run is told, and what it says when it ends."""

from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from shotgraph.inputs.hosts import FalBases
from shotgraph.model.references import Asset
from shotgraph.money.session import OnAmbiguous
from shotgraph.money.windows import Windows


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shot(_Message):
    """One job to buy; the prompt is what the server's book knows it by.

    Attributes:
        image: A start image, which makes it image_to_video; without one it is reference_to_video.
        video: A shot to be repainted, which makes it edit: a long one in several jobs.
    """

    prompt: str
    image: Asset | None = None
    video: Asset | None = None
    take: int = 1


class Order(_Message):
    """What a run is to do.

    Attributes:
        out: Where films go; None for a run that only buys.
        failpoint: As in ``SHOTGRAPH_FAILPOINT``.
        without: The guard that is taken out first; see `guards`.
        resumes: Whether the same process goes on after an injected exception.
        wears: The process number that it takes itself to have, as in a container that restarts.
        has_budget: Whether what it buys is reserved against the store's budget first.
        start_at: The moment, on the system's monotonic clock, at which it begins.
        tries: How often it begins anew where nothing was bought: on a busy machine a job is often
            not sent in its second.
        report: Where it says how it went.
    """

    store: str
    bases: FalBases
    key: str
    shots: tuple[Shot, ...]
    windows: Windows
    report: Path
    out: Path | None = None
    on_ambiguous: OnAmbiguous = "wait"
    failpoint: str = ""
    without: str = ""
    resumes: bool = False
    wears: int | None = None
    has_budget: bool = True
    start_at: float = 0.0
    tries: int = 100


class Made(_Message):
    """What a run has of one shot."""

    prompt: str
    key: str
    how: str
    sha256: str
    request_id: str | None
    cost_usd: Decimal


class Report(_Message):
    """How a run went.

    Attributes:
        died_at: The failpoints that raised in it.
        error: The class of the error that ended it.
    """

    made: tuple[Made, ...] = ()
    films: tuple[str, ...] = ()
    died_at: tuple[str, ...] = ()
    error: str = ""
    message: str = ""
    said: tuple[str, ...] = ()
