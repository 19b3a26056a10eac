import json
from typing import Any

import pytest

from shotgraph.rehearsal import Options, RehearsalServer

from .client import EDIT, IMAGE, Client, Request

BAD = {"prompt": "no video"}


async def test_submitting_accepts_any_body_and_says_where_to_ask(server: Client) -> None:
    request = await server.submit({"nonsense": True})
    request_id = request.accepted["request_id"]
    below = f"{server.bases.queue_url}/fal-ai/kling-video/requests/{request_id}"
    assert request.accepted == {
        "status": "IN_QUEUE",
        "request_id": request_id,
        "response_url": below,
        "status_url": f"{below}/status",
        "cancel_url": f"{below}/cancel",
        "queue_position": 0,
    }
    assert (await request.ended()).status_code == 200
    assert (await request.result()).status_code == 422


async def test_the_book_has_the_headers_of_a_submission_without_its_key(server: Client) -> None:
    given = {"X-Fal-Tags": "film=dusk", "X-App-Fal-Disable-Fallback": "1", "Cookie": "a=b"}
    url = f"{server.bases.queue_url}/{EDIT}"
    (await server.http.post(url, json=BAD, headers=given)).raise_for_status()
    (job,) = await server.jobs()
    assert job["headers"]["x-fal-tags"] == "film=dusk"
    assert job["headers"]["x-app-fal-disable-fallback"] == "1"
    assert not job["headers"].keys() & {"authorization", "cookie"}
    assert server.key not in str(job)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"text"', b"\xff\xfe"])
async def test_a_body_that_is_no_object_is_queued_and_fails_later(
    server: Client, body: bytes
) -> None:
    reply = await server.http.post(f"{server.bases.queue_url}/{EDIT}", content=body)
    assert reply.status_code == 200
    request = Request(server.http, reply.json())
    await request.ended()
    result = await request.result()
    assert result.status_code == 422
    assert result.json()["detail"][0]["loc"] == ["body"]


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    with RehearsalServer(Options(max_body_bytes=1000)) as running:
        async with Client.of(running) as server:
            assert (await server.post({"prompt": "x" * 900})).status_code == 200
            assert (await server.post({"prompt": "x" * 1000})).status_code == 413
            assert len(await server.jobs()) == 1


async def test_the_status_is_202_until_the_end_and_then_200(server: Client) -> None:
    await server.fault("hold", state="IN_QUEUE", times=1)
    await server.fault("hold", state="IN_PROGRESS", times=1)
    request = await server.submit(BAD)
    waiting = await request.status(logs="1")
    assert waiting.status_code == 202
    assert waiting.json()["status"] == "IN_QUEUE"
    assert waiting.json()["queue_position"] == 0
    in_queue, in_progress = (await server.http.get(f"{server.control}/faults")).json()
    await server.http.delete(f"{server.control}/faults/{in_queue['id']}")
    running = await request.reaches("IN_PROGRESS", logs="1")
    assert running.status_code == 202
    assert running.json()["logs"][0]["message"] == "Runner is ready"
    assert set(running.json()["logs"][0]) == {"message", "level", "source", "timestamp"}
    assert (await request.status()).json()["logs"] is None
    assert (await request.result()).status_code == 400
    await server.http.delete(f"{server.control}/faults/{in_progress['id']}")
    done = await request.ended(logs="1")
    assert done.status_code == 200
    assert done.json()["metrics"]["inference_time"] > 0
    assert done.json()["error_type"] == "value_error.missing"
    assert done.json()["logs"]


async def test_status_and_result_live_below_the_app_only(server: Client) -> None:
    request = await server.submit(BAD)
    request_id = request.accepted["request_id"]
    queue = server.bases.queue_url
    full = await server.http.get(f"{queue}/{EDIT}/requests/{request_id}/status")
    assert full.status_code == 405
    assert (await server.http.get(request.accepted["cancel_url"])).status_code == 405
    other_app = await server.http.get(f"{queue}/fal-ai/flux/requests/{request_id}/status")
    unknown = await server.http.get(f"{queue}/fal-ai/kling-video/requests/none/status")
    for reply in (other_app, unknown):
        assert reply.status_code == 404
        assert reply.json() == {"status": "NOT_FOUND"}


async def test_no_endpoint_is_refused_and_an_unknown_path_fails_later(server: Client) -> None:
    refused = await server.post({}, "no-such-app")
    assert refused.status_code == 404
    assert await server.jobs() == []
    late = await server.outcome({}, "fal-ai/kling-video/o1/no-such-path")
    assert late.status_code == 404
    assert "no-such-path" in late.json()["detail"]


async def test_a_full_queue_refuses(server: Client) -> None:
    await server.fault("hold", state="IN_QUEUE")
    await server.submit(BAD)
    await server.submit(BAD)
    assert (await server.post(BAD, fal_max_queue_length="1")).status_code == 429
    assert (await server.post(BAD, fal_max_queue_length="2")).status_code == 200
    counts = (await server.book())["counts"]
    assert (counts["submits"], counts["submits_refused"]) == (4, 1)


async def test_positions_count_who_waits_before(server: Client) -> None:
    await server.fault("hold", state="IN_QUEUE")
    first, second = await server.submit(BAD), await server.submit(BAD)
    assert second.accepted["queue_position"] == 1
    await first.cancel()
    assert (await second.status()).json()["queue_position"] == 0


async def test_a_job_that_starts_too_late_ends_as_request_timeout(server: Client) -> None:
    await server.fault("hold", state="IN_QUEUE")
    reply = await server.http.post(
        f"{server.bases.queue_url}/{EDIT}", json=BAD, headers={"X-Fal-Request-Timeout": "0.05"}
    )
    request = Request(server.http, reply.json())
    await request.ended()
    result = await request.result()
    assert result.status_code == 504
    assert result.json()["error_type"] == "request_timeout"
    assert result.headers["x-fal-error-type"] == "request_timeout"
    assert result.headers["x-fal-request-timeout-type"] == "user"


async def test_only_so_many_run_at_once() -> None:
    with RehearsalServer(Options(queue_s=0, run_s=0, at_once=1)) as running:
        async with Client.of(running) as server:
            await server.fault("hold", state="IN_PROGRESS", times=1)
            first, second = await server.submit(BAD), await server.submit(BAD)
            await first.reaches("IN_PROGRESS")
            assert (await second.status()).json()["status"] == "IN_QUEUE"
            await server.lift()
            assert (await second.ended()).json()["status"] == "COMPLETED"


async def test_the_stream_sends_each_line_once_and_closes_at_the_end(server: Client) -> None:
    await server.fault("hold", state="IN_PROGRESS")
    request = await server.submit(BAD)
    await request.reaches("IN_PROGRESS")
    events: list[dict[str, Any]] = []
    url = f"{request.accepted['status_url']}/stream?logs=1"
    async with server.http.stream("GET", url) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        async for line in reply.aiter_lines():
            if line.startswith("data: "):
                if not events:
                    await server.lift()
                events.append(json.loads(line.removeprefix("data: ")))
    assert events[0]["status"] == "IN_PROGRESS"
    assert events[-1]["status"] == "COMPLETED"
    messages = [entry["message"] for event in events for entry in event["logs"]]
    assert messages == ["Runner is ready"]


async def test_cancelling_in_the_queue_ends_the_job_unbilled(server: Client) -> None:
    await server.fault("hold", state="IN_QUEUE")
    request = await server.submit(BAD)
    reply = await request.cancel()
    assert reply.status_code == 202
    assert reply.json() == {"status": "CANCELLATION_REQUESTED"}
    assert (await request.status()).json()["error_type"] == "client_cancelled"
    assert (await server.jobs())[0]["charged_units"] == 0
    again = await request.cancel()
    assert again.status_code == 400
    assert again.json() == {"status": "ALREADY_COMPLETED"}


async def test_a_running_job_that_is_cancelled_runs_on_and_bills(server: Client) -> None:
    await server.fault("hold", state="IN_PROGRESS")
    request = await server.submit(
        {"prompt": "x", "start_image_url": _PIXELS, "duration": "3"}, IMAGE
    )
    await request.reaches("IN_PROGRESS")
    assert (await request.cancel()).status_code == 202
    await server.lift()
    await request.ended()
    assert (await request.result()).status_code == 200
    (job,) = await server.jobs()
    assert job["cancelled"]
    assert job["charged_units"] == 3


async def test_cancelling_what_is_not_there(server: Client) -> None:
    url = f"{server.bases.queue_url}/fal-ai/kling-video/requests/none/cancel"
    reply = await server.http.put(url)
    assert reply.status_code == 404
    assert reply.json() == {"status": "NOT_FOUND"}


def _pixels() -> str:
    import base64
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (320, 320), "navy").save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


_PIXELS = _pixels()
