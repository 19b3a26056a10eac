"""Where everything in a film came from: steps that were done again, too."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from shotgraph.plan.run_record import record_of
from shotgraph.report import Report, StepReport
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
