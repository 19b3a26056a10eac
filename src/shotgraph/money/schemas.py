"""Fetch an endpoint's OpenAPI document, and check a step's arguments against it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from shotgraph.clock import Clock
from shotgraph.endpoints import ENDPOINTS
from shotgraph.endpoints.openapi import SchemaFinding
from shotgraph.errors import InvalidInput, ShotgraphError, Terminal
from shotgraph.inputs.guard import check_url, fetching_client
from shotgraph.inputs.hosts import FalBases
from shotgraph.model.fields import shown_path
from shotgraph.money.attempts import MAY_BUY
from shotgraph.money.job import Job
from shotgraph.money.replies import ask, read_json
from shotgraph.money.session import Session
from shotgraph.spec.fal_arguments import FalArguments, findings_of, schema_findings
from shotgraph.store import Store

PUBLIC_URL = "https://fal.ai/api/openapi/queue/openapi.json"
MOST_BYTES = 1_000_000
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class FoundSchema:
    """The result of a search for a document.

    Attributes:
        document: The document; None if there is none.
        dated: The day on which it was read from fal.
        note: Why there is no document.
    """

    document: dict[str, Any] | None
    dated: date | None = None
    note: str = ""


async def fetch_schema(
    endpoint_id: str, *, bases: FalBases, store: Store, clock: Clock
) -> FoundSchema:
    """Get an endpoint's document: today's from the store, else from fal.

    The key is not sent. If fal can't be reached, an older document from the store is used.
    """
    url = schema_url(bases)
    folder = f"schemas/{hashlib.sha256(f'{url} {endpoint_id}'.encode()).hexdigest()[:32]}"
    today = clock.now().date()
    names = await store.records.names(folder)
    newest = await _kept(store, names[-1]) if names else None
    if newest is not None and newest.dated == today:
        return newest
    try:
        document = await _read(url, endpoint_id, bases)
    except ShotgraphError as error:
        note = f"fal's description of {endpoint_id}: {error.message}"
        return newest or FoundSchema(None, note=note)
    if document is None:
        return FoundSchema(None, note=f"fal has no description of {endpoint_id}")
    data = json.dumps({"document": document}, separators=(",", ":")).encode()
    await store.records.put_if_absent(f"{folder}/{today.isoformat()}.json", data)
    return FoundSchema(document, today)


def schema_url(bases: FalBases) -> str:
    """The URL of the documents."""
    if bases.api_url == FalBases().api_url:
        return PUBLIC_URL
    return f"{bases.api_url}/openapi/queue/openapi.json"


async def _kept(store: Store, name: str) -> FoundSchema | None:
    data = await store.records.get(name)
    try:
        document = read_json(data or b"")["document"]
        dated = date.fromisoformat(name.rpartition("/")[2].removesuffix(".json"))
    except (ValueError, LookupError, TypeError):
        return None
    return FoundSchema(document, dated) if isinstance(document, dict) else None


async def _read(url: str, endpoint_id: str, bases: FalBases) -> dict[str, Any] | None:
    check_url(url, bases)
    async with fetching_client(url, bases) as client:
        reply = await ask(
            client, "GET", url, params={"endpoint_id": endpoint_id}, deadline_s=TIMEOUT_S
        )
    if reply.code == httpx.codes.NOT_FOUND:
        return None
    if not reply.is_success:
        raise Terminal(f"HTTP {reply.code}")
    if len(reply.body) > MOST_BYTES:
        raise Terminal(f"it has over {MOST_BYTES} bytes")
    return reply.data if isinstance(reply.data, dict) else None


async def check_before_buying(session: Session, job: Job, arguments: FalArguments) -> None:
    """Check a step against the schema file that it names, else against fal's document.

    fal is asked only if the job is about to be bought. If there is no usable document, that is
    logged, and the job is bought unchecked.

    Raises:
        InvalidInput: The endpoint does not accept the arguments, or has no such output.
    """
    if arguments.endpoint in ENDPOINTS:
        return
    if arguments.schema is not None:
        check_file(job.step, arguments)
        return
    if not await is_to_be_bought(session, job):
        return
    found = await fetch_schema(
        job.endpoint.id, bases=session.fal.bases, store=session.store, clock=session.clock
    )
    if found.document is None:
        session.say(f"{job.step}: {found.note}; the step's arguments were not checked")
        return
    findings = findings_of(arguments, found.document, "fal's description")
    if [one for one in findings if one.path[0] == "schema"]:
        session.say(f"{job.step}: {findings[0].said}; the step's arguments were not checked")
        return
    _refuse(job.step, arguments, findings, f"fal's description of {found.dated}")


async def is_to_be_bought(session: Session, job: Job) -> bool:
    """Whether a job would be sent now: it has no result, and no attempt of it is open."""
    if await session.results.get(job.key) is not None:
        return False
    return (await session.ledger.latest(job.key)).state in MAY_BUY


def check_file(step: str, arguments: FalArguments) -> None:
    """Check a step against the file that it names as its schema.

    Raises:
        InvalidInput: The step does not fit; the message names every finding.
    """
    name = arguments.schema.name if arguments.schema is not None else ""
    _refuse(step, arguments, schema_findings(arguments), name)


def _refuse(step: str, arguments: FalArguments, findings: list[SchemaFinding], by: str) -> None:
    if findings:
        said = "; ".join(f"{shown_path(one.path)}: {one.said}" for one in findings)
        raise InvalidInput(f"{step}: {arguments.endpoint} ({by}): {said}. Nothing was sent")
