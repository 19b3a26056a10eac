"""The key goes to fal, and nowhere else: not into a log, a record, a file or an error."""

import base64
import copy
import logging
import pickle  # noqa: TID251  what must fail is tried
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from shotgraph.endpoints import KINDS
from shotgraph.errors import ShotgraphError
from shotgraph.inputs.hosts import FalBases, backend_of
from shotgraph.model.references import Asset
from shotgraph.money.buy import buy
from shotgraph.money.connection import FalConnection
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from shotgraph.rehearsal import Options, RehearsalServer
from tests.rehearsal.client import Client

KEY = "canary-1f6d:s3cret+canary/0f=="
SPELLINGS = [
    KEY,
    KEY.partition(":")[2],
    quote(KEY, safe=""),
    base64.b64encode(KEY.encode()).decode(),
    base64.b64encode(KEY.encode()).decode().rstrip("=")[:24],
]


@pytest.fixture(scope="module")
def locked() -> Iterator[RehearsalServer]:
    """A rehearsal that takes the canary for its key."""
    with RehearsalServer(Options(key=KEY, queue_s=0, run_s=0, quick=True)) as server:
        yield server


@pytest.fixture
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "fal_client", "asyncio", "shotgraph"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


FAULTS: list[dict[str, Any] | None] = [
    None,
    {"kind": "refuse", "at": "submit", "status": 401},
    {"kind": "refuse", "at": "submit", "status": 403},
    {"kind": "refuse", "at": "submit", "status": 429},
    {"kind": "drop", "at": "submit"},
    {"kind": "hang", "at": "submit"},
    {"kind": "status", "at": "submit", "status": 502, "body": "nginx"},
    {"kind": "redirect", "at": "submit", "target": "http://127.0.0.1:9/"},
    {"kind": "refuse", "at": "token", "status": 500},
    {"kind": "refuse", "at": "upload", "status": 422},
    {"kind": "refuse", "at": "status", "status": 401},
    {"kind": "refuse", "at": "result", "status": 404},
    {"kind": "html", "at": "result"},
    {"kind": "cut_short", "at": "media"},
    {"kind": "refuse", "at": "listing", "status": 500},
    {"kind": "fail", "status": 422, "error_type": "content_policy_violation"},
    {"kind": "fail_request", "status": 503, "error_type": "runner_disconnected"},
]


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values())) if fault else "done"
)
async def test_no_sink_holds_the_key(
    locked: RehearsalServer,
    session: Callable[..., Session],
    asset: Asset,
    said: list[str],
    everything_is_logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    fault: dict[str, Any] | None,
) -> None:
    bases = FalBases.model_validate(locked.bases.as_dict())
    fal = FalConnection(bases, SecretStr(KEY), backend_of(bases))
    hangs = fault is not None and fault["kind"] == "hang"
    bought = replace(session(windows=Windows(look_s=0, reply_s=1 if hangs else 30)), fal=fal)
    endpoint = KINDS["edit"]["standard"]
    arguments = endpoint.arguments.model_validate({"prompt": "dusk", "video": asset})
    job = Job("dusk", endpoint, arguments, 1, fal.backend)
    shown: list[str] = []
    async with Client.of(locked) as server:
        await server.lift()
        if fault is not None:
            await server.fault(**fault)
        try:
            # A job whose answer was lost may have been found at once.
            shown.append(repr(await buy(bought, job)))
        except ShotgraphError as error:
            assert fault is not None
            shown += [str(error), repr(error), *traceback.format_exception(error)]
            shown.append(repr(error.__reduce__()))
        await server.lift()
    shown += [repr(bought), repr(fal), repr(job), *said, *capfd.readouterr()]
    records = everything_is_logged.records
    assert any(record.name.startswith("http") for record in records), "the logs are listened to"
    shown += [f"{record.getMessage()} {record.args!r} {record.exc_text}" for record in records]
    assert bought.store.folder is not None
    files = [path for path in bought.store.folder.rglob("*") if path.is_file()]
    kept = [path.read_bytes() for path in files]
    for spelling in SPELLINGS:
        assert not [text for text in shown if spelling in text]
        assert not [data for data in kept if spelling.encode() in data]
    assert len(files) >= 1


def test_a_connection_is_not_pickled(fal: FalConnection) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="never pickled"):
            pickle.dumps(fal, protocol)
    with pytest.raises(TypeError):
        copy.copy(fal)


def test_a_session_is_not_pickled(session: Callable[..., Session]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        pickle.dumps(session())


def test_a_client_does_not_show_the_key(fal: FalConnection) -> None:
    client = replace(fal, key=SecretStr(KEY)).client()
    assert KEY not in repr(client.headers)
    assert KEY in client.headers["Authorization"]


def test_the_loggers_of_the_transport_are_quiet() -> None:
    # At INFO they write whole URLs, and a signed URL is a secret.
    for name in ("httpx", "httpcore"):
        assert logging.getLogger(name).getEffectiveLevel() >= logging.WARNING
