from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .client import EDIT, EDIT_PRO, REFERENCE, Client

BAD = {"prompt": "no video"}


async def listed(server: Client, *, endpoint_id: str = EDIT, **query: Any) -> dict[str, Any]:
    reply = await server.http.get(
        f"{server.bases.api_url}/v1/models/requests/by-endpoint",
        params={"endpoint_id": endpoint_id, **query},
    )
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


async def test_prices_by_endpoint(server: Client) -> None:
    url = f"{server.bases.api_url}/v1/models/pricing"
    reply = await server.http.get(url, params={"endpoint_id": f"{EDIT},{EDIT_PRO}"})
    assert reply.json()["prices"] == [
        {"endpoint_id": EDIT, "unit_price": 0.126, "unit": "seconds", "currency": "USD"},
        {"endpoint_id": EDIT_PRO, "unit_price": 0.168, "unit": "seconds", "currency": "USD"},
    ]
    assert (await server.http.get(url, params={"endpoint_id": "fal-ai/x/y"})).status_code == 404


async def test_a_running_request_is_not_listed_unless_asked_for(server: Client) -> None:
    await server.fault("hold", state="IN_PROGRESS")
    request = await server.submit(BAD)
    await request.reaches("IN_PROGRESS")
    assert (await listed(server))["items"] == []
    await server.fault("listing_shows_running")
    (item,) = (await listed(server))["items"]
    assert item["request_id"] == request.accepted["request_id"]
    assert (item["ended_at"], item["status_code"]) == (None, None)
    await server.lift()
    await request.ended()
    (item,) = (await listed(server))["items"]
    assert item["status_code"] == 422


async def test_payloads_come_when_they_are_asked_for_and_stored(server: Client) -> None:
    await server.outcome(BAD)
    (item,) = (await listed(server))["items"]
    assert "json_input" not in item
    (item,) = (await listed(server, expand="payloads"))["items"]
    assert item["json_input"] == BAD
    assert item["json_output"]["detail"][0]["type"] == "value_error.missing"
    await server.fault("listing_without_payloads")
    (item,) = (await listed(server, expand="payloads"))["items"]
    assert "json_input" not in item


async def test_a_late_list_shows_a_request_only_after_its_lag(server: Client) -> None:
    await server.outcome(BAD)
    lag = await server.fault("listing_late", seconds=3600)
    assert (await listed(server))["items"] == []
    await server.http.delete(f"{server.control}/faults/{lag}")
    await server.fault("listing_late", seconds=0)
    assert len((await listed(server))["items"]) == 1


async def test_filters(server: Client) -> None:
    before = datetime.now(UTC)
    await server.outcome(BAD)
    after = datetime.now(UTC)
    await server.outcome(BAD, REFERENCE)
    (item,) = (await listed(server, start=before.isoformat(), end=after.isoformat()))["items"]
    assert item["endpoint_id"] == EDIT
    assert len((await listed(server, endpoint_id=f"{EDIT},{REFERENCE}"))["items"]) == 2
    early = before - timedelta(seconds=1)
    assert (await listed(server, end=early.isoformat()))["items"] == []
    assert (await listed(server, start=after.isoformat()))["items"] == []
    assert (await listed(server, status="success"))["items"] == []
    assert len((await listed(server, status="user_error"))["items"]) == 1
    assert (await listed(server, request_id="none"))["items"] == []
    assert len((await listed(server, request_id=item["request_id"]))["items"]) == 1


async def test_a_window_must_hold_the_end_of_a_request_too(server: Client) -> None:
    await server.fault("hold", state="IN_PROGRESS")
    request = await server.submit(BAD)
    await request.reaches("IN_PROGRESS")
    between = datetime.now(UTC).isoformat()
    await server.lift()
    await request.ended()
    assert (await listed(server, end=between))["items"] == []
    assert (await listed(server, start=between))["items"] == []
    assert len((await listed(server))["items"]) == 1


async def test_pages_follow_each_other_to_the_end(server: Client) -> None:
    for number in range(5):
        await server.outcome({"number": number})
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = await listed(server, limit=2, expand="payloads", **cursor)
        seen += [item["json_input"]["number"] for item in page["items"]]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert page["next_cursor"] is None
    assert seen == [4, 3, 2, 1, 0]


async def test_wrong_questions_are_answered_with_400(server: Client) -> None:
    url = f"{server.bases.api_url}/v1/models/requests/by-endpoint"
    wrong: tuple[dict[str, str], ...] = (
        {},
        {"limit": "101"},
        {"limit": "x"},
        {"start": "soon"},
        {"cursor": "?"},
        {"status": "x"},
    )
    for query in wrong:
        asked = query if query == {} else {"endpoint_id": EDIT, **query}
        assert (await server.http.get(url, params=asked)).status_code == 400, query


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("host", {"prompt": "No", "video_url": "https://v3b.fal.media/files/copied/x.mp4"}),
        ("query", {"prompt": "No", "video_url": "https://a.example/x.mp4?token=1"}),
        ("space", {"prompt": " No\n", "video_url": "https://a.example/x.mp4"}),
        ("case", {"prompt": "NO", "video_url": "https://a.example/x.mp4"}),
        ("cut", {"prompt": "No", "video_url": "https://a.example/x.mp4"}),
        ("bare", {"prompt": "No"}),
        ("wrapped", {"input": {"prompt": "No", "video_url": "https://a.example/x.mp4"}}),
    ],
)
async def test_a_list_may_show_inputs_in_another_form(
    change: str, shown: dict[str, Any], server: Client
) -> None:
    await server.outcome({"prompt": "No", "video_url": "https://a.example/x.mp4"})
    await server.fault("listing_changed", change=change)
    (item,) = (await listed(server, expand="payloads"))["items"]
    assert item["json_input"] == shown
