import asyncio
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shotgraph.rehearsal.input_files import check_input
from shotgraph.rehearsal.wanted import Given

from .client import EDIT, IMAGE, PICTURES, REFERENCE, Client
from .conftest import make_clip

Paint = Callable[..., Path]


async def complaints(server: Client, body: Any, endpoint_id: str = EDIT) -> list[dict[str, Any]]:
    result = await server.outcome(body, endpoint_id)
    assert result.status_code == 422, result.text
    detail: list[dict[str, Any]] = result.json()["detail"]
    assert all({"loc", "msg", "type", "url", "input"} <= set(entry) for entry in detail)
    assert (await server.jobs())[-1]["charged_units"] == 0
    return detail


def _shape(detail: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(".".join(map(str, entry["loc"][1:])), entry["type"]) for entry in detail]


@pytest.mark.parametrize(
    ("body", "endpoint_id", "expected"),
    [
        ({"prompt": "x"}, EDIT, [("video_url", "value_error.missing")]),
        ({"video_url": "x"}, EDIT, [("prompt", "value_error.missing")]),
        ({"prompt": "x", "video_url": {"sha256": "x"}}, EDIT, [("video_url", "value_error")]),
        ({"prompt": "x", "video": "x"}, EDIT, [("video_url", "value_error.missing")]),
        ({"prompt": "x", "video_url": "x", "duration": 5}, REFERENCE, [("duration", "one_of")]),
        (
            {"prompt": "x", "video_url": "x", "aspect_ratio": "4:3"},
            REFERENCE,
            [("aspect_ratio", "one_of")],
        ),
        (
            {"prompt": "x", "image_urls": ["x"], "aspect_ratio": "auto"},
            PICTURES,
            [("aspect_ratio", "one_of")],
        ),
        (
            {"prompt": "x", "video_url": "x", "image_urls": ["x"] * 5},
            EDIT,
            [("image_urls", "sequence_too_long")],
        ),
        ({"prompt": "x", "image_urls": ["x"] * 8}, PICTURES, [("image_urls", "sequence_too_long")]),
        (
            {
                "prompt": "x",
                "elements": [{"frontal_image_url": "x", "reference_image_urls": ["x"] * 4}, {}],
            },
            PICTURES,
            [
                ("elements.0.reference_image_urls", "sequence_too_long"),
                ("elements.1.frontal_image_url", "value_error.missing"),
            ],
        ),
    ],
)
async def test_bodies_that_are_not_valid(
    server: Client, body: Any, endpoint_id: str, expected: list[tuple[str, str]]
) -> None:
    assert _shape(await complaints(server, body, endpoint_id)) == expected


async def test_what_is_allowed_comes_with_the_complaint(server: Client) -> None:
    body = {"prompt": "x", "video_url": "x", "duration": "11"}
    (entry,) = await complaints(server, body, REFERENCE)
    assert entry["ctx"] == {"expected": ["3", "4", "5", "6", "7", "8", "9", "10"]}
    assert entry["input"] == "11"


@pytest.mark.parametrize(
    "url",
    [
        "{cdn}/files/b/panda/none_output.mp4",
        "https://v3b.fal.media/files/b/rabbit/ku8_Wdpf-oTbGRq4lB5DU_output.mp4",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:9/closed",
        "http://[::1/",
        "file:///etc/passwd",
        "/etc/passwd",
        "data:video/mp4;base64,????",
    ],
)
async def test_files_that_are_not_to_be_had(server: Client, url: str) -> None:
    body = {"prompt": "x", "video_url": url.format(cdn=server.bases.cdn_url)}
    assert _shape(await complaints(server, body)) == [("video_url", "file_download_error")]


async def test_a_server_elsewhere_is_not_even_asked(server: Client) -> None:
    # 0.0.0.0 reaches this machine, but is not its loopback: the file would be there.
    base = server.bases.cdn_url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - a URL
    (entry,) = await complaints(server, {"prompt": "x", "video_url": f"{base}/files/b/a/b"})
    assert entry["type"] == "file_download_error"
    assert "only from its own machine" in entry["msg"]


async def test_an_image_of_too_many_bytes(server: Client) -> None:
    url = f"data:image/png;base64,{'A' * (14 << 20)}"
    (entry,) = await complaints(server, {"prompt": "x", "start_image_url": url}, IMAGE)
    assert (entry["type"], entry["ctx"]) == ("file_too_large", {"max_size": 10_000_000})
    assert len(entry["input"]) < 1000


@pytest.mark.parametrize(
    ("size", "expected"),
    [((640, 299), "image_too_small"), ((1000, 390), "value_error"), ((300, 800), "value_error")],
)
async def test_images_of_a_wrong_shape(
    server: Client, picture: Paint, size: tuple[int, int], expected: str
) -> None:
    url = await server.upload(picture("#123456", *size), "image/png")
    detail = await complaints(server, {"prompt": "x", "start_image_url": url}, IMAGE)
    assert _shape(detail) == [("start_image_url", expected)]


async def test_an_image_that_is_none(server: Client, clip: Path) -> None:
    url = await server.upload(clip)
    detail = await complaints(server, {"prompt": "x", "image_urls": [url]}, PICTURES)
    assert _shape(detail) == [("image_urls.0", "image_load_error")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"seconds": 2.9, "rate": "30"}, "video_duration_too_short"),
        ({"seconds": 10.1, "rate": "30"}, "video_duration_too_long"),
        ({"size": "1280x718"}, "image_too_small"),
        ({"size": "2176x720"}, "image_too_large"),
        ({"rate": "24000/1001", "seconds": 3.1}, "greater_than_equal"),
        ({"rate": "61"}, "less_than_equal"),
        ({"format": "matroska"}, "unsupported_video_format"),
    ],
)
async def test_videos_beyond_the_limits(
    server: Client, tmp_path: Path, made: dict[str, Any], expected: str
) -> None:
    url = await server.upload(await make_clip(tmp_path / "clip.mp4", sound=False, **made))
    detail = await complaints(server, {"prompt": "x", "video_url": url})
    assert _shape(detail) == [("video_url", expected)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "rate", "size"), [("3", "24", "720x720"), ("10.05", "60", "720x720")]
)
async def test_videos_at_the_limits_are_let_in(
    tmp_path: Path, seconds: str, rate: str, size: str
) -> None:
    path = await make_clip(
        tmp_path / "clip.mp4", sound=False, seconds=float(seconds), rate=rate, size=size
    )
    info = await check_input(Given(("body", "video_url"), "x", "video"), path)
    assert info.duration == Fraction(seconds)


@pytest.mark.parametrize(
    ("head", "status"),
    [("200 OK", 200), ("302 Found\r\nLocation: /elsewhere", 422), ("404 No", 422)],
)
async def test_a_file_of_another_server_on_this_machine_is_fetched(
    server: Client, picture: Paint, head: str, status: int
) -> None:
    content = picture("#445566", 320, 320).read_bytes()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        start = f"HTTP/1.1 {head}\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(start.encode() + content)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/a.png"
        body = {"prompt": "x", "start_image_url": url, "duration": "3"}
        result = await server.outcome(body, IMAGE)
    assert result.status_code == status
    if status == 422:
        assert _shape(result.json()["detail"]) == [("start_image_url", "file_download_error")]
