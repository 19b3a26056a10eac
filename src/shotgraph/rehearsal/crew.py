"""Who does the jobs: so many at a time, in order, each to its end."""

import asyncio
from time import monotonic

from shotgraph.rehearsal.billing import billed
from shotgraph.rehearsal.book import Book
from shotgraph.rehearsal.faults import Fault, Faults
from shotgraph.rehearsal.job import Job, Outcome
from shotgraph.rehearsal.model import Model
from shotgraph.rehearsal.model_error import Complaint, ModelError, request_error
from shotgraph.rehearsal.options import Options
from shotgraph.rehearsal.webhook import call_webhook


class Crew:
    """Runs accepted jobs, at most `Options.at_once` together."""

    def __init__(self, options: Options, book: Book, faults: Faults, model: Model) -> None:
        self._options = options
        self._book = book
        self._faults = faults
        self._model = model
        self._places = asyncio.Semaphore(options.at_once)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def take(self, job: Job) -> None:
        """Start a job; it ends by itself."""
        task = asyncio.create_task(self._do(job), name=f"job {job.request_id}")
        self._tasks[job.request_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.request_id, None))

    def drop(self, job: Job) -> None:
        """Take a job out of the queue, unbilled."""
        self._tasks[job.request_id].cancel()
        job.end(request_error(499, "client_cancelled", "Request was cancelled by the client"))

    async def stop(self) -> None:
        """Cancel everything and wait until it is gone, ffmpeg too."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for job in self._book:
            if job.outcome is None:  # whoever waits for it would wait for ever
                job.end(request_error(503, "runner_disconnected", "The rehearsal was stopped"))

    async def _do(self, job: Job) -> None:
        try:
            async with asyncio.timeout(job.start_timeout_s):
                await self._queue(job)
        except TimeoutError:
            job.end(
                request_error(
                    504,
                    "request_timeout",
                    "Request did not start in the time that its sender gave it",
                    timeout_type="user",
                )
            )
        else:
            try:
                job.end(await self._run(job))
            finally:
                self._places.release()
        await self._report(job)

    async def _queue(self, job: Job) -> None:
        """Wait for a place; on return it is taken."""
        await asyncio.sleep(self._options.queue_s)
        held = self._faults.take_hold("IN_QUEUE", job.endpoint_id)
        if held is not None:
            await held.until_lifted()
        await self._places.acquire()
        job.start()

    async def _run(self, job: Job) -> Outcome:
        since = monotonic()
        job.log("Runner is ready")
        slow = self._faults.take("slow", endpoint_id=job.endpoint_id)
        held = self._faults.take_hold("IN_PROGRESS", job.endpoint_id)
        failing = self._faults.take("fail", "fail_request", endpoint_id=job.endpoint_id)
        outcome = billed(await self._outcome(job, failing), job.endpoint_id, self._faults)
        longer_s = (slow.seconds or 0.0) if slow is not None else 0.0
        await asyncio.sleep(max(0.0, since + self._options.run_s - monotonic()) + longer_s)
        if held is not None:
            await held.until_lifted()
        return outcome

    async def _outcome(self, job: Job, failing: Fault | None) -> Outcome:
        try:
            if failing is not None:
                return await self._model.failed(job, failing)
            return await self._model.answer(job)
        except ModelError as error:
            return error.outcome()
        except Exception as error:  # a model that breaks is a 500, not a hang
            broken = Complaint(
                ("body",), "internal_server_error", f"{type(error).__name__}: {error}"
            )
            return ModelError(broken, status_code=500, retryable=True).outcome()

    async def _report(self, job: Job) -> None:
        outcome = job.outcome
        if job.webhook_url is None or outcome is None:
            return
        if self._faults.take("webhook_never", endpoint_id=job.endpoint_id) is not None:
            return
        twice = self._faults.take("webhook_twice", endpoint_id=job.endpoint_id) is not None
        for _ in range(2 if twice else 1):
            await call_webhook(job, outcome)
