"""A block is told of a run that failed, and of one that a budget has stopped."""

import json
from pathlib import Path

import pytest

from tests.money.scripted import ScriptedServer, reply

from .films import act, film_run
from .site import Desk, Site

pytestmark = pytest.mark.prefect


@pytest.mark.timeout(2400)
async def test_a_block_is_told_of_what_went_wrong(
    site: Site, desk: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    async with ScriptedServer(lambda _: reply(200, {})) as listener:
        site.save_webhook("told", f"{listener.root}/told")
        site.automate("--notify", "webhook/told")
        given = film_run("too-dear", act(1)[:2], clips, tmp_path) | {"max_usd": 0.01}
        run_id = await desk.begin(given, {"SHOTGRAPH_STORE": str(tmp_path / "store")})
        await desk.until(lambda: desk.is_in(run_id, "FAILED"), of=run_id)

        async def both_are_told() -> bool:
            return len({heard.body for heard in listener.heard}) >= 2

        await desk.until(both_are_told, of=run_id)
    texts = sorted(json.loads(heard.body)["text"] for heard in listener.heard)
    print(f"\nprefect: told: {texts}")
    assert all("$0.01" in text for text in texts)
    assert any("Failed" in text for text in texts)
    assert await desk.jobs() == []
