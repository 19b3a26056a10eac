"""Retries by class of error: only what is safe to do again is done again."""

import re
from pathlib import Path
from typing import Any

import pytest

from shotgraph.errors import Ambiguous, InvalidInput, MediaError, MissingKey, Refused, Retryable
from shotgraph.tasks import concat, edit, frame, image_to_video, reference, reference_to_video, trim
from shotgraph.tasks.policy import LOCAL_TIMEOUT_S, PAID_TIMEOUT_S, RETRIES, RETRY_PAUSES_S
from tests.rehearsal.client import Client
from tests.tasks.calls import call

pytestmark = pytest.mark.usefixtures("prefect_server")

PAID = (edit, reference, image_to_video, reference_to_video)
LOCAL = (trim, frame, concat)


async def counts(at_fal: Client) -> tuple[int, int, float]:
    book = await at_fal.book()
    return book["counts"].get("submits", 0), len(book["jobs"]), round(book["charged_usd"], 3)


async def test_a_fal_that_is_busy_is_asked_again(at_fal: Client, shot: Path) -> None:
    await at_fal.fault("refuse", status=429, times=2)
    ended = await call(edit, str(shot), prompt="busy")
    assert ended.state.is_completed()
    assert ended.value["how"] == "ran"
    assert await counts(at_fal) == (3, 1, 0.504)


async def test_a_job_that_failed_at_fal_for_no_money_is_bought_anew(
    at_fal: Client, shot: Path
) -> None:
    await at_fal.fault("fail_request", status=503, error_type="runner_disconnected", times=1)
    ended = await call(edit, str(shot), prompt="runner")
    assert ended.state.is_completed()
    assert await counts(at_fal) == (2, 2, 0.504)


async def test_a_result_that_can_not_be_read_is_asked_for_again(at_fal: Client, shot: Path) -> None:
    await at_fal.fault("html", at="result", times=2)
    ended = await call(edit, str(shot), prompt="unread")
    assert ended.state.is_completed()
    assert ended.value["how"] == "ran"
    assert await counts(at_fal) == (1, 1, 0.504)


async def test_a_paid_file_that_can_not_be_fetched_is_named_and_kept(
    at_fal: Client, shot: Path
) -> None:
    await at_fal.fault("refuse", status=503, at="media")
    ended = await call(edit, str(shot), prompt="unfetched")
    assert type(ended.error) is Retryable
    (job,) = await at_fal.jobs()
    said = ended.error.message
    assert re.match(
        rf"edit-\w+: request {job['request_id']} of \S+/edit is drawn and paid for", said
    )
    assert "at most $0.50" in said
    assert "the file on 127.0.0.1 could not be fetched this time (HTTP 503)" in said
    assert "nothing is bought again" in said
    await at_fal.lift()
    again = await call(edit, str(shot), prompt="unfetched")
    assert again.value["how"] == "resumed"
    assert await counts(at_fal) == (1, 1, 0.504)


async def test_it_is_not_asked_for_ever(at_fal: Client, shot: Path) -> None:
    await at_fal.fault("refuse", status=429)
    ended = await call(edit, str(shot), prompt="always busy")
    assert type(ended.error) is Retryable
    assert await counts(at_fal) == (1 + RETRIES, 0, 0)


REFUSED: list[tuple[str, dict[str, Any], type[Exception], int]] = [
    ("a wrong key", {"kind": "refuse", "status": 401}, Refused, 0),
    ("no balance", {"kind": "refuse", "status": 403}, Refused, 0),
    ("refused content", {"kind": "fail", "status": 422}, Refused, 1),
    ("a failure for good", {"kind": "fail", "status": 500, "retryable": False}, Refused, 1),
]


@pytest.mark.parametrize(
    ("name", "fault", "kind", "jobs"), REFUSED, ids=[row[0] for row in REFUSED]
)
async def test_what_was_refused_is_not_tried_again(
    at_fal: Client,
    shot: Path,
    name: str,
    fault: dict[str, Any],
    kind: type[Exception],
    jobs: int,
) -> None:
    await at_fal.fault(**fault)
    ended = await call(edit, str(shot), prompt=name)
    assert type(ended.error) is kind
    assert await counts(at_fal) == (1, jobs, 0)


async def test_what_may_have_been_bought_is_not_sent_again(
    at_fal: Client, shot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_WINDOWS__LOOK_S", "0")
    await at_fal.fault("drop")
    # While it runs, fal does not list it: it can't be found yet.
    await at_fal.fault("hold")
    ended = await call(edit, str(shot), prompt="lost")
    assert type(ended.error) is Ambiguous
    assert "Buying again is safe from" in str(ended.error)
    assert await counts(at_fal) == (1, 1, 0)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no words", {"prompt": ""}, "edit: prompt: "),
    ("a tag of nothing", {"prompt": "@Image1"}, "the prompt names @Image1, and no image is given"),
    ("no tier", {"prompt": "x", "tier": "ultra"}, '"ultra" is no tier; allowed: standard, pro'),
    ("no take", {"prompt": "x", "take": 0}, "take is 0; allowed: from 1 up"),
]


@pytest.mark.parametrize(("name", "given", "said"), WRONG, ids=[row[0] for row in WRONG])
async def test_wrong_arguments_are_said_and_nothing_is_sent(
    at_fal: Client, shot: Path, name: str, given: dict[str, Any], said: str
) -> None:
    ended = await call(edit.with_options(name="edit"), str(shot), **given)
    assert type(ended.error) is InvalidInput
    assert said in str(ended.error)
    assert await counts(at_fal) == (0, 0, 0)


async def test_a_clip_of_the_wrong_kind_is_said_and_nothing_is_sent(
    at_fal: Client, shot: Path
) -> None:
    still = await call(frame, str(shot), at="first")
    ended = await call(edit, still.value, prompt="still")
    assert type(ended.error) is MediaError
    assert "it holds an image, and a video is wanted" in str(ended.error)
    assert await counts(at_fal) == (0, 0, 0)


@pytest.mark.slow
async def test_a_clip_that_is_too_short_comes_back_as_short(at_fal: Client, shot: Path) -> None:
    piece = await call(trim, str(shot), seconds="1")
    ended = await call(edit, piece.value, prompt="short")
    assert (piece.value["duration_s"], ended.value["duration_s"]) == ("1", "1")
    assert ended.value["cost_usd"] == "0.378"


async def test_without_a_key_nothing_is_tried(
    at_fal: Client, shot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAL_KEY")
    ended = await call(edit, str(shot), prompt="no key")
    assert type(ended.error) is MissingKey


@pytest.mark.parametrize("task", [*PAID, *LOCAL], ids=lambda task: task.name)
def test_what_every_task_has(task: Any) -> None:
    assert task.retries == RETRIES
    assert task.retry_delay_seconds == RETRY_PAUSES_S
    assert task.retry_jitter_factor == 0.3
    assert task.timeout_seconds == (PAID_TIMEOUT_S if task in PAID else LOCAL_TIMEOUT_S)
    assert task.persist_result
    assert task.result_serializer.object_decoder is None
    assert task.isasync
    assert task.description
