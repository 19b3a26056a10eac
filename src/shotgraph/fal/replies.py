"""fal's replies, sorted into Retryable, Terminal and Ambiguous.

The table is that of https://docs.fal.ai/model-apis/errors and of fal-client 1.0.3; what neither
settles is sorted as if it had been bought.
"""

import json
import re
from typing import Any

import httpx

from shotgraph.errors import Refused, Retryable, ShotgraphError

MAX_SAID = 300

_RETRYABLE_TYPES = frozenset(
    {
        "request_timeout",
        "startup_timeout",
        "runner_scheduling_failure",
        "runner_connection_timeout",
        "runner_disconnected",
        "runner_connection_refused",
        "runner_connection_error",
        "runner_incomplete_response",
        "runner_server_error",
        "internal_error",
    }
)


def json_of(response: httpx.Response) -> Any:
    """Read a reply's JSON; None if it is none."""
    try:
        return json.loads(response.content)
    except ValueError:
        return None


def said_by(response: httpx.Response) -> str:
    """Say what fal's reply says, without echoing the prompt or any URL that was sent."""
    body = json_of(response)
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, list):
        return "; ".join(_finding(item) for item in detail if isinstance(item, dict))[:MAX_SAID]
    return str(detail)[:MAX_SAID] if detail else f"HTTP {response.status_code}"


def _finding(item: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in item.get("loc", []) if part != "body")
    context = item.get("ctx")
    kept = {
        key: value
        for key, value in (context.items() if isinstance(context, dict) else ())
        if isinstance(value, int | float | list)
    }
    limits = ", ".join(f"{key} {value}" for key, value in kept.items())
    said = f"{item.get('type', 'error')}: {item.get('msg', '')}".rstrip(": ")
    return f"{place + ': ' if place else ''}{said}{f' ({limits})' if limits else ''}"


def is_fals(response: httpx.Response) -> bool:
    """Tell whether fal itself answered, and not a gateway before it."""
    body = json_of(response)
    return isinstance(body, dict) and "detail" in body


def refusal(response: httpx.Response, what: str) -> ShotgraphError | None:
    """Sort a reply that is not a success, for a request that buys nothing unless it succeeds.

    Returns:
        The error if fal said definitely no; None if the reply does not settle it.
    """
    code, said = response.status_code, said_by(response)
    if code == 429 and (is_fals(response) or "retry-after" in response.headers):
        return _busy(response, what, said)
    if not is_fals(response):
        return None
    if code == 401:
        return Refused(
            f"{what}: fal does not know this key (401: {said}). Nothing was bought. "
            "Put the right one into the FalCredentials block or into FAL_KEY, and run again"
        )
    if code == 403:
        return Refused(
            f"{what}: fal refused (403: {said}). Nothing was bought. "
            "See to the account's balance at fal.ai/dashboard/billing, and run again"
        )
    if code in (400, 404, 422):
        return Refused(f"{what}: fal refused the request ({code}: {said}). Nothing was bought")
    return None


def _busy(response: httpx.Response, what: str, said: str) -> Retryable:
    after_s = retry_after_s(response)
    asked = "" if after_s is None else f", and asks to wait for {after_s:g} s"
    error = Retryable(f"{what}: fal is busy (429: {said}){asked}; nothing was bought")
    error.after_s = after_s
    return error


def retry_after_s(response: httpx.Response) -> float | None:
    """Read ``Retry-After`` where it is a number of seconds; None if it is not there, or a date.

    fal's documents name no such header; proxies before it, and other servers, may send one
    (https://httpwg.org/specs/rfc9110.html#field.retry-after).
    """
    value = response.headers.get("retry-after", "").strip()
    return float(value) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value) else None


def failure(response: httpx.Response, what: str) -> ShotgraphError | None:
    """Sort the reply that a failed job left; None if it is no word on the job at all."""
    code, said = response.status_code, said_by(response)
    if not is_fals(response) and "x-fal-error-type" not in response.headers:
        return None
    if code in (401, 403) and "x-fal-error-type" not in response.headers:
        return None
    if code >= 500:
        again = _may_be_tried_again(response)
        cost = "A failure of this kind is not billed"
        if again:
            return Retryable(f"{what} failed at fal ({code}: {said}). {cost}")
        return Refused(f"{what} failed at fal ({code}: {said}). {cost}; a later run tries it anew")
    if code == 429:
        return Retryable(f"{what} was turned away by the model (429: {said})")
    if code == 400 and _may_be_tried_again(response):
        return Retryable(f"{what} failed at fal ({code}: {said}). It may have been billed")
    return Refused(
        f"{what} was refused by the model ({code}: {said}). It was not tried again, "
        "and may have been billed; change the step, and run again: what is finished is kept"
    )


def _may_be_tried_again(response: httpx.Response) -> bool:
    for header in ("x-fal-retryable", "x-fal-needs-retry"):
        value = response.headers.get(header)
        if value is not None:
            return value.lower() in ("1", "true")
    body = json_of(response)
    kind = body.get("error_type") if isinstance(body, dict) else None
    return (response.headers.get("x-fal-error-type") or kind) in _RETRYABLE_TYPES
