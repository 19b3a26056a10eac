"""Where everything in a film came from: steps that were done again, too."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.errors import FullDisk, InvalidInput, ShotgraphError, Undecided
from shotgraph.plan.run_record import record_of
from shotgraph.report import Report, StepReport
from shotgraph.report.manifest import ErrorEntry
from shotgraph.report.provenance import provenance
from shotgraph.store import open_store
from tests.graph.films import graph_of
from tests.media.coded_clips import write_clip

AT = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)


async def test_a_take_that_was_not_chosen_is_paid_for(tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mp4", clip=1, frames=72, rate=24, size=(720, 720))
    graph = graph_of("film: {edit: {video: a.mp4, prompt: Rain}}", tmp_path)
    record = record_of(graph, {}, run_id="run", backend="fal", at=AT)
    steps = [
        StepReport("film", "edit", "ran", Decimal("0.38"), "second"),
        StepReport("film (taken again)", "edit", "ran", Decimal("0.38"), "first"),
    ]
    report = Report(run_id="run", steps=steps)
    store = open_store(str(tmp_path / "store"))
    told = await provenance(graph, record, report, {}, store, ended_at=AT)
    assert [(step.name, step.request_id, step.prompt) for step in told.steps] == [
        ("film", "second", "Rain"),
        ("film (taken again)", "first", ""),
    ]
    assert told.cost_usd == Decimal("0.76")


def waiting(*files: str) -> Undecided:
    error = Undecided(
        f"dusk waits: See {', '.join(files)}. To continue, run again with --pick dusk=1"
    )
    error.files = files
    return error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            waiting("/home/me/my films/to-decide/f/1/dusk-1.mp4", "/home/me/my films/dusk-2.mp4"),
            "dusk waits: See dusk-1.mp4, dusk-2.mp4. To continue, run again with --pick dusk=1",
        ),
        (FullDisk.of(Path("/home/me/films")), "there is no space left on the disk of films; "),
        (InvalidInput("/home/me/a.yaml:3:2: $a/b 24000/1001"), "a.yaml:3:2: $a/b 24000/1001"),
        (
            InvalidInput("fal-ai/kling-video/o1/edit at https://h.example/a/b and ../a/b"),
            "fal-ai/kling-video/o1/edit at https://h.example/a/b and ../a/b",
        ),
    ],
)
async def test_no_manifest_says_where_files_lie(
    error: ShotgraphError, says: str, tmp_path: Path
) -> None:
    write_clip(tmp_path / "a.mp4", clip=1, frames=72, rate=24, size=(720, 720))
    graph = graph_of("film: {edit: {video: a.mp4, prompt: Rain}}", tmp_path)
    record = record_of(graph, {}, run_id="run", backend="fal", at=AT)
    steps = [StepReport("film", "edit", "failed", error=error)]
    report = Report(run_id="run", steps=steps, error=error)
    store = open_store(str(tmp_path / "store"))
    told = await provenance(graph, record, report, {}, store, ended_at=AT)
    for entry in (told.steps[0].error, told.error):
        assert entry is not None
        assert entry.message.startswith(says)
    # What was written before has the whole path.
    assert ErrorEntry(code="media", message="See /tmp/f2/films/x.mp4.").message == "See x.mp4."
