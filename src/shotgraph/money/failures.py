"""Sort fal's errors into Retryable, Terminal and Ambiguous, before and after a job is accepted.

An accepted job counts as ended only by an error that fal documents
(https://docs.fal.ai/model-apis/errors). After any other reply, such as one of a proxy, the job
stays on record: if such a reply counted as its end, the job would be bought a second time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shotgraph.errors import Refused, Retryable, ShotgraphError
from shotgraph.foreign_text import one_line
from shotgraph.money.replies import Reply
from shotgraph.money.reply_models import ErrorReply, SubmitReply, UnknownRequest

CANCELLED = 499
_UNPROCESSABLE = 422

ERROR_CODES: Mapping[str, tuple[int, ...]] = {
    "internal_server_error": (500,),
    "generation_timeout": (504,),
    "downstream_service_error": (400, 500),
    "downstream_service_unavailable": (500, 504),
    "request_timeout": (504,),
    "startup_timeout": (504,),
    "runner_scheduling_failure": (503,),
    "runner_connection_timeout": (503,),
    "runner_disconnected": (503,),
    "runner_connection_refused": (503,),
    "runner_connection_error": (503,),
    "runner_incomplete_response": (502,),
    "runner_server_error": (500,),
    "internal_error": (500,),
    "client_disconnected": (CANCELLED,),
    "client_cancelled": (CANCELLED,),
    "bad_request": (400,),
}
"""The error types that fal documents, with their HTTP statuses. All other types come with 422."""
_REFUSALS = frozenset(
    {
        *("content_policy_violation", "no_media_generated", "face_detection_error"),
        *("feature_not_supported", "image_too_small", "image_too_large", "image_load_error"),
        *("file_download_error", "file_too_large", "video_duration_too_long"),
        *("video_duration_too_short", "audio_duration_too_long", "audio_duration_too_short"),
        *("unsupported_video_format", "unsupported_image_format", "unsupported_audio_format"),
        *("greater_than", "greater_than_equal", "less_than", "less_than_equal", "multiple_of"),
        *("sequence_too_short", "sequence_too_long", "one_of", "missing", "value_error"),
    }
)
"""The error types that fal documents for 422."""
_AGAIN = frozenset(
    kind
    for kind in ERROR_CODES
    if kind.startswith("runner_")
    or kind in ("request_timeout", "startup_timeout", "internal_error")
)
_OF_JOBS = frozenset({_UNPROCESSABLE}.union(*ERROR_CODES.values()))
"""The statuses with which a job can end as failed."""


@dataclass(frozen=True)
class Failure:
    """How a job failed.

    Attributes:
        error: The error to raise. It is Retryable only if the job surely costs nothing: a job that
            is tried again by itself costs its estimate a second time.
        may_be_billed: Whether fal may charge for the job: never for its own failure (5xx), perhaps
            for bad input (422); always if its reply names billed units.
        was_cancelled: Whether the job ended by a cancellation.
    """

    error: ShotgraphError
    may_be_billed: bool
    was_cancelled: bool = False


def refusal(reply: Reply, what: str, *, buys: bool = True) -> ShotgraphError | None:
    """Sort an unsuccessful reply to a request that buys only if it succeeds.

    A proxy or a server in between may refuse in its own words after it has forwarded the request.
    So a purchase counts as refused only by a reply of a form that fal documents.

    Args:
        reply: The reply.
        what: The step, or the upload.
        buys: Whether the request would buy: a submission does, an upload does not.

    Returns:
        The error if fal surely refused the job; None if the reply leaves that open.
    """
    code, said = reply.code, reply.said
    is_fals = reply.read(ErrorReply) is not None
    is_marked = _is_marked(reply) and reply.read(SubmitReply) is None
    if code == 429 and (is_fals or is_marked or (not buys and _asks_to_wait(reply))):
        return _busy(reply, what, said)
    if not (is_fals or (code in (400, 422) and error_type(reply))):
        return None
    if code == 401:
        return Refused(
            f"{what}: fal does not know this key (401: {said}). Nothing was bought. "
            "Put the right key into the FalCredentials block or into FAL_KEY, and run again"
        )
    if code == 403:
        return Refused(
            f"{what}: fal refused (403: {said}). Nothing was bought. "
            "Check the account's balance at fal.ai/dashboard/billing, and run again"
        )
    if code in (400, 404, 422):
        return Refused(f"{what}: fal refused the request ({code}: {said}). Nothing was bought")
    return None


_MARKS = ("x-fal-needs-retry", "x-fal-retryable", "x-fal-error-type")
"""Headers that only fal sends with an error. A request id is no such mark: it may be a job's."""


def _is_marked(reply: Reply) -> bool:
    return any(name in reply.headers for name in _MARKS)


def _asks_to_wait(reply: Reply) -> bool:
    return "retry-after" in reply.headers


def _busy(reply: Reply, what: str, said: str) -> Retryable:
    after_s = retry_after_s(reply)
    asked = "" if after_s is None else f", and asks to wait for {after_s:g} s"
    error = Retryable(f"{what}: fal is busy (429: {said}){asked}; nothing was bought")
    error.after_s = after_s
    return error


def retry_after_s(reply: Reply) -> float | None:
    """Read the seconds of ``Retry-After``; None if the header is missing, or holds a date.

    fal's documents name no such header; proxies and other servers may send one
    (https://httpwg.org/specs/rfc9110.html#field.retry-after).
    """
    value = reply.headers.get("retry-after", "").strip()
    return float(value) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value) else None


def key_refusal(reply: Reply, what: str, request_id: str) -> Refused | None:
    """The error if a reply about an accepted job says that fal refuses the key; else None."""
    if reply.code not in (401, 403) or reply.read(ErrorReply) is None:
        return None
    if "x-fal-error-type" in reply.headers:
        return None
    error = Refused(
        f"{what}: fal refused the key when shotgraph asked about request {request_id} "
        f"({reply.code}: {reply.said}). The job is on record, and nothing is bought again: put the "
        "right key into the FalCredentials block or into FAL_KEY, and run again"
    )
    error.request_id = request_id
    return error


def is_unknown_request(reply: Reply) -> bool:
    """Whether fal itself, not a proxy, says that it does not know a request."""
    is_fals = reply.read(UnknownRequest) or reply.read(ErrorReply)
    return reply.code in (404, 410) and is_fals is not None


def failure(reply: Reply, what: str, *, cancel_was_asked: bool = False) -> Failure | None:
    """Sort the reply of a job's result address; None unless fal documents it as the job's end.

    Args:
        reply: An unsuccessful reply.
        what: The step.
        cancel_was_asked: Whether fal was asked to cancel the job.
    """
    code, kind = reply.code, error_type(reply)
    if code not in _OF_JOBS or not (kind or (code == CANCELLED and cancel_was_asked)):
        return None
    again = _may_be_tried_again(reply, kind)
    return _failure(what, f"{code}: {reply.said}", code, billed_units(reply), again=again)


def error_type(reply: Reply) -> str:
    """Read the type of fal's error from a reply; empty if fal documents no such error.

    The type is in a header; or in a flat body, with a status that belongs to the type; or in a
    model's list of findings, each with a type. Such a list comes with 422, unless its type belongs
    to another status.
    """
    header = reply.headers.get("x-fal-error-type", "").strip()
    body = reply.read(ErrorReply)
    if header or body is None:
        return one_line(header)
    if isinstance(body.detail, str):
        kind = body.error_type or ""
        is_refusal = kind in _REFUSALS or kind.startswith("value_error.")
        codes = (_UNPROCESSABLE,) if is_refusal else ERROR_CODES.get(kind, ())
        return kind if reply.code in codes else ""
    kind = body.detail[0].type
    is_typed = all(finding.type for finding in body.detail)
    belongs = reply.code in ERROR_CODES.get(kind, (_UNPROCESSABLE,))
    return kind if is_typed and belongs else ""


def untyped_words(reply: Reply) -> str:
    """Read the text of a 422 with a ``detail`` of any shape; empty for any other reply.

    An error of the model arrives at the result's address. Without a type, it may also be an error
    of a proxy, so the same text must come several times before it counts.
    """
    if reply.code != _UNPROCESSABLE or not isinstance(reply.data, dict):
        return ""
    if "detail" not in reply.data:
        return ""
    detail = reply.data["detail"]
    parts = detail[:_MOST_PARTS] if isinstance(detail, list) else [detail]
    said = [word for word in map(_words_of, [*parts, reply.data.get("error_type")]) if word]
    return one_line("; ".join(said)) or "it does not say why"


_MOST_PARTS = 20


def _words_of(part: Any) -> str:
    """The text of a finding, without the input that it echoes."""
    if isinstance(part, dict):
        part = next(filter(None, map(part.get, ("msg", "message", "type"))), "")
    return part if isinstance(part, str) else ""


def untyped_failure(words: str, what: str, units: Decimal | None = None) -> Failure:
    """Make the failure of a job for which fal repeats the same text, without a type."""
    said = f"{_UNPROCESSABLE}: {words}"
    return _failure(what, said, _UNPROCESSABLE, units, again=False)


def stated_failure(
    error: str | None, error_type: str | None, what: str, units: Decimal | None = None
) -> Failure | None:
    """Sort the failure in a COMPLETED status; None if the status has no error.

    Args:
        error: The error in the status.
        error_type: Its type.
        what: The step.
        units: The units that fal billed; None if it did not say.
    """
    if not error and not error_type:
        return None
    kind = one_line(error_type or "")
    code = ERROR_CODES.get(kind, (_UNPROCESSABLE,))[0]
    said = one_line(f"{kind}: {error or ''}".strip(": "))
    return _failure(what, said, code, units, again=kind in _AGAIN)


def billed_units(reply: Reply) -> Decimal | None:
    """Read the units that fal billed; None if the header is no number of a plausible size."""
    said = reply.headers.get("x-fal-billable-units", "").strip()
    return Decimal(said) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", said) else None


def _failure(what: str, said: str, code: int, units: Decimal | None, *, again: bool) -> Failure:
    return Failure(
        _billed(what, said, units, code=code)
        if units
        else _error(what, said, code=code, again=again),
        may_be_billed=code < 500 or bool(units),
        was_cancelled=code == CANCELLED,
    )


def _billed(what: str, said: str, units: Decimal, *, code: int) -> Refused:
    """The error of a job that was billed without a result; the buyer adds the dollars."""
    ended = "failed at fal"
    if code == CANCELLED:
        ended = "was cancelled at fal"
    elif code < 500:
        ended = "was refused by the model"
    said_units = f"{units.normalize():f} {'unit' if units == 1 else 'units'}"
    return Refused(f"{what} {ended} ({said}), and fal billed {said_units} for it all the same")


def _error(what: str, said: str, *, code: int, again: bool) -> ShotgraphError:
    if code >= 500:
        cost = "A failure of this kind is not billed"
        if again:
            return Retryable(f"{what} failed at fal ({said}). {cost}")
        return Refused(f"{what} failed at fal ({said}). {cost}; a later run tries again")
    if code == CANCELLED:
        return Refused(
            f"{what} was cancelled at fal ({said}). It may have been billed; a later run buys it "
            "again"
        )
    return Refused(
        f"{what} was refused by the model ({said}). The job was not tried again, and it may have "
        "been billed. Change the step, and run again: finished steps are kept"
    )


def _may_be_tried_again(reply: Reply, kind: str) -> bool:
    for header in ("x-fal-retryable", "x-fal-needs-retry"):
        value = reply.headers.get(header)
        if value is not None:
            return value.lower() in ("1", "true")
    return kind in _AGAIN
