"""A plan beside the last run: what a change of the file makes new."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from shotgraph.plan import make_plan
from shotgraph.plan.run_record import (
    Diff,
    RunRecord,
    abbreviated,
    compare,
    last_run,
    put_run,
    record_of,
)
from shotgraph.store import Store
from tests.graph.films import graph_of
from tests.plan.records import AT

FILM = """
next: {reference: {video: clip.mp4, prompt: Go on, duration: 4}}
dusk: {edit: {video: $next, prompt: Paint it at dusk}}
still: {frame: {video: clip.mp4}}
film: {concat: {clips: [clip.mp4, $dusk]}}
"""


def recorded(steps: str, folder: Path, **more: Any) -> RunRecord:
    graph = graph_of(steps, folder, **more)
    return record_of(graph, {}, run_id="run-1", backend="fal", at=AT)


async def diff_of(before: str, after: str, folder: Path, store: Store, **more: Any) -> Diff:
    graph = graph_of(after, folder, **more)
    plan = await make_plan(graph, store, backend="fal")
    return compare(recorded(before, folder), recorded(after, folder, **more), plan, graph.nodes)


def changes(diff: Diff) -> dict[str, str]:
    return {node.name: node.change for node in diff.nodes}


async def test_nothing_changed(folder: Path, store: Store) -> None:
    diff = await diff_of(FILM, FILM, folder, store)
    assert set(changes(diff).values()) == {"unchanged"}
    # Nothing of it is there, though: what a run would cost is said all the same.
    assert {node.name: str(node.cost_usd) for node in diff.nodes if node.cost_usd} == {
        "next": "0.504",
        "dusk": "0.504",
    }


async def test_a_changed_prompt_is_named_and_what_takes_it_is_downstream(
    folder: Path, store: Store
) -> None:
    diff = await diff_of(FILM, FILM.replace("at dusk", "at dawn"), folder, store)
    assert changes(diff) == {
        "next": "unchanged",
        "dusk": "changed",
        "still": "unchanged",
        "film": "downstream",
    }
    (field,) = diff.nodes[1].fields
    assert (field.field, field.old, field.new) == ("prompt", "Paint it at dusk", "Paint it at dawn")


async def test_what_is_new_and_what_is_gone(folder: Path, store: Store) -> None:
    after = FILM.replace("still: {frame", "last: {frame")
    diff = await diff_of(FILM, after, folder, store)
    assert changes(diff) == {
        "next": "unchanged",
        "dusk": "unchanged",
        "last": "new",
        "film": "unchanged",
        "still": "gone",
    }
    assert (diff.nodes[-1].state, diff.nodes[-1].cost_usd) == (None, Decimal(0))


async def test_files_count_by_their_bytes(folder: Path, store: Store) -> None:
    (folder / "copy.mp4").write_bytes((folder / "clip.mp4").read_bytes())
    same = await diff_of(FILM, FILM.replace("clip.mp4", "copy.mp4"), folder, store)
    assert set(changes(same).values()) == {"unchanged"}
    other = await diff_of(
        FILM, FILM.replace("video: clip.mp4, prompt", "video: slow.mp4, prompt"), folder, store
    )
    assert changes(other) == {
        "next": "changed",
        "dusk": "downstream",
        "still": "unchanged",
        "film": "downstream",
    }
    (field,) = other.nodes[0].fields
    assert field.field == "video"
    assert field.old.startswith("clip.mp4 (")
    assert field.new.startswith("slow.mp4 (")


async def test_fields_that_are_not_set_and_tiers_and_lists(folder: Path, store: Store) -> None:
    after = FILM.replace("Paint it at dusk}", "Paint it at dusk, tier: pro, images: [still.png]}")
    diff = await diff_of(FILM, after, folder, store)
    fields = {one.field: (one.old, one.new) for one in diff.nodes[1].fields}
    assert fields["endpoint"] == (
        "…ng-video/o1/standard/video-to-video/edit",
        "…ng-video/o1/video-to-video/edit",
    )
    old, new = fields["images[0]"]
    assert (old, new[:11]) == ("", "still.png (")
    said_so = FILM.replace(
        "clips: [clip.mp4, $dusk]", "clips: [clip.mp4, $dusk], transition: {kind: cut}"
    )
    assert set(changes(await diff_of(FILM, said_so, folder, store)).values()) == {"unchanged"}


async def test_a_chain_of_a_thousand_is_followed_to_its_end(folder: Path, store: Store) -> None:
    steps = ["s0: {edit: {video: clip.mp4, prompt: Begin}}"]
    steps += [f"s{n}: {{edit: {{video: $s{n - 1}, prompt: Go on}}}}" for n in range(1, 1000)]
    film = "\n".join(steps)
    before = record_of(
        graph_of(film, folder, output="$s999"), {}, run_id="run-1", backend="fal", at=AT
    )
    graph = graph_of(film.replace("Begin", "Start"), folder, output="$s999")
    after = record_of(graph, {}, run_id="", backend="fal", at=AT)
    plan = await make_plan(graph, store, backend="fal")
    diff = compare(before, after, plan, graph.nodes)
    assert [node.change for node in diff.nodes] == ["changed", *["downstream"] * 999]


async def test_as_json(folder: Path, store: Store) -> None:
    diff = await diff_of(FILM, FILM.replace("at dusk", "at dawn"), folder, store)
    document = diff.as_json()
    assert document["against"] == {"run_id": "run-1", "at": AT.isoformat(), "backend": "fal"}
    assert document["cost_usd"] == 1.008
    assert document["steps"][1] == {
        "name": "dusk",
        "kind": "edit",
        "change": "changed",
        "fields": [{"field": "prompt", "old": "Paint it at dusk", "new": "Paint it at dawn"}],
        "state": "buy",
        "cost_usd": 0.504,
    }


async def test_the_last_run_of_that_film_is_found(folder: Path, store: Store) -> None:
    record = recorded(FILM, folder)
    assert await last_run(store, "film") is None
    later = record.model_copy(update={"run_id": "run-2", "at": AT + timedelta(seconds=1)})
    other = record.model_copy(update={"film": "fi lm", "at": AT + timedelta(hours=1)})
    for one in (later, record, other):
        await put_run(store, one)
    assert await last_run(store, "film") == later
    # The two share a folder, because a space can't be in a record's name.
    assert await last_run(store, "fi_lm") is None
    await store.records.put_if_absent("runs/film/99999999T000000Z-x.json", b"{torn")
    assert await last_run(store, "film") == later


async def test_no_secret_of_a_url_is_kept(folder: Path, store: Store) -> None:
    url = "https://host.example/a.mp4?signature=SECRET"
    record = recorded(f"film: {{edit: {{video: '{url}', prompt: Go on}}}}", folder)
    assert "SECRET" not in record.model_dump_json()
    assert record.nodes["film"].arguments["video"]["url"] == "https://host.example/a.mp4"


def test_long_texts_are_cut_to_where_they_differ() -> None:
    same = "A harbour with boats and gulls, the camera goes slowly to the left, "
    old, new = abbreviated(same + "at dusk, with lanterns", same + "at dawn")
    assert (old, new) == ("…e left, at dusk, with lanterns", "…e left, at dawn")
    assert abbreviated("short", "shorter") == ("short", "shorter")
    assert abbreviated("", "x" * 60) == ("", "x" * 48 + "…")
