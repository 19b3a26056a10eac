"""fal's "no", sorted: what turns a submission down, what ends a job, and what does neither."""

import json
from typing import Any

import httpx
import pytest

from shotgraph.errors import Refused, Retryable
from shotgraph.money.failures import (
    ERROR_CODES,
    error_type,
    failure,
    is_unknown_request,
    key_refusal,
    refusal,
    retry_after_s,
    stated_failure,
)
from shotgraph.money.replies import Reply

FINDING = {"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}
TYPED = {"detail": [FINDING]}


def made(code: int, body: Any = None, **headers: str) -> Reply:
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Reply(code, named, b"" if body is None else httpx.Response(200, json=body).content)


def flat(kind: str) -> dict[str, str]:
    return {"detail": "It failed.", "error_type": kind}


ENDS: list[tuple[str, Reply, type[Exception], bool]] = [
    # name, reply, class, may be billed
    ("a typed 422", made(422, TYPED), Refused, True),
    ("a 422 with a header", made(422, {"detail": "no"}, X_Fal_Error_Type="one_of"), Refused, True),
    ("a header and no body", made(500, None, X_Fal_Error_Type="internal_error"), Retryable, False),
    ("a new type", made(500, {"detail": "no"}, X_Fal_Error_Type="something_new"), Refused, False),
    ("a model's 500", made(500, {"detail": [{"type": "internal_server_error"}]}), Refused, False),
    ("a model's 400", made(400, {"detail": [{"type": "downstream_service_error"}]}), Refused, True),
    ("cancelled", made(499, flat("client_cancelled")), Refused, True),
    *(
        (f"{kind} {code}", made(code, flat(kind)), Retryable, False)
        for kind, codes in ERROR_CODES.items()
        for code in codes
        if kind.startswith("runner_")
    ),
    ("a timeout", made(504, flat("request_timeout")), Retryable, False),
    ("a bad request", made(400, flat("bad_request")), Refused, True),
    ("one to try again", made(400, flat("bad_request"), X_Fal_Retryable="1"), Refused, True),
    (
        "a billed 500",
        made(500, None, X_Fal_Error_Type="x", X_Fal_Billable_Units="5"),
        Refused,
        True,
    ),
]


@pytest.mark.parametrize(("name", "reply", "kind", "billed"), ENDS, ids=[row[0] for row in ENDS])
def test_what_fal_documents_ends_a_job(
    name: str, reply: Reply, kind: type[Exception], billed: bool
) -> None:
    failed = failure(reply, "dusk")
    assert failed is not None
    assert type(failed.error) is kind
    assert failed.may_be_billed == billed
    assert ("not billed" in str(failed.error)) != billed
    assert failed.was_cancelled == (reply.code == 499)


SAID = {"detail": "Request is still in progress"}
DOES_NOT_END: list[tuple[str, Reply]] = [
    *(
        (f"{code} in words", made(code, SAID))
        for code in (
            *(300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409),
            *(410, 413, 415, 418, 421, 422, 423, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502),
            *(503, 504, 505, 507, 508, 511, 520, 522, 524, 529, 599, 999),
        )
    ),
    *((f"{code} in html", made(code)) for code in (400, 404, 409, 422, 499, 500, 502, 503, 504)),
    *(
        (f"{code} typed as a model's 422", made(code, TYPED))
        for code in (301, 400, 401, 404, 409, 418, 425, 429, 451, 499, 500, 502, 503)
    ),
    *(
        (f"{code} with a header", made(code, SAID, X_Fal_Error_Type="internal_error"))
        for code in (301, 401, 402, 403, 404, 405, 408, 409, 410, 418, 425, 429, 451)
    ),
    ("an untyped finding", made(422, {"detail": [FINDING, {"msg": "no"}]})),
    ("no finding", made(422, {"detail": []})),
    ("a type that is none", made(422, {"detail": [{**FINDING, "type": {}}]})),
    ("a type of another status", made(400, flat("runner_disconnected"))),
    ("a flat type that is not documented", made(500, flat("something_new"))),
    ("a flat type that is none", made(500, {"detail": "no", "error_type": {}})),
    ("a list for an object", made(422, [FINDING])),
]


@pytest.mark.parametrize(("name", "reply"), DOES_NOT_END, ids=[row[0] for row in DOES_NOT_END])
def test_nothing_else_does(name: str, reply: Reply) -> None:
    assert failure(reply, "dusk") is None


def test_a_cancellation_needs_no_type_where_we_asked_for_it() -> None:
    assert failure(made(499), "dusk") is None
    failed = failure(made(499), "dusk", cancel_was_asked=True)
    assert failed is not None
    assert failed.was_cancelled
    assert failure(made(500), "dusk", cancel_was_asked=True) is None


@pytest.mark.parametrize(
    ("error", "kind", "wanted", "billed"),
    [
        ("The prompt was refused.", "content_policy_violation", Refused, True),
        (None, "content_policy_violation", Refused, True),
        ("It went wrong.", None, Refused, True),
        ("The runner left.", "runner_disconnected", Retryable, False),
        ("It took too long.", "generation_timeout", Refused, False),
        ("Cancelled.", "client_cancelled", Refused, True),
    ],
)
def test_a_status_can_state_a_failure(
    error: str | None, kind: str | None, wanted: type[Exception], billed: bool
) -> None:
    failed = stated_failure(error, kind, "dusk")
    assert failed is not None
    assert type(failed.error) is wanted
    assert failed.may_be_billed == billed
    assert (error or kind or "") in str(failed.error)


@pytest.mark.parametrize("error", [None, ""])
def test_a_status_that_states_none_is_no_failure(error: str | None) -> None:
    assert stated_failure(error, error, "dusk") is None


@pytest.mark.parametrize("header", ["X_Fal_Retryable", "X_Fal_Needs_Retry"])
@pytest.mark.parametrize(("value", "kind"), [("1", Retryable), ("true", Retryable), ("0", Refused)])
def test_both_names_of_the_header_are_read(header: str, value: str, kind: type[Exception]) -> None:
    body = {"detail": [{"type": "internal_server_error"}]}
    failed = failure(made(500, body, **{header: value}), "dusk")
    assert failed is not None
    assert type(failed.error) is kind


def test_a_header_says_what_may_be_tried_again_before_the_type_does() -> None:
    failed = failure(made(503, flat("runner_disconnected"), X_Fal_Retryable="false"), "dusk")
    assert failed is not None
    assert type(failed.error) is Refused


def test_a_type_in_a_header_can_not_forge_a_line() -> None:
    assert error_type(made(500, None, X_Fal_Error_Type="a\x1b[2J\tb")) == r"a\x1b[2J b"


@pytest.mark.parametrize(
    ("code", "body"),
    [
        *((code, body) for code in (400, 401, 403, 404, 422) for body in (SAID, TYPED)),
        (422, {"detail": [{"loc": None, "msg": "x"}]}),
        (400, flat("bad_request")),
        (422, flat("content_policy_violation")),
        (422, {"detail": [{**FINDING, "type": "value_error.missing"}]}),
    ],
)
def test_a_submission_is_turned_down_by_what_fal_says(code: int, body: Any) -> None:
    error = refusal(made(code, body), "dusk")
    assert type(error) is Refused
    assert "Nothing was bought" in str(error)


@pytest.mark.parametrize("code", [400, 422])
def test_a_submission_is_turned_down_by_fals_own_header(code: int) -> None:
    assert type(refusal(made(code, None, X_Fal_Error_Type="bad_request"), "dusk")) is Refused


@pytest.mark.parametrize("code", [400, 422])
@pytest.mark.parametrize("body", [{"error": "odd"}, {"message": "odd"}, ["odd"], None])
def test_a_proxy_can_not_turn_a_submission_down_in_its_own_words(code: int, body: Any) -> None:
    assert refusal(made(code, body, X_Fal_Request_Id="r-1", Retry_After="7"), "dusk") is None


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422])
@pytest.mark.parametrize(
    "body",
    [
        *(None, [], {}, {"error": "no"}),
        *json.loads('[{"detail": ""}, {"detail": 5}, {"detail": []}, {"detail": {}}]'),
        *json.loads('[{"detail": null}, {"detail": [5]}, {"detail": ["no"]}]'),
    ],
)
def test_a_submission_is_not_turned_down_by_anything_else(code: int, body: Any) -> None:
    assert refusal(made(code, body), "dusk") is None


@pytest.mark.parametrize("code", [200, 301, 402, 405, 408, 409, 425, 451, 499, 500, 502, 503, 504])
def test_other_codes_do_not_settle_a_submission(code: int) -> None:
    assert refusal(made(code, SAID), "dusk") is None


def test_a_busy_fal_may_be_asked_again() -> None:
    assert type(refusal(made(429, {"detail": "Too many requests"}), "dusk")) is Retryable
    error = refusal(made(429, SAID, Retry_After="7"), "dusk")
    assert isinstance(error, Retryable)
    assert error.after_s == 7
    assert type(refusal(made(429, None, X_Fal_Needs_Retry="1"), "dusk")) is Retryable
    accepted = {"request_id": "r-1", "status": "IN_QUEUE"}
    assert refusal(made(429, accepted, X_Fal_Needs_Retry="1"), "dusk") is None


def test_a_proxy_that_is_busy_may_have_forwarded_the_submission() -> None:
    for headers in ({}, {"Retry_After": "7"}, {"X_Fal_Request_Id": "r-1"}):
        assert refusal(made(429, None, **headers), "dusk") is None
    assert type(refusal(made(429, None, Retry_After="7"), "it", buys=False)) is Retryable


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 2.5 ", 2.5),
        ("0", 0),
        ("-1", None),
        ("1e9", None),
        ("nan", None),
        ("9" * 400, None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("", None),
    ],
)
def test_a_busy_server_may_say_for_how_long(header: str, seconds: float | None) -> None:
    assert retry_after_s(made(429, None, Retry_After=header)) == seconds
    assert retry_after_s(made(429)) is None


@pytest.mark.parametrize("code", [401, 403])
def test_a_key_that_is_refused_is_no_word_on_the_job(code: int) -> None:
    said = {"detail": "No user found for Key ID and Secret"}
    error = key_refusal(made(code, said), "dusk", "r-1")
    assert error is not None
    assert error.request_id == "r-1"
    assert "The job is on record, and nothing is bought again" in str(error)
    assert key_refusal(made(code), "dusk", "r-1") is None
    assert key_refusal(made(code, said, X_Fal_Error_Type="forbidden"), "dusk", "r-1") is None
    assert key_refusal(made(402, said), "dusk", "r-1") is None


@pytest.mark.parametrize("code", [404, 410])
def test_only_fal_knows_that_it_does_not_know_a_request(code: int) -> None:
    assert is_unknown_request(made(code, {"status": "NOT_FOUND"}))
    assert is_unknown_request(made(code, {"detail": "Not Found"}))
    assert not is_unknown_request(made(code))
    assert not is_unknown_request(made(code, {"status": "COMPLETED"}))
    assert not is_unknown_request(made(403, {"status": "NOT_FOUND"}))
