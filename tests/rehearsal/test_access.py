import httpx
import pytest

from .client import EDIT, Client

WRONG = {"detail": "No user found for Key ID and Secret"}


@pytest.mark.parametrize("header", [None, "Key wrong:key", "Bearer {key}", "{key}"])
async def test_without_the_key_nothing_is_accepted(
    server: Client, stranger: httpx.AsyncClient, header: str | None
) -> None:
    headers = {"Authorization": header.format(key=server.key)} if header else {}
    asked = [
        ("POST", f"{server.bases.queue_url}/{EDIT}"),
        ("POST", f"{server.bases.run_url}/{EDIT}"),
        ("GET", f"{server.bases.queue_url}/fal-ai/kling-video/requests/x/status"),
        ("GET", f"{server.bases.queue_url}/fal-ai/kling-video/requests/x"),
        ("PUT", f"{server.bases.queue_url}/fal-ai/kling-video/requests/x/cancel"),
        ("POST", f"{server.bases.rest_url}/storage/auth/token"),
        ("POST", f"{server.bases.rest_url}/storage/upload/initiate"),
        ("POST", f"{server.bases.cdn_url}/files/upload"),
        ("POST", f"{server.bases.cdn_url}/files/upload/multipart"),
        ("GET", f"{server.bases.api_url}/v1/models/pricing?endpoint_id={EDIT}"),
        ("GET", f"{server.bases.api_url}/v1/models/requests/by-endpoint?endpoint_id={EDIT}"),
    ]
    for method, url in asked:
        reply = await stranger.request(method, url, headers=headers)
        assert reply.status_code == 401, url
        assert reply.json() == WRONG
    book = await server.book()
    assert book["jobs"] == []
    assert book["counts"]["submits_refused"] == 2


async def test_a_locked_account_is_refused_in_fals_words(server: Client) -> None:
    await server.fault("refuse", status=403)
    reply = await server.post({})
    assert reply.status_code == 403
    assert reply.json()["detail"].startswith("User is locked. Reason: Exhausted balance.")
    assert await server.jobs() == []
