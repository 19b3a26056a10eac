"""Every example is made by a rehearsal: once, a second time for nothing, and after a change.

The rehearsal's own book says what was bought.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from shotgraph.flows import FilmFailed, film
from shotgraph.graph import Graph, build_graph
from shotgraph.media.probe import probe
from shotgraph.plan import Plan, make_plan
from shotgraph.spec import load_pipeline
from shotgraph.store import open_store
from tests.examples.gallery import DAILY, GALLERY, ROOT, Example
from tests.rehearsal.client import Client

# The longest draws eleven shots, one after the other, on a machine that does other things too.
pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.timeout(600)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The gallery, to be changed."""
    return Path(shutil.copytree(ROOT, tmp_path / "examples"))


async def made(example: Example, file: Path, out: Path) -> dict[str, Any]:
    """Run a file to its report."""
    state = await film(str(file), out=str(out), pick=example.pick, return_state=True)
    result = await state.aresult(raise_on_failure=False)
    if isinstance(result, FilmFailed):
        return result.report.as_json()
    assert isinstance(result, dict), result
    return result


async def planned(graph: Graph, at_fal: Client, store: str) -> Plan:
    """What a run would do, by the same store and at the same place as the run."""
    return await make_plan(graph, open_store(store), backend=at_fal.bases.queue_url)


def done(report: dict[str, Any], how: str) -> set[str]:
    assert report["status"] == "done", report["error"]
    return {step["name"] for step in report["steps"] if step["status"] == how}


async def booked(at_fal: Client) -> tuple[int, float]:
    """How many jobs were sent, and what was charged for them, in dollars."""
    book = await at_fal.book()
    assert book["counts"].get("submits", 0) == len(book["jobs"])
    return len(book["jobs"]), round(book["charged_usd"], 6)


async def check(example: Example, folder: Path, at_fal: Client, store: str, out: Path) -> None:
    file = folder / example.file.name
    graph = build_graph(load_pipeline(file))
    paid = {node.name for node in graph.nodes.values() if node.endpoint is not None}
    plan = await planned(graph, at_fal, store)
    first = await made(example, file, out / "first")
    assert done(first, "ran") == set(graph.nodes)
    assert await booked(at_fal) == (len(paid), float(plan.cost_usd))
    assert first["cost_usd"] == pytest.approx(float(plan.cost_usd))
    films = sorted((out / "first").glob("*.mp4"))
    assert len(films) == len(graph.films)
    for path in films:
        assert (await probe(path)).frames

    again = await made(example, file, out / "again")
    assert done(again, "cached") == set(graph.nodes)
    assert await booked(at_fal) == (len(paid), float(plan.cost_usd))
    assert again["cost_usd"] == 0
    same = [path.read_bytes() for path in films]
    assert [path.read_bytes() for path in sorted((out / "again").glob("*.mp4"))] == same

    text = file.read_text(encoding="utf-8")
    assert text.count(example.old) == 1
    file.write_text(text.replace(example.old, example.new), encoding="utf-8")
    changed = build_graph(load_pipeline(file))
    more = await planned(changed, at_fal, store)
    third = await made(example, file, out / "changed")
    ran = done(third, "ran")
    assert done(third, "cached") == set(graph.nodes) - ran
    assert ran & paid == example.downstream & paid
    # The stand-in's new clip differs from the old one in a mark alone, so that a step of this
    # machine's may make the same bytes of it; then those behind it have nothing to do.
    assert ran <= example.downstream
    bought, charged_usd = await booked(at_fal)
    assert bought == len(paid) + len(paid & example.downstream)
    assert charged_usd == pytest.approx(float(plan.cost_usd + more.cost_usd))


@pytest.mark.slow
async def test_the_daily_clip(
    folder: Path, at_fal: Client, fal_env: dict[str, str], tmp_path: Path
) -> None:
    await check(DAILY, folder, at_fal, fal_env["SHOTGRAPH_STORE"], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "example", [pytest.param(one, id=one.name) for one in GALLERY if one is not DAILY]
)
async def test_every_other(
    example: Example, folder: Path, at_fal: Client, fal_env: dict[str, str], tmp_path: Path
) -> None:
    await check(example, folder, at_fal, fal_env["SHOTGRAPH_STORE"], tmp_path)
