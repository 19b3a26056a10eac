"""A model's error: the job is accepted, queued and completed, and its result is 4xx or 5xx."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shotgraph.rehearsal.job import Outcome

_PAGE = "https://docs.fal.ai/errors#"


@dataclass(frozen=True)
class Complaint:
    """One entry of ``detail``.

    Attributes:
        loc: Where, such as ``("body", "video_url")``.
        type: fal's word for it.
        msg: For people.
        ctx: The limits that were passed, by fal's names.
        input: The value seen.
    """

    loc: tuple[str | int, ...]
    type: str
    msg: str
    ctx: Mapping[str, Any] | None = None
    input: Any = None

    def as_json(self) -> dict[str, Any]:
        """The entry as fal sends it."""
        entry: dict[str, Any] = {
            "loc": list(self.loc),
            "msg": self.msg,
            "type": self.type,
            "url": _PAGE + self.type,
            "input": self.input,
        }
        return entry if self.ctx is None else {**entry, "ctx": dict(self.ctx)}


class ModelError(Exception):
    """The model answers with an error; the job is completed all the same."""

    def __init__(
        self, *complaints: Complaint, status_code: int = 422, retryable: bool | None = None
    ) -> None:
        super().__init__("; ".join(complaint.msg for complaint in complaints))
        self.complaints = complaints
        self.status_code = status_code
        self.retryable = retryable

    def outcome(self) -> Outcome:
        """The same as an outcome; nothing is charged."""
        kind = self.complaints[0].type
        headers = {"X-Fal-Error-Type": kind}
        if self.retryable is not None:
            headers["X-Fal-Retryable"] = str(self.retryable).lower()
        return Outcome(
            status_code=self.status_code,
            body={"detail": [complaint.as_json() for complaint in self.complaints]},
            headers=headers,
            error=str(self),
            error_type=kind,
        )


def request_error(
    status_code: int, error_type: str, detail: str, *, timeout_type: str | None = None
) -> Outcome:
    """What fal itself says of a request that the model never answered."""
    headers = {"X-Fal-Error-Type": error_type}
    if timeout_type is not None:
        headers["X-Fal-Request-Timeout-Type"] = timeout_type
    return Outcome(
        status_code=status_code,
        body={"detail": detail, "error_type": error_type},
        headers=headers,
        error=detail,
        error_type=error_type,
    )
