"""fal's queue (``queue.fal.run``): submit, follow, fetch, cancel; and the direct ``fal.run``."""

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from shotgraph.endpoints.any_endpoint import is_endpoint_id
from shotgraph.rehearsal.accepted_job import AcceptedJob
from shotgraph.rehearsal.fal_replies import (
    NOT_FOUND,
    app_of,
    as_input,
    json_reply,
    read_body,
    request_path,
)
from shotgraph.rehearsal.spoilt_replies import with_faults
from shotgraph.rehearsal.stage import Stage

_SECRET = ("authorization", "proxy-authorization", "cookie")


def routes() -> list[Route]:
    """Return the routes below the base URL of the queue."""
    return [
        Route(
            "/{path:path}",
            with_faults("submit", submit, endpoint_of=submitted_to),
            methods=["POST"],
        ),
        Route("/{path:path}", read, methods=["GET"]),
        Route(
            "/{path:path}", with_faults("cancel", cancel, endpoint_of=asked_about), methods=["PUT"]
        ),
    ]


def direct_routes() -> list[Route]:
    """Return the routes below the base URL of the direct way, which has no queue."""
    return [
        Route("/{path:path}", with_faults("run", run, endpoint_of=submitted_to), methods=["POST"])
    ]


async def run(request: Request, stage: Stage) -> Response:
    """Accept a job, wait for its end, answer. The job counts as bought if the client hangs up."""
    job = await accept(request, stage, host="run")
    if isinstance(job, Response):
        return job
    await job.until_ended()
    return answer_of(job)


async def read(request: Request) -> ASGIApp:
    """Answer a GET with the status, the stream of the status, or the result."""
    asked = request_path(request.path_params["path"])
    if asked is None or asked.what == "cancel":
        # fal's queue answers so if a client keeps the endpoint's sub-path.
        return JSONResponse({"detail": "Method Not Allowed"}, 405)
    if asked.what == "status":
        return await _status(request)
    if asked.what == "status/stream":
        return await _stream(request)
    return await _result(request)


def submitted_to(request: Request, stage: Stage) -> str | None:
    """Return the endpoint of a submission."""
    path: str = request.path_params["path"]
    return path


def asked_about(request: Request, stage: Stage) -> str | None:
    """Return the endpoint of the job in a request's path; None if there is no such job."""
    job = _job(request, stage)
    return job.endpoint_id if job else None


def _job(request: Request, stage: Stage) -> AcceptedJob | None:
    asked = request_path(request.path_params["path"])
    job = stage.book.find(asked.request_id) if asked else None
    if job is None or asked is None or app_of(job.endpoint_id) != asked.app:
        return None
    return job


async def accept(request: Request, stage: Stage, *, host: str) -> AcceptedJob | Response:
    """Read a submission and accept the job; as at fal, the input is not checked here."""
    stage.book.count("submits")
    endpoint_id: str = request.path_params["path"]
    body = as_input(await read_body(request, stage.options.max_body_bytes))
    app = app_of(endpoint_id)
    if not is_endpoint_id(endpoint_id):
        stage.book.count("submits_refused")
        return json_reply({"detail": f"Application '{app.partition('/')[2]}' not found"}, 404)
    longest = request.query_params.get("fal_max_queue_length", "")
    if longest.isdecimal() and stage.book.waiting() > int(longest):
        stage.book.count("submits_refused")
        return json_reply({"detail": "Queue is full"}, 429, headers={"X-Fal-Needs-Retry": "1"})
    job = AcceptedJob(
        request_id=str(uuid.uuid4()),
        endpoint_id=endpoint_id,
        input=body,
        now=stage.options.now,
        host="run" if host == "run" else "queue",
        webhook_url=request.query_params.get("fal_webhook"),
        start_timeout_s=_start_timeout_s(request),
        headers={name: text for name, text in request.headers.items() if name not in _SECRET},
    )
    stage.book.accept(job)
    stage.crew.take(job)
    return job


def _start_timeout_s(request: Request) -> float | None:
    for name in ("x-fal-request-start-timeout", "x-fal-request-timeout"):
        try:
            return float(request.headers[name])
        except (KeyError, ValueError):
            continue
    return None


async def submit(request: Request, stage: Stage) -> Response:
    """Accept a job and return its URLs."""
    job = await accept(request, stage, host="queue")
    if isinstance(job, Response):
        return job
    body = {
        "status": "IN_QUEUE",
        **_urls(job, stage),
        "queue_position": stage.book.position(job),
    }
    return json_reply(body, request_id=job.request_id)


def _urls(job: AcceptedJob, stage: Stage) -> dict[str, str]:
    url = f"{stage.bases.queue_url}/{app_of(job.endpoint_id)}/requests/{job.request_id}"
    return {
        "request_id": job.request_id,
        "response_url": url,
        "status_url": f"{url}/status",
        "cancel_url": f"{url}/cancel",
    }


def status_body(
    job: AcceptedJob, stage: Stage, *, logs: list[dict[str, str]] | None
) -> dict[str, Any]:
    """Return the body of a job's present status."""
    body: dict[str, Any] = {"status": job.state, **_urls(job, stage)}
    if job.state == "IN_QUEUE":
        return {**body, "queue_position": stage.book.position(job), "logs": None}
    body["logs"] = logs
    if job.outcome is not None:
        body["metrics"] = {"inference_time": job.inference_s}
        if job.outcome.error is not None:
            body |= {"error": job.outcome.error, "error_type": job.outcome.error_type}
    return body


def _wants_logs(request: Request) -> bool:
    return request.query_params.get("logs", "").lower() in ("1", "true")


async def status(request: Request, stage: Stage) -> Response:
    """Return the status: 202 while the job waits or runs, 200 after its end."""
    stage.book.count("polls")
    job = _job(request, stage)
    if job is None:
        return json_reply(NOT_FOUND, 404)
    job.polls += 1
    if stage.faults.take("stale_status", endpoint_id=job.endpoint_id) is not None:
        stale = {"status": "IN_QUEUE", **_urls(job, stage), "queue_position": 0, "logs": None}
        return json_reply(stale, 202, request_id=job.request_id)
    logs = [line.as_json() for line in job.logs] if _wants_logs(request) else None
    code = 200 if job.state == "COMPLETED" else 202
    return json_reply(status_body(job, stage, logs=logs), code, request_id=job.request_id)


async def stream(request: Request, stage: Stage) -> Response:
    """Send each change of a job as an event, with the new log lines."""
    stage.book.count("streams")
    job = _job(request, stage)
    if job is None:
        return json_reply(NOT_FOUND, 404)
    events = _events(job, stage, with_logs=_wants_logs(request))
    return StreamingResponse(events, media_type="text/event-stream")


async def _events(job: AcceptedJob, stage: Stage, *, with_logs: bool) -> AsyncIterator[str]:
    sent = 0
    while True:
        lines = [line.as_json() for line in job.logs[sent:]] if with_logs else None
        sent, ended = len(job.logs), job.state == "COMPLETED"
        yield f"data: {json.dumps(status_body(job, stage, logs=lines))}\n\n"
        if ended:
            return
        await job.change()


async def result(request: Request, stage: Stage) -> Response:
    """Return the answer of the model: status code, headers, body."""
    stage.book.count("results")
    job = _job(request, stage)
    if job is None:
        return json_reply(NOT_FOUND, 404)
    job.fetches += 1
    return answer_of(job)


def answer_of(job: AcceptedJob) -> Response:
    """Return the model's answer, or an error if the job has not ended."""
    if job.outcome is None:
        body = {"detail": "Request is still in progress"}
        return json_reply(body, 400, request_id=job.request_id)
    outcome = job.outcome
    headers = {"X-Fal-Billable-Units": str(outcome.units), **outcome.headers}
    return json_reply(outcome.body, outcome.status_code, request_id=job.request_id, headers=headers)


async def cancel(request: Request, stage: Stage) -> Response:
    """Take a waiting job out of the queue; a running job continues and is billed."""
    stage.book.count("cancels")
    job = _job(request, stage)
    if job is None:
        return json_reply(NOT_FOUND, 404)
    if job.state == "COMPLETED":
        return json_reply({"status": "ALREADY_COMPLETED"}, 400, request_id=job.request_id)
    job.cancelled = True
    if job.state == "IN_QUEUE":
        stage.crew.drop(job)
    return json_reply({"status": "CANCELLATION_REQUESTED"}, 202, request_id=job.request_id)


_status = with_faults("status", status, endpoint_of=asked_about)
_stream = with_faults("stream", stream, endpoint_of=asked_about)
_result = with_faults("result", result, endpoint_of=asked_about)
