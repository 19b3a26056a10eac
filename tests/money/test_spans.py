"""Spans where somebody has set OpenTelemetry up, and no words of anybody's in them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shotgraph.clock import SystemClock
from shotgraph.endpoints import KINDS
from shotgraph.errors import Refused
from shotgraph.making.make import Maker
from shotgraph.making.step_jobs import LocalJob
from shotgraph.model.references import Asset
from shotgraph.money.buy import buy
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from shotgraph.spans import span
from shotgraph.spec import TrimArguments
from shotgraph.store import Store
from tests.rehearsal.client import Client

PROMPT = "a prompt that is nobody else's business"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    # A provider can be set once in a process: the tests of others keep none.
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def job_of(asset: Asset) -> Job:
    endpoint = KINDS["edit"]["standard"]
    arguments = endpoint.arguments.model_validate({"video": asset, "prompt": PROMPT})
    return Job("dusk", endpoint, arguments, 1, "fal")


def attributes(found: ReadableSpan) -> dict[str, Any]:
    return dict(found.attributes or {})


async def test_a_purchase_is_seen_step_by_step(
    exported: InMemorySpanExporter, session: Callable[..., Session], asset: Asset
) -> None:
    bought = await buy(session(), job_of(asset))
    spans = {one.name: one for one in exported.get_finished_spans()}
    assert list(spans) == ["shotgraph.fal.submit", "shotgraph.fal.follow", "shotgraph.fal.fetch"]
    for one in spans.values():
        noted = attributes(one)
        assert noted["shotgraph.request_id"] == bought.result.request_id
        assert noted["shotgraph.key"] == bought.result.key
        assert noted["shotgraph.step"] == "dusk"
    fetched = attributes(spans["shotgraph.fal.fetch"])
    assert fetched["shotgraph.sha256"] == bought.result.asset.sha256
    text = " ".join(one.to_json() for one in spans.values())
    assert PROMPT not in text
    assert "://" not in text.replace("schema_url", "")
    # What is there already is not asked for.
    exported.clear()
    await buy(session(), job_of(asset))
    assert exported.get_finished_spans() == ()


async def test_of_an_error_its_class_alone_is_noted(
    exported: InMemorySpanExporter, server: Client, session: Callable[..., Session], asset: Asset
) -> None:
    await server.fault("fail", status=422, error_type="content_policy_violation")

    async def spanned() -> None:
        with span("outer"):
            await buy(session(), job_of(asset))

    with pytest.raises(Refused):
        await spanned()
    outer = next(one for one in exported.get_finished_spans() if one.name == "shotgraph.outer")
    assert outer.status.description == "Refused"
    assert outer.events == ()
    follow = exported.get_finished_spans()[1]
    assert attributes(follow)["shotgraph.succeeded"] is False


async def test_what_ffmpeg_makes_is_seen(
    exported: InMemorySpanExporter, store: Store, asset: Asset
) -> None:
    arguments = TrimArguments.model_validate({"video": asset, "seconds": 1})
    await Maker(store, SystemClock()).get(LocalJob("piece", "trim", arguments))
    (made,) = exported.get_finished_spans()
    assert made.name == "shotgraph.media"
    assert attributes(made)["shotgraph.frames"] == 24


@pytest.mark.slow
def test_the_api_is_imported_by_the_first_span() -> None:
    code = (
        "import sys, shotgraph.money.buy, shotgraph.spans\n"
        "before = 'opentelemetry' in sys.modules\n"
        "with shotgraph.spans.span('x', step='y') as noted:\n"
        "    noted.note(n=1)\n"
        "sys.exit(before)"
    )
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, check=False, cwd=Path.cwd()).returncode == 0
