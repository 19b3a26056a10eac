"""Calling back whoever asked for it, when a job has ended.

fal signs these calls with ED25519; a rehearsal does not, and its calls carry no signature
headers. It calls only this machine, once each, and does not try again.
"""

from typing import Any

import httpx

from shotgraph.rehearsal.job import Job, Outcome
from shotgraph.rehearsal.loopback import is_loopback

_TIMEOUT_S = 15


async def call_webhook(job: Job, outcome: Outcome) -> None:
    """POST the outcome to the URL that came with the job; what it answers does not matter."""
    if job.webhook_url is None or not is_loopback(job.webhook_url):
        return
    async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as client:
        try:
            await client.post(job.webhook_url, json=_payload(job, outcome))
        except httpx.HTTPError:
            return
    job.webhooks += 1


def _payload(job: Job, outcome: Outcome) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "request_id": job.request_id,
        "gateway_request_id": job.request_id,
        "status": "OK" if outcome.error is None else "ERROR",
        "payload": outcome.body,
    }
    return payload if outcome.error is None else {**payload, "error": outcome.error}
