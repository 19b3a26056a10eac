"""fal's replies, read within limits: whatever comes is read, cut short, or said to be nothing."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import httpx
import pytest

from shotgraph.errors import Terminal
from shotgraph.foreign_text import MAX_SAID, hide
from shotgraph.money.replies import (
    MAX_BYTES,
    MAX_LEVELS,
    MAX_VALUES,
    NoReply,
    Reply,
    ask,
    read_json,
    read_reply,
)
from shotgraph.money.reply_models import (
    ListingPage,
    StatusReply,
    SubmitReply,
    TokenReply,
    UploadReply,
)
from tests.money.scripted import ScriptedServer, reply


def made(body: Any, code: int = 200, **headers: str) -> Reply:
    response = httpx.Response(code, json=body)
    return Reply(code, headers, response.content)


async def read(answer: bytes, **options: Any) -> Reply:
    async with (
        ScriptedServer(lambda _: answer) as listening,
        httpx.AsyncClient(timeout=300) as client,
    ):
        found = await ask(client, "GET", f"{listening.root}/queue/x", **options)
        (heard,) = listening.heard
        assert heard.header("accept-encoding") == "identity"
        return found


async def test_a_reply_is_read() -> None:
    found = await read(reply(200, {"a": ["é", 1.5, None]}, X_Fal_Billable_Units="5"))
    assert (found.code, found.is_success, found.flaw) == (200, True, "")
    assert found.data == {"a": ["é", 1.5, None]}
    assert found.headers["x-fal-billable-units"] == "5"


@pytest.mark.parametrize("packed", ["gzip", "deflate"])
async def test_a_reply_that_is_packed_all_the_same_is_unpacked(packed: str) -> None:
    text = b'{"a": 1}'
    sent = gzip.compress(text) if packed == "gzip" else zlib.compress(text)
    found = await read(reply(200, sent, content_encoding=packed))
    assert found.data == {"a": 1}


@cache
def bomb() -> bytes:
    return reply(200, gzip.compress(bytes(64 << 20)), content_encoding="gzip")


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "longer than the limit": (
        lambda: reply(200, b" " * (MAX_BYTES + 1)),
        f"longer than {MAX_BYTES} bytes",
    ),
    "a bomb": (bomb, f"longer than {MAX_BYTES} bytes"),
    "half of what is packed": (
        lambda: reply(200, gzip.compress(b"{}" * 99)[:-9], content_encoding="gzip"),
        "cut short",
    ),
    "not packed": (lambda: reply(200, b"{}", content_encoding="gzip"), "can't be unpacked"),
    "packed otherwise": (lambda: reply(200, b"{}", content_encoding="br"), "not asked for"),
    "cut short": (lambda: reply(200, b"{}", content_length="9"), "cut short"),
    "no HTTP": (lambda: b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "RemoteProtocolError"),
    "nothing": (lambda: b"", "RemoteProtocolError"),
    "a crooked length": (lambda: reply(200, b"{}", content_length="9" * 5000), "Error"),
    "a redirect to no host": (lambda: reply(302, location="https://xn--/"), "Error"),
    "no end of headers": (lambda: b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000, "Error"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_reply_that_is_not_whole_is_none(name: str) -> None:
    answer, why = BROKEN[name]
    with pytest.raises(NoReply, match=why):
        await read(answer())


async def test_a_reply_that_does_not_end_is_given_up() -> None:
    half = reply(200, b'{"request_id": "r-1", ', content_length="99")
    async with (
        ScriptedServer(lambda _: half, hangs=True) as listening,
        httpx.AsyncClient(timeout=300) as client,
    ):
        request = client.build_request("GET", f"{listening.root}/x")
        response = await client.send(request, stream=True)
        found = await read_reply(response, asyncio.get_running_loop().time() + 0.1)
    assert found.flaw == "it was not complete in time"
    assert (found.is_success, found.data, found.request_id) == (False, None, "r-1")


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async with (
        ScriptedServer(lambda _: b"", hangs=True) as listening,
        httpx.AsyncClient(timeout=300) as client,
    ):
        with pytest.raises(NoReply, match="TimeoutError"):
            await ask(client, "GET", f"{listening.root}/x", deadline_s=0.2)


async def test_an_address_that_breaks_the_connection_gets_none() -> None:
    async with httpx.AsyncClient(timeout=300) as client:
        # asyncio raises an OverflowError for it, in a group.
        with pytest.raises(NoReply, match="ExceptionGroup"):
            await ask(client, "GET", "http://127.0.0.1:99999999/")


@pytest.mark.parametrize("url", ["http://[::1", "http://a\0b/"])
async def test_what_is_no_url_is_not_asked(url: str) -> None:
    async with httpx.AsyncClient(timeout=300) as client:
        with pytest.raises(Terminal, match="was not sent"):
            await ask(client, "GET", url)


@pytest.mark.slow
async def test_no_reply_takes_much_memory() -> None:
    bodies = {
        "a bomb": bomb(),
        "brackets": reply(200, b"[" + b"[]," * 2_000_000 + b"[]]"),
        "one long text": reply(200, b'"' + b"x" * (MAX_BYTES - 2) + b'"'),
    }
    for name, answer in bodies.items():
        server = ScriptedServer(lambda _, answer=answer: answer)  # type: ignore[misc]
        async with server as listening, httpx.AsyncClient(timeout=300) as client:
            tracemalloc.start()
            with suppress(NoReply):
                found = await ask(client, "GET", f"{listening.root}/x")
                assert found.read(StatusReply) is None, name
            _, peak_bytes = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert peak_bytes < 64 << 20, name


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nothing",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"[" * (MAX_LEVELS + 1) + b"]" * (MAX_LEVELS + 1),
        b"[" + b"1," * MAX_VALUES + b"1]",
        b"9" * 5000,
    ],
    ids=lambda body: f"{body[:9]!r} x {len(body)}",
)
def test_what_is_no_json_within_the_limits_is_none(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  what is raised says why, and is not passed on
        read_json(body)
    assert Reply(200, {}, body).data is None


def test_what_is_read_can_be_put_on_record() -> None:
    text = b'{"\\ud800": ["\\udfff", NaN, 1e400, -Infinity, 1], "deep": ' + b"[" * 60 + b"]" * 60
    data = read_json(text + b"}")
    assert data.pop("deep")
    assert data == {"?": ["?", None, None, None, 1]}


def test_a_finding_is_told_by_its_type_its_place_and_its_limits() -> None:
    finding = {
        "loc": ["body", "video_url"],
        "type": "video_duration_too_long",
        "msg": "Video duration exceeds the maximum allowed: 10.05 seconds",
        "ctx": {"max_duration": 10.05, "provided_duration": 12, "note": "https://signed"},
        "input": "https://v3.fal.media/files/secret.mp4",
    }
    assert made({"detail": [finding]}, 422).said == (
        "video_url: video_duration_too_long: Video duration exceeds the maximum allowed: 10.05 "
        "seconds (max_duration 10.05, provided_duration 12)"
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "Exhausted balance"}, "Exhausted balance"),
        ({"detail": [{"loc": None, "msg": "x"}]}, "error: x"),
        ({"detail": [{"loc": [{}, 1, "a"], "ctx": [1], "msg": {}}]}, "1.a: error"),
        ({"detail": "x" * 5000}, "x" * MAX_SAID),
        ({"detail": [{"msg": "y" * 5000}]}, ("error: " + "y" * MAX_SAID)[:MAX_SAID]),
        (
            {"detail": "\x1b[2J\x07red\r\nINFO forged \u202eevil"},
            r"\x1b[2J\x07red INFO forged \u202eevil",
        ),
        ({"detail": []}, "a body that fal does not document"),
        ({"detail": {"a": 1}}, "a body that fal does not document"),
        ({"detail": ""}, "a body that fal does not document"),
        ([], "a body that fal does not document"),
    ],
)
def test_what_is_said_is_short_and_plain_whatever_came(body: object, said: str) -> None:
    assert made(body, 418).said == said


@pytest.mark.parametrize(
    ("body", "headers", "found"),
    [
        (b'{"request_id": "r-1", "status', {}, "r-1"),
        (b'<p>{"request_id":"r-1"}</p>', {"x-fal-request-id": "r-2"}, "r-1"),
        (b"<h1>502</h1>", {"x-fal-request-id": "r-2"}, "r-2"),
        (b'{"request_id": "a\\ud800b"}', {}, "a\\ud800b"),
        (b'{"request_id": "\x1b[2J\xff"}', {}, "\\x1b[2J\ufffd"),
        (b'{"request_id": 7}', {}, ""),
        (b"", {}, ""),
    ],
)
def test_an_id_is_found_in_what_is_no_reply(
    body: bytes, headers: dict[str, str], found: str
) -> None:
    assert Reply(200, headers, body, "cut short").request_id == found


@pytest.mark.parametrize("strange", [None, 5, [], {}, True, "", 1.5, [{}], "http://[::1"])
def test_a_status_is_read_whatever_stands_beside_it(strange: Any) -> None:
    names = ("queue_position", "logs", "error", "error_type", "metrics", "status_url")
    status = made({"status": "COMPLETED", **dict.fromkeys(names, strange)}).read(StatusReply)
    assert status is not None
    assert status.queue_position in (None, 5)
    assert not [line for line in status.logs if line.message]


@pytest.mark.parametrize("strange", [None, 5, [], {}, True, "", "PAUSED", "in_queue", ["IN_QUEUE"]])
def test_a_status_that_fal_does_not_document_is_none(strange: Any) -> None:
    assert made({"status": strange}).read(StatusReply) is None


@pytest.mark.parametrize(
    "request_id",
    [
        None,
        5,
        "",
        "...",
        "a b",
        "a\0b",
        "é",
        "\ud800",
        "x" * 201,
        ["r-1"],
        {},
        True,
        "../../etc",
        "..",
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "a%2fb",
        ".a",
        "-a",
        "r-1\n",
    ],
)
def test_an_id_that_could_not_be_asked_for_is_none(request_id: Any) -> None:
    assert Reply(200, {}, httpx.Response(200, json={"request_id": "r-1"}).content).read(SubmitReply)
    text = json.dumps({"request_id": request_id}).encode()
    assert Reply(200, {}, text).read(SubmitReply) is None


@pytest.mark.parametrize(
    "item", [None, 5, {}, {"request_id": None}, {"request_id": ""}, {"request_id": 5}, []]
)
def test_a_list_with_an_item_that_can_not_be_read_is_not_read(item: Any) -> None:
    listed = {"request_id": "r-1", "json_input": [], "status_code": "200"}
    page = made({"items": [listed]}).read(ListingPage)
    assert page is not None
    assert (page.items[0].json_input, page.items[0].status_code) == (None, None)
    assert made({"items": [listed, item]}).read(ListingPage) is None


@pytest.mark.parametrize(
    "url", [None, 5, "", "x", "ftp://a/b", "http://[::1", "https://xn--/", "https://a b/", "//a/b"]
)
def test_what_is_no_web_url_is_no_place_of_a_file(url: Any) -> None:
    assert made({"access_url": "https://v3.fal.media/files/x.mp4"}).read(UploadReply)
    assert made({"access_url": url}).read(UploadReply) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "a b"},
        {"token": "a\n"},
        {"token": None},
        {"expires_at": "tomorrow"},
        {"expires_at": "2099-01-01T00:00:00"},
        {"base_url": "x"},
    ],
)
def test_a_token_that_could_not_be_shown_is_none(wrong: dict[str, Any]) -> None:
    right = {"token": "t", "token_type": "Bearer", "base_url": "https://v3.fal.media"}
    right |= {"expires_at": "2099-01-01T00:00:00Z"}
    assert made(right).read(TokenReply)
    assert made({**right, **wrong}).read(TokenReply) is None


def test_our_keys_are_left_out_of_what_is_read() -> None:
    key = "canary-31ab:canary-secret-31ab"
    hide(key)
    body = json.dumps({"echo": [{"authorization": f"Key {key}"}], key: f"<{key}>"}).encode()
    assert read_json(body) == {
        "echo": [{"authorization": "Key [hidden]"}],
        "[hidden]": "<[hidden]>",
    }
