"""fal has billed a job of Kling above its estimate: later runs reserve what fal bills."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.errors import OverBudget
from shotgraph.making.shots import draw
from shotgraph.money import past_jobs
from shotgraph.money.budget import Budget
from shotgraph.money.events import Ended, Intent
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from shotgraph.store import Store
from tests.making.test_draw import job_of
from tests.rehearsal.client import Client

MakeSession = Callable[..., Session]


@pytest.mark.slow
async def test_a_later_run_reserves_what_fal_bills(
    session: MakeSession, server: Client, store: Store, shots: Path
) -> None:
    async def job(prompt: str) -> Job:
        made = await job_of(store, shots / "good.mp4", prompt=prompt)
        return replace(made, backend=session().fal.backend)

    async def costs(of: Session, prompt: str) -> tuple[Decimal, Decimal]:
        """What was estimated, and what was billed."""
        await draw(of, await job(prompt))
        attempt = await of.ledger.latest((await job(prompt)).key)
        intent, ended = attempt.find(Intent), attempt.find(Ended)
        assert intent is not None
        assert ended is not None
        return intent.estimate_usd, ended.cost_usd

    await server.fault("bill", units=4)
    assert await costs(session(), "Paint it red") == (Decimal("0.378"), Decimal("0.504"))
    past_jobs._known.clear()  # the next run is in another process
    assert await costs(session(), "Paint it blue") == (Decimal("0.504"), Decimal("0.504"))
    small = session(budgets=[Budget(name="small", limit_usd=Decimal("0.45"))])
    with pytest.raises(OverBudget, match=r"would cost \$0\.50"):
        await draw(small, await job("Paint it green"))
    past_jobs._known.clear()
    assert await costs(session(), "Paint it grey") == (Decimal("0.504"), Decimal("0.504"))
