"""A golden ledger as a store that can be worked on, whose requests a server really has."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shotgraph.endpoints import ENDPOINTS
from shotgraph.keys import Key
from shotgraph.model.references import Asset, Sha256
from shotgraph.money.attempts import Ledger
from shotgraph.money.events import Intent
from shotgraph.money.job import Job
from shotgraph.store import Store, open_store
from tests.rehearsal.client import Client

from .golden_cases import FILES_URL, QUEUE_URL
from .golden_known import Known, KnownJob
from .golden_media import GOLDEN

VERSIONS = sorted(folder.name for folder in GOLDEN.glob("v*"))


@dataclass(frozen=True)
class Golden:
    """A copy.

    Attributes:
        requests: Of each key that has a request at the server, its id there.
    """

    store: Store
    known: Known
    requests: dict[Key, str]

    @property
    def folder(self) -> Path:
        assert self.store.folder is not None
        return self.store.folder

    def jobs(self) -> list[tuple[Key, KnownJob]]:
        """What is known of each job, by its key."""
        return [(Key(key), job) for key, job in self.known.jobs.items()]

    def record(self, words: str, name: str) -> Path:
        """Find a record of a job's latest attempt."""
        key, job = next((key, job) for key, job in self.jobs() if job.words == words)
        return self.folder / "attempts" / key / f"{job.number:06d}" / f"{name}.json"

    def files(self) -> dict[str, bytes]:
        """Every record, by its name."""
        found = [path for path in self.folder.rglob("*.json") if "tmp" not in path.parts]
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in found}


def copy(version: str, folder: Path) -> Golden:
    """Copy a golden ledger."""
    shutil.copytree(GOLDEN / version / "store", folder)
    known = Known.model_validate_json((GOLDEN / version / "known.json").read_bytes())
    return Golden(open_store(str(folder)), known, {})


async def copy_onto(server: Client, version: str, folder: Path) -> Golden:
    """Copy one, and have a server take its requests: their ids there stand in for the old ones."""
    golden = copy(version, folder)
    changes: dict[str, str] = {}
    for key, job in golden.jobs():
        if job.then in ("followed", "fetched"):
            await _submit(server, golden, key, job, changes)
    move(golden, server, changes)
    return golden


def move(golden: Golden, server: Client, changes: dict[str, str]) -> None:
    """Have a copy's records name a server wherever they name fal; first make some other changes."""
    changes = {**changes, QUEUE_URL: server.bases.queue_url, FILES_URL: server.bases.cdn_url}
    for path in sorted(golden.folder.rglob("*.json")):
        path.write_text(_changed(path.read_text(), changes))
        path.rename(path.with_name(_changed(path.name, changes)))


async def _submit(
    server: Client, golden: Golden, key: Key, job: KnownJob, changes: dict[str, str]
) -> None:
    attempt = golden.folder / "attempts" / key / f"{job.number:06d}"
    intent = _json(attempt / "intent.json")
    request = await server.submit(intent["body"], intent["endpoint_id"])
    claimed = {owner: request_id for request_id, owner in golden.known.claims.items()}
    changes[claimed[key, job.number]] = request.accepted["request_id"]
    golden.requests[key] = request.accepted["request_id"]
    if job.then == "fetched":
        await request.ended()
        made = (await request.result()).json()["video"]["url"]
        changes[_json(attempt / "ended.json")["output"]["video"]["url"]] = made


def _json(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_bytes())
    return read


def _changed(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


async def job_of(store: Store, key: Key) -> Job:
    """Make a job anew from what its latest intent says of it."""
    intent = (await Ledger(store.records).latest(key)).find(Intent)
    assert intent is not None
    endpoint = ENDPOINTS[intent.endpoint_id]
    arguments = endpoint.arguments.model_validate(_with_assets(json.loads(intent.arguments)))
    return Job(intent.step, endpoint, arguments, intent.take, intent.backend)


def _with_assets(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"sha256"}:
        sha256 = Sha256(value["sha256"])
        return Asset(sha256=sha256, kind="image", size_bytes=0, content_type="")
    if isinstance(value, dict):
        return {name: _with_assets(item) for name, item in value.items()}
    return [_with_assets(item) for item in value] if isinstance(value, list) else value
