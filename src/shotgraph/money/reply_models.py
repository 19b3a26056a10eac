"""fal's replies, one strict model for each kind.

fal documents the shapes at https://docs.fal.ai/model-apis/model-endpoints/queue,
https://docs.fal.ai/model-apis/errors and https://docs.fal.ai/platform-apis. Fields that don't
matter are dropped if they don't fit: a log of a new shape must not hide that a job is done.
"""

from typing import Annotated, Any, Literal, TypeAlias

import httpx
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)


def _none_unless(kind: type) -> BeforeValidator:
    return BeforeValidator(lambda value: value if type(value) is kind else None)


def _web_url(text: str) -> str:
    try:
        parts = httpx.URL(text)
        fits = text.isascii() and text.isprintable() and " " not in text and parts.host
    except (httpx.InvalidURL, ValueError):
        fits = ""
    if not fits or parts.scheme not in ("http", "https"):
        raise ValueError("no http or https URL")
    return text


_Text: TypeAlias = Annotated[str | None, _none_unless(str)]
RequestId: TypeAlias = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]*$")
]
"""A request id; fal's are UUIDs. It is used in addresses and in names of records.

It has only characters that need no escape in a URL, and no sign of a path. A reply with any other
id is no acceptance: whether a job was bought is not known then.
"""
_Token: TypeAlias = Annotated[str, StringConstraints(max_length=8192, pattern=r"^[!-~]+$")]
"""A text that is put into a header or an address unchanged."""
_WebUrl: TypeAlias = Annotated[str, Field(max_length=4096), AfterValidator(_web_url)]


class _ReplyModel(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class SubmitReply(_ReplyModel):
    """fal has accepted a job."""

    request_id: RequestId
    status_url: _Text = None
    response_url: _Text = None
    cancel_url: _Text = None


class LogLine(_ReplyModel):
    """One line of a job's log."""

    message: _Text = None


def _lines(value: Any) -> Any:
    # Keep only the last lines: fal sends the whole log each time.
    return [one for one in value[-1000:] if isinstance(one, dict)] if type(value) is list else []


def _position(value: Any) -> Any:
    return value if type(value) is int and 0 <= value < 10**9 else None


class StatusReply(_ReplyModel):
    """The status of a job; fal has only these three states.

    Attributes:
        error: Why the job failed, in words; None if it did not.
        error_type: fal's type of that error.
    """

    status: Literal["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]
    queue_position: Annotated[int | None, BeforeValidator(_position)] = None
    logs: Annotated[list[LogLine], BeforeValidator(_lines)] = []
    error: _Text = None
    error_type: _Text = None


class StatusAlone(StatusReply):
    """A status without other content: a result's address sends it before the result exists."""

    model_config = ConfigDict(extra="forbid")

    request_id: Any = None
    gateway_request_id: Any = None
    response_url: Any = None
    status_url: Any = None
    cancel_url: Any = None
    metrics: Any = None


def _place(value: Any) -> Any:
    parts = value if isinstance(value, list) else []
    return [str(part)[:100] for part in parts[:20] if type(part) in (str, int)]


def _limits(value: Any) -> Any:
    """Keep numbers only: a context may echo the prompt or a URL."""
    found = value if isinstance(value, dict) else {}
    return {name: one for name, one in found.items() if type(one) in (int, float)}


class ErrorDetail(_ReplyModel):
    """One finding of a model's error.

    Attributes:
        type: fal's type of the finding; empty if it has none.
        loc: The place in the input.
        ctx: The limits that the input exceeds.
    """

    type: Annotated[str, StringConstraints(max_length=200)] = ""
    msg: _Text = None
    loc: Annotated[list[str], BeforeValidator(_place)] = []
    ctx: Annotated[dict[str, int | float], BeforeValidator(_limits)] = {}

    @property
    def said(self) -> str:
        """The finding in words, without the input that it echoes."""
        place = ".".join(part for part in self.loc if part != "body")
        limits = ", ".join(f"{name} {value}" for name, value in self.ctx.items())
        said = f"{self.type or 'error'}: {self.msg or ''}".rstrip(": ")
        return f"{f'{place}: ' if place else ''}{said}{f' ({limits})' if limits else ''}"


class ErrorReply(_ReplyModel):
    """An error of fal or of the model: a text, or a list of findings."""

    detail: (
        Annotated[str, StringConstraints(min_length=1)]
        | Annotated[list[ErrorDetail], Field(min_length=1, max_length=1000)]
    )
    error_type: _Text = None


class UnknownRequest(_ReplyModel):
    """fal does not know a request."""

    status: Literal["NOT_FOUND"]


class CancelReply(_ReplyModel):
    """fal's answer to a request to cancel.

    fal documents the first three for 202, 400 and 404; newer pages have OK for a job that was
    still in the queue.
    """

    status: Literal["CANCELLATION_REQUESTED", "ALREADY_COMPLETED", "NOT_FOUND", "OK"]


class ListedRequest(_ReplyModel):
    """One past request in fal's list.

    Attributes:
        json_input: The arguments that were sent; None if fal does not keep them.
        status_code: The HTTP status of the result; None while the request is running.
    """

    request_id: RequestId
    json_input: Annotated[dict[str, Any] | None, _none_unless(dict)] = None
    status_code: Annotated[int | None, _none_unless(int)] = None


class ListingPage(_ReplyModel):
    """A page of past requests; if one item does not fit, the whole page does not.

    An item without an id could be the wanted request.
    """

    items: list[ListedRequest]
    next_cursor: str | None = None


class TokenReply(_ReplyModel):
    """The token for fal's file host."""

    token: _Token
    token_type: _Token
    base_url: _WebUrl
    expires_at: Annotated[AwareDatetime, Field(strict=False)]


class UploadReply(_ReplyModel):
    """The URL of an uploaded file."""

    access_url: _WebUrl


class MultipartReply(UploadReply):
    """The upload that the parts of a file belong to."""

    upload_id: Annotated[_Token, Field(alias="uploadId")]
