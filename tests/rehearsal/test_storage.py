import httpx
import pytest

from shotgraph.rehearsal.shelf import Shelf, TooLarge

from .client import Client

NAMES = ["a.mp4", "../../etc/passwd", "ä b/c.png", "...", "", "x" * 300 + ".png", "a\\b.mp4"]


async def test_an_upload_comes_back_whole_and_in_ranges(
    server: Client, stranger: httpx.AsyncClient
) -> None:
    content = bytes(range(256)) * 40
    reply = await server.http.post(
        f"{server.bases.cdn_url}/files/upload",
        content=content,
        headers={"Content-Type": "video/mp4", "X-Fal-File-Name": "clip one.mp4"},
    )
    url = reply.json()["access_url"]
    assert url.startswith(f"{server.bases.cdn_url}/files/b/")
    assert url.endswith("_clip_one.mp4")
    whole = await stranger.get(url)
    assert (whole.content, whole.headers["content-type"]) == (content, "video/mp4")
    part = await stranger.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    head = await stranger.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(content)))


async def test_a_token_lets_upload(server: Client, stranger: httpx.AsyncClient) -> None:
    lent = await server.http.post(
        f"{server.bases.rest_url}/storage/auth/token?storage_type=fal-cdn-v3", json={}
    )
    token = lent.json()
    assert set(token) == {"token", "token_type", "base_url", "expires_at"}
    assert token["base_url"] == server.bases.cdn_url
    headers = {"Authorization": f"{token['token_type']} {token['token']}"}
    url = f"{token['base_url']}/files/upload"
    assert (await stranger.post(url, content=b"x", headers=headers)).status_code == 200
    forged = {"Authorization": f"{token['token_type']} x{token['token']}"}
    assert (await stranger.post(url, content=b"x", headers=forged)).status_code == 401


async def test_a_named_url_takes_a_file_without_a_key(
    server: Client, stranger: httpx.AsyncClient
) -> None:
    named = await server.http.post(
        f"{server.bases.rest_url}/storage/upload/initiate?storage_type=gcs",
        json={"file_name": "a.png", "content_type": "image/png"},
    )
    urls = named.json()
    assert (await stranger.get(urls["file_url"])).status_code == 404
    assert (await stranger.put(urls["file_url"], content=b"x")).status_code == 401
    assert (await stranger.put(urls["upload_url"], content=b"picture")).status_code == 200
    read = await stranger.get(urls["file_url"])
    assert (read.content, read.headers["content-type"]) == (b"picture", "image/png")


@pytest.mark.parametrize("wrong", [None, "order", "missing", "etag"])
async def test_parts_are_joined_in_order_or_not_at_all(server: Client, wrong: str | None) -> None:
    begun = await server.http.post(
        f"{server.bases.cdn_url}/files/upload/multipart",
        headers={"Content-Type": "video/mp4", "X-Fal-File-Name": "big.mp4"},
    )
    url, upload = begun.json()["access_url"], begun.json()["uploadId"]
    parts = []
    for number in (2, 1, 3):
        sent = await server.http.put(
            f"{url}/multipart/{upload}/{number}", content=b"%d" % number * 5
        )
        parts.append({"partNumber": number, "etag": sent.headers["etag"]})
        assert sent.json() == parts[-1]
    if wrong == "missing":
        parts[0]["partNumber"] = 7
    if wrong == "etag":
        parts[0]["etag"] = parts[1]["etag"]
    done = await server.http.post(f"{url}/multipart/{upload}/complete", json={"parts": parts})
    read = await server.http.get(url)
    if wrong in ("missing", "etag"):
        assert (done.status_code, read.status_code) == (400, 404)
    else:
        assert (done.status_code, read.content) == (200, b"111112222233333")


async def test_what_is_too_large_is_refused_and_not_kept(server: Client) -> None:
    reply = await server.http.post(
        f"{server.bases.cdn_url}/files/upload", content=bytes((4 << 20) + 1)
    )
    assert reply.status_code == 413
    begun = await server.http.post(f"{server.bases.cdn_url}/files/upload/multipart")
    url, upload = begun.json()["access_url"], begun.json()["uploadId"]
    part = f"{url}/multipart/{upload}"
    assert (await server.http.put(f"{part}/1", content=bytes((4 << 20) + 1))).status_code == 413
    sent = [await server.http.put(f"{part}/{number}", content=bytes(3 << 20)) for number in (1, 2)]
    done = await server.http.post(
        f"{part}/complete", json={"parts": [each.json() for each in sent]}
    )
    assert done.status_code == 413
    assert (await server.http.get(url)).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_names_from_outside_stay_names(tmp_path, name: str) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "files"
    folder.mkdir()
    shelf = Shelf(folder, "http://cdn", 10)
    shelved = shelf.reserve(name, "video/mp4")
    assert shelved.path.parent == folder
    assert shelved.file_name
    assert set(shelved.file_name) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
    )
    with shelf.filling(shelved.path) as sink:
        sink.write(b"0123456789")
    assert shelf.find_url(f"{shelf.url(shelved)}?a=1") == shelved
    with pytest.raises(TooLarge), shelf.filling(shelved.path) as sink:
        sink.write(b"0123456789a")
    assert [path.name for path in folder.iterdir()] == [shelved.path.name]
    assert shelved.path.read_bytes() == b"0123456789"
