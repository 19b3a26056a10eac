"""A false reply of the file host leads to another host: neither the clip nor a token goes there."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from shotgraph.errors import ShotgraphError
from shotgraph.money.connection import FalConnection
from shotgraph.money.uploads import Uploads
from shotgraph.store import open_store
from tests.figures import Count
from tests.money.clocks import SteppingClock
from tests.money.scripted import ScriptedServer, reply

KIND = 27
LATER = "2099-01-01T00:00:00Z"


@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "in parts"])
@pytest.mark.parametrize("false", ["base_url", "access_url", "redirect"])
async def test_a_token_goes_to_no_other_host(
    false: str,
    in_parts: bool,
    tmp_path: Path,
    shot: Path,
    count: Count,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if in_parts:
        monkeypatch.setattr("fal_client.client.MULTIPART_THRESHOLD", 0)
        monkeypatch.setattr("fal_client.client.MULTIPART_CHUNK_SIZE", 50_000)
    store = open_store(str(tmp_path / "store"))
    asset = await store.assets.add(shot, "video")
    async with ScriptedServer() as elsewhere, ScriptedServer() as fal:
        where = dict.fromkeys(("base_url", "access_url"), f"{fal.root}/cdn")
        where |= {false: f"{elsewhere.root}/cdn"}
        token = {"token": "canary", "token_type": "Bearer", "expires_at": LATER, **where}
        moved = reply(307, b"", location=f"{elsewhere.root}/cdn/files/upload")

        def answer(path: str) -> bytes:
            if "/auth/token" in path:
                return reply(200, token)
            return (
                moved if false == "redirect" else reply(200, {**where, "uploadId": "u"}, etag="e")
            )

        fal.answer = lambda heard: answer(heard.path)
        connection = FalConnection(fal.bases, SecretStr("canary-1:canary-22"), "test")
        try:
            await Uploads(connection, store, SteppingClock()).url_of(asset, what="dusk")
        except ShotgraphError as error:
            assert "canary" not in error.message  # noqa: PT017  not all of them fail
        shown = [heard for heard in elsewhere.heard if "canary" in heard.head or heard.body]
        count(replies=1, heard_elsewhere=elsewhere.connections, tokens_elsewhere=len(shown))
        assert shown == []
        assert elsewhere.connections == 0
