"""The block `KlingJob`: one job for Kling; one call starts it, another call waits for it.

For flows that combine shotgraph with other systems, in the form of Prefect's own job blocks. The
tasks of `shotgraph.tasks` do more: shots of any length, retries, progress.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeAlias

from prefect.blocks.abstract import JobBlock, JobRun
from prefect.context import FlowRunContext, TaskRunContext
from prefect.runtime import flow_run
from prefect.utilities.asyncutils import run_coro_as_sync
from pydantic import ConfigDict, Field, HttpUrl, WithJsonSchema, field_validator, model_validator

from shotgraph.blocks.fal_credentials import FalCredentials, Text
from shotgraph.blocks.media_store import store_location
from shotgraph.blocks.persons_cancel import cancelled_in_prefect, runs_here
from shotgraph.clock import SystemClock
from shotgraph.endpoints import KINDS, Tier
from shotgraph.errors import InvalidInput
from shotgraph.inputs.intake import Intake
from shotgraph.making.given_arguments import checked
from shotgraph.making.shots import check_whole
from shotgraph.making.step_jobs import CheckedStep
from shotgraph.media.probe import Medium
from shotgraph.money.attempts import Attempt
from shotgraph.money.budget import Budget
from shotgraph.money.buy import Bought
from shotgraph.money.events import Accepted
from shotgraph.money.job import Job
from shotgraph.money.known_prices import prices_with_bills
from shotgraph.money.order import budget_name, cancel_order, order, wait_for_order
from shotgraph.money.prices import latest_prices
from shotgraph.money.session import Session
from shotgraph.settings import Settings
from shotgraph.store import open_store

Kind: TypeAlias = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(KINDS)})]
Dollars: TypeAlias = Annotated[Decimal | None, WithJsonSchema({"type": "number", "minimum": 0})]


def _is_awaited() -> bool:
    """Whether the caller can await: in an async task or flow, or else in an event loop."""
    context = TaskRunContext.get() or FlowRunContext.get()
    if isinstance(context, TaskRunContext):
        return context.task.isasync
    if context is not None and context.flow is not None:
        return context.flow.isasync
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _either_way(running: Coroutine[Any, Any, Any]) -> Any:
    """Return a coroutine to a caller that can await it; run it for all other callers."""
    return running if _is_awaited() else run_coro_as_sync(running)


class KlingJobRun(JobRun[Medium]):
    """A job that `KlingJob.trigger` has started.

    Attributes:
        key: The job's content key, as in ``shotgraph jobs`` and the store.
        request_id: fal's request id; None if the result was in the store, so that nothing was sent.
    """

    def __init__(self, block: "KlingJob", job: Job, attempt: Attempt | None) -> None:
        self._block, self._job, self._attempt = block, job, attempt
        self._bought: Bought | None = None
        accepted = attempt.find(Accepted) if attempt is not None else None
        self.key = str(job.key)
        self.request_id = accepted.request_id if accepted is not None else None

    async def await_for_completion(self) -> None:
        """Wait until fal is done, and fetch the result into the store. This never buys.

        Raises:
            Refused: The job failed at fal, or was cancelled.
            ShotgraphError: Retryable, Terminal or Ambiguous; the purchase is on record.
        """
        if self._bought is None:
            session = await self._block.open_session()
            self._bought = await wait_for_order(session, self._job, self._attempt)

    async def afetch_result(self) -> Medium:
        """Return the job's result; wait for it if necessary.

        Returns:
            The clip in the store; every task of shotgraph accepts it as
            ``medium.model_dump(mode="json")``.
        """
        await self.await_for_completion()
        assert self._bought is not None  # noqa: S101  the line above has set it
        return self._bought.result.medium

    async def acancel(self) -> None:
        """Ask fal to cancel the job. fal may still bill a job that is being drawn."""
        await cancel_order(await self._block.open_session(), self._job)

    def wait_for_completion(self) -> Any:
        """`await_for_completion` for every caller: awaited in async code, else a plain call."""
        return _either_way(self.await_for_completion())

    def fetch_result(self) -> Any:
        """`afetch_result` for every caller: awaited in async code, else a plain call."""
        return _either_way(self.afetch_result())

    def cancel(self) -> Any:
        """`acancel` for every caller: awaited in async code, else a plain call."""
        return _either_way(self.acancel())


class KlingJob(JobBlock[Medium]):
    """One job for Kling at fal, bought once.

    `trigger` sends the job, or finds the job that was sent before: equal arguments are the same
    job, also after a crash. The media must fit Kling's limits; they are not changed.

    Attributes:
        kind: The kind of the job, as in a pipeline file: ``edit``, ``reference``,
            ``image_to_video``, ``reference_to_video``.
        arguments: The arguments, as in a pipeline file; media are paths or https URLs.
        credentials: The key for fal.
        tier: standard or pro.
        take: The number of the generation; another take is another clip, and is paid for.
        store: A folder, a bucket's URL, or the name of a MediaStore block.
        max_usd: The most that the job may cost, in dollars, including all failed attempts.

    Example:
        ```python
        from prefect import flow
        from shotgraph.blocks import KlingJob

        @flow
        def repaint():
            run = KlingJob.load("BLOCK_NAME").trigger()
            run.wait_for_completion()
            return run.fetch_result().model_dump(mode="json")
        ```
    """

    # pydantic's error message quotes a wrong value.
    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name: ClassVar[str] = "Kling Job"
    _block_type_slug: ClassVar[str] = "kling-job"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://github.com/fal-ai.png?size=200")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl("https://fal.ai/models?keywords=kling")

    kind: Kind = Field(title="Kind", description="The kind of the job, as in a pipeline file.")
    arguments: dict[str, Any] = Field(
        title="Arguments",
        description='As in a pipeline file: {"video": "https://…", "prompt": "Let it rain"}.',
    )
    credentials: FalCredentials = Field(title="Credentials", description="The key for fal.")
    tier: Tier = Field(default="standard", title="Tier", description="standard or pro.")
    take: int = Field(
        default=1, ge=1, title="Take", description="The number of the generation of the same job."
    )
    store: Text = Field(
        default=None,
        title="Store",
        description="A folder, a bucket's URL, or the name of a MediaStore block.",
    )
    max_usd: Dollars = Field(
        default=None, ge=0, title="Budget", description="The most the job may cost, in dollars."
    )

    @field_validator("store", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        # An empty field of a form is an empty text.
        return value or None

    @model_validator(mode="after")
    def _is_a_job(self) -> "KlingJob":
        try:
            self._step()
        except InvalidInput as error:
            raise ValueError(error.message) from None
        return self

    def _step(self) -> CheckedStep:
        if self.kind not in KINDS:
            raise InvalidInput(f'"{self.kind}" is no kind; allowed: {", ".join(sorted(KINDS))}')
        return checked(self.kind, self.arguments, self.tier, self.take)

    async def atrigger(self) -> KlingJobRun:
        """Send the job, and return once fal has it; a job that is at fal or done is not sent again.

        Raises:
            MediaError: A medium does not fit Kling's limits. Nothing was sent.
            OverBudget: The job would cost more than the budget has left. Nothing was sent.
            ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
        """
        session, step = await self.open_session(), self._step()
        intake = Intake(session.fal.bases, session.store, session.clock)
        taken = await intake.take_in(step.arguments)
        assert step.endpoint is not None  # noqa: S101  every kind here has an endpoint
        prices = await prices_with_bills(session, step.endpoint.id)
        endpoint = prices.priced(step.endpoint)
        job = Job(
            self._block_document_name or self.kind, endpoint, taken, self.take, session.fal.backend
        )
        await check_whole(session, job)
        if self.max_usd is not None:
            own = Budget(name=budget_name(job), limit_usd=self.max_usd)
            session = replace(session, budgets=[*session.budgets, own])
        return KlingJobRun(self, job, await order(session, job))

    def trigger(self) -> Any:
        """`atrigger` for every caller: awaited in async code, else a plain call."""
        return _either_way(self.atrigger())

    async def open_session(self) -> Session:
        """Connect with the block's key and store.

        Raises:
            InvalidInput: There is no such store.
        """
        settings, clock = Settings(), SystemClock()
        fal, store = self.credentials.get_connection(), open_store(await store_location(self.store))
        return Session(
            fal=fal,
            store=store,
            clock=clock,
            say=self.logger.info,
            windows=settings.windows,
            on_ambiguous=settings.on_ambiguous,
            daily_usd=settings.daily_budget_usd,
            prices=await latest_prices(store, fal.backend),
            cancelled_by_person=_cancelled_by_person,
            film=str(flow_run.flow_name or ""),
            run_id=str(flow_run.id or ""),
            allow_fallback=settings.fal_fallback,
        )


async def _cancelled_by_person() -> bool | None:
    run_ids = runs_here()
    return await cancelled_in_prefect(run_ids) if run_ids else False
