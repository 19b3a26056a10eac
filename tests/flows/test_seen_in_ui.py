"""What a Prefect server knows of a run when it has ended: its arrows, its bars, its storyboard."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from shotgraph.flows import finish
from shotgraph.graph import build_graph
from shotgraph.report.manifest import Manifest
from shotgraph.spec import read_pipeline
from shotgraph.store.assets import read_sha256
from tests.flows.pipelines import film_of, run
from tests.locked_database import AsksAgain
from tests.rehearsal.client import EDIT, Client
from tests.through_prefect import PrefectServer

pytestmark = pytest.mark.prefect

HOSTILE = "rain | **bold** <script>alert(1)</script> ![x](https://evil.example/i.png)"

# Arrows of every kind: a clip in a list, in a list of elements, by `needs`, through an approval.
ARROWS = f"""\
name: arrows
params:
  shot: {{type: video}}
  looks: {{list: text, default: [charcoal, "{HOSTILE}"]}}
steps:
  piece:
    trim: {{video: $shot, seconds: 3}}
  still:
    frame: {{video: $piece, at: first}}
  look:
    for_each: {{words: $looks}}
    edit: {{video: $piece, prompt: $words}}
  walk:
    reference_to_video:
      prompt: "@Element1 walks"
      elements: [{{frontal_image: $still, reference_images: [$still]}}]
      duration: "3"
  after:
    needs: [walk]
    trim: {{video: $shot, seconds: 1}}
  seen:
    approve: {{video: $walk}}
  film:
    concat: {{clips: [$look, $seen, $after]}}
output: $film
"""


class Api:
    """Prefect's own API, asked as its UI asks."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=300, transport=AsksAgain())

    async def arrows(self, run_id: str, nodes: int) -> dict[str, set[str]]:
        """The graph as the UI draws it; Prefect hears of task runs some time after they end."""
        async with asyncio.timeout(300):
            while True:
                reply = await self._client.get(f"/flow_runs/{run_id}/graph-v2")
                found = dict(reply.raise_for_status().json()["nodes"])
                ended = all(node["state_type"] == "COMPLETED" for node in found.values())
                if len(found) == nodes and ended:
                    break
                await asyncio.sleep(0.2)
        names = {number: node["label"] for number, node in found.items()}
        return {
            node["label"]: {names[parent["id"]] for parent in node["parents"]}
            for node in found.values()
        }

    async def artifacts(self, run_id: str) -> list[dict[str, Any]]:
        wanted = {"artifacts": {"flow_run_id": {"any_": [run_id]}}, "limit": 100}
        found: list[dict[str, Any]] = (
            (await self._client.post("/artifacts/filter", json=wanted)).raise_for_status().json()
        )
        return found


@pytest.fixture
def api(prefect_server: PrefectServer) -> Api:
    return Api(prefect_server.api_url)


def of_key(artifacts: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [one for one in artifacts if one["key"] == key]


async def test_the_arrows_are_those_of_the_file(
    api: Api, at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    report = await run(ARROWS, shot, tmp_path / "films", approve=["all"])
    assert report["status"] == "done"
    graph = build_graph(read_pipeline(ARROWS), {"shot": str(shot)})
    wanted = {
        node.name: node.upstream() for node in graph.nodes.values() if node.kind.name != "approve"
    }
    # An approval is no task: what takes its clip comes after what made that.
    wanted["film"] = wanted["film"] - {"seen"} | {"walk"}
    assert wanted["after"] == {"walk"}
    assert await api.arrows(report["run_id"], len(wanted)) == wanted


async def test_a_run_leaves_a_storyboard_and_bars(
    api: Api,
    at_fal: Client,
    fal_env: dict[str, str],
    shot: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOTGRAPH_VIEW_URL", "http://127.0.0.1:4280/")
    monkeypatch.setattr("shotgraph.tasks.progress_bar.PAUSE_S", 0.0)
    monkeypatch.setattr("shotgraph.tasks.progress_bar.EACH_S", 0.0)
    report = await run(film_of("seen-well", HOSTILE), shot, tmp_path / "films")
    artifacts = await api.artifacts(report["run_id"])
    (board,) = of_key(artifacts, "storyboard-seen-well")
    assert board["type"] == "markdown"
    assert len(board["data"].encode()) <= 300_000
    assert board["data"].count("data:image/webp;base64,") == 4
    page = Path(report["storyboard"])
    manifest = Manifest.model_validate_json((page.parent / "manifest.json").read_bytes())
    film = manifest.films[0].medium.sha256
    link = f"http://127.0.0.1:4280/clips/{film}.mp4"
    assert link in board["data"]
    (way,) = of_key(artifacts, "film-seen-well")
    assert link in way["data"]
    bars = [one for one in artifacts if one["type"] == "progress"]
    assert {one["key"] for one in bars} == {"progress-film-slow", "progress-film-quick"}
    assert [one["data"] for one in bars] == [100.0, 100.0]
    text = "".join(str(one["data"]) + str(one["description"]) for one in artifacts)
    assert "<script" not in text
    assert fal_env["FAL_KEY"] not in text
    # No address of fal's, and none that is signed.
    assert set(re.findall(r"https?://[^/\s)]+", text)) <= {"http://127.0.0.1:4280"}
    assert page == tmp_path / "films" / "seen-well" / "storyboard.html"
    # The file has the film's story behind it.
    assert read_sha256(Path(report["output"]["path"])) == report["output"]["sha256"] != film
    assert fal_env["FAL_KEY"] not in page.read_text(encoding="utf-8")

    # What was there has no bar, and its storyboard no new picture to draw.
    again = await run(film_of("seen-well", HOSTILE), shot, tmp_path / "films")
    artifacts = await api.artifacts(again["run_id"])
    assert "progress" not in {one["type"] for one in artifacts}
    assert len(of_key(artifacts, "storyboard-seen-well")) == 1


async def test_a_bar_ends_where_the_file_is_fetched_by_the_second_try(
    api: Api, at_fal: Client, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotgraph.tasks.progress_bar.PAUSE_S", 0.0)
    monkeypatch.setattr("shotgraph.tasks.progress_bar.EACH_S", 0.0)
    await at_fal.fault("refuse", status=503, at="media", times=2)
    report = await run(film_of("seen-late"), shot, tmp_path / "films")
    assert report["status"] == "done"
    artifacts = await api.artifacts(report["run_id"])
    bars = [one for one in artifacts if one["type"] == "progress"]
    assert {one["data"] for one in bars} == {100.0}
    assert all(one["description"].endswith(": drawn") for one in bars)


async def test_a_run_that_failed_shows_what_is_there(
    api: Api, at_fal: Client, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotgraph.tasks.progress_bar.PAUSE_S", 600.0)
    await at_fal.fault("fail", status=422, endpoint_id=EDIT)
    report = await run(film_of("seen-broken"), shot, tmp_path / "films")
    assert report["status"] == "failed"
    artifacts = await api.artifacts(report["run_id"])
    (board,) = of_key(artifacts, "storyboard-seen-broken")
    # A job that ends before the pause has passed has no bar.
    assert "progress" not in {one["type"] for one in artifacts}
    assert "not finished" in board["data"].lower()
    assert "refused by the model" in board["data"]
    assert board["data"].count("data:image/webp;base64,") == 2
    assert Path(report["storyboard"]).is_file()


async def test_what_can_not_be_written_fails_nothing(
    at_fal: Client, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise RuntimeError("the server does not take it")

    monkeypatch.setattr(finish, "put_artifacts", refuse)
    monkeypatch.setattr("shotgraph.tasks.progress_bar.acreate_progress_artifact", refuse)
    monkeypatch.setattr(finish, "write_companions", refuse)
    report = await run(film_of("no-page"), shot, tmp_path / "films")
    assert report["status"] == "done"
    assert "storyboard" not in report
    assert Path(report["output"]["path"]).is_file()
    assert not (tmp_path / "films" / "no-page").exists()
