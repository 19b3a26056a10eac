"""What fal says, in our words: sorted, shortened, and without what was sent."""

import httpx
import pytest

from shotgraph.errors import Refused, Retryable
from shotgraph.fal.replies import MAX_SAID, failure, refusal, retry_after_s, said_by


def test_a_model_that_is_busy_may_be_asked_again() -> None:
    busy = httpx.Response(429, json={"detail": "Too many requests"})
    assert type(failure(busy, "dusk")) is Retryable
    assert type(refusal(busy, "dusk")) is Retryable


@pytest.mark.parametrize("code", [404, 422, 500, 502, 503])
def test_what_a_gateway_says_is_no_word_on_the_job(code: int) -> None:
    page = httpx.Response(code, html="<h1>nginx</h1>")
    assert failure(page, "dusk") is None
    assert refusal(page, "dusk") is None


@pytest.mark.parametrize("code", [401, 403])
def test_a_key_that_is_refused_is_no_word_on_the_job(code: int) -> None:
    said = {"detail": "No user found for Key ID and Secret"}
    assert failure(httpx.Response(code, json=said), "dusk") is None
    by_model = httpx.Response(code, json=said, headers={"X-Fal-Error-Type": "forbidden"})
    assert type(failure(by_model, "dusk")) is Refused


def test_a_finding_is_told_by_its_type_its_place_and_its_limits() -> None:
    finding = {
        "loc": ["body", "video_url"],
        "type": "video_duration_too_long",
        "msg": "Video duration exceeds the maximum allowed: 10.05 seconds",
        "ctx": {"max_duration": 10.05, "provided_duration": 12, "note": "https://signed"},
        "input": "https://v3.fal.media/files/secret.mp4",
    }
    said = said_by(httpx.Response(422, json={"detail": [finding]}))
    assert said == (
        "video_url: video_duration_too_long: Video duration exceeds the maximum allowed: 10.05 "
        "seconds (max_duration 10.05, provided_duration 12)"
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "Exhausted balance"}, "Exhausted balance"),
        ({"detail": []}, ""),
        ({"detail": {"a": 1}}, "{'a': 1}"),
        ({"other": 1}, "HTTP 418"),
        ([], "HTTP 418"),
        ({"detail": "x" * 5000}, "x" * MAX_SAID),
        ({"detail": [{"msg": "y" * 5000}]}, ("error: " + "y" * MAX_SAID)[:MAX_SAID]),
    ],
)
def test_what_is_said_is_short_whatever_came(body: object, said: str) -> None:
    assert said_by(httpx.Response(418, json=body)) == said


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
    assert retry_after_s(httpx.Response(429, headers={"Retry-After": header})) == seconds
    assert retry_after_s(httpx.Response(429)) is None
