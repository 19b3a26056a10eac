"""What the tests ask a server, in few words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from shotgraph.rehearsal import Bases, RehearsalServer
from shotgraph.rehearsal.fal_replies import app_of

EDIT = "fal-ai/kling-video/o1/standard/video-to-video/edit"
EDIT_PRO = "fal-ai/kling-video/o1/video-to-video/edit"
REFERENCE = "fal-ai/kling-video/o1/standard/video-to-video/reference"
IMAGE = "fal-ai/kling-video/o1/standard/image-to-video"
PICTURES = "fal-ai/kling-video/o1/standard/reference-to-video"


@dataclass(frozen=True)
class Client:
    http: httpx.AsyncClient
    bases: Bases
    key: str

    @classmethod
    @asynccontextmanager
    async def of(cls, server: RehearsalServer) -> AsyncIterator["Client"]:
        headers = {"Authorization": f"Key {server.key}"}
        async with httpx.AsyncClient(headers=headers, timeout=300, verify=False) as http:  # noqa: S501 - no TLS
            yield cls(http, server.bases, server.key)

    @classmethod
    @asynccontextmanager
    async def emptied(cls, server: RehearsalServer) -> AsyncIterator["Client"]:
        """Begin a new book without faults, and leave no fault behind.

        What a module shares is made before the next test has a client.
        """
        async with cls.of(server) as client:
            await client.lift()
            await client.http.delete(f"{client.control}/book")
            yield client
            await client.lift()

    @property
    def control(self) -> str:
        return self.bases.queue_url.removesuffix("/queue") + "/_rehearsal"

    async def fault(self, kind: str, **fields: Any) -> str:
        reply = await self.http.post(f"{self.control}/faults", json={"kind": kind, **fields})
        assert reply.status_code == 201, reply.text
        (fault_id,) = reply.json()["ids"]
        return str(fault_id)

    async def lift(self, fault_id: str = "") -> None:
        """Lift one fault, or all."""
        named = f"/{fault_id}" if fault_id else ""
        assert (await self.http.delete(f"{self.control}/faults{named}")).status_code == 204

    async def book(self) -> dict[str, Any]:
        body: dict[str, Any] = (await self.http.get(f"{self.control}/book")).json()
        return body

    async def jobs(self) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = (await self.book())["jobs"]
        return jobs

    async def submits(self) -> int:
        """How many submissions the server has accepted."""
        return int((await self.book())["counts"].get("submits", 0))

    async def until_drawn(self) -> None:
        """Wait until every accepted job is drawn."""
        for job in await self.jobs():
            app = f"{self.bases.queue_url}/{app_of(job['endpoint_id'])}"
            status_url = f"{app}/requests/{job['request_id']}/status"
            await Request(self.http, {"status_url": status_url}).ended()

    async def upload(self, path: Path, content_type: str = "video/mp4") -> str:
        reply = await self.http.post(
            f"{self.bases.cdn_url}/files/upload",
            content=path.read_bytes(),
            headers={"Content-Type": content_type, "X-Fal-File-Name": path.name},
        )
        assert reply.status_code == 200, reply.text
        return str(reply.json()["access_url"])

    async def post(self, body: Any, endpoint_id: str = EDIT, **query: str) -> httpx.Response:
        return await self.http.post(
            f"{self.bases.queue_url}/{endpoint_id}", json=body, params=query
        )

    async def submit(self, body: Any, endpoint_id: str = EDIT, **query: str) -> "Request":
        reply = await self.post(body, endpoint_id, **query)
        assert reply.status_code == 200, reply.text
        return Request(self.http, reply.json())

    async def outcome(self, body: Any, endpoint_id: str = EDIT) -> httpx.Response:
        return await self.outcome_of(await self.submit(body, endpoint_id))

    async def outcome_of(self, request: "Request") -> httpx.Response:
        await request.ended()
        return await request.result()

    async def film(self, body: Any, path: Path, endpoint_id: str = EDIT) -> Path:
        result = await self.outcome(body, endpoint_id)
        assert result.status_code == 200, result.text
        path.write_bytes((await self.http.get(result.json()["video"]["url"])).content)
        return path


@dataclass(frozen=True)
class Request:
    http: httpx.AsyncClient
    accepted: dict[str, Any]

    async def status(self, **query: str) -> httpx.Response:
        return await self.http.get(self.accepted["status_url"], params=query)

    async def result(self) -> httpx.Response:
        return await self.http.get(self.accepted["response_url"])

    async def cancel(self) -> httpx.Response:
        return await self.http.put(self.accepted["cancel_url"])

    async def reaches(self, state: str, **query: str) -> httpx.Response:
        async with asyncio.timeout(300):
            # The stream tells every change; polling would have to sleep.
            async with self.http.stream("GET", f"{self.accepted['status_url']}/stream") as events:
                async for line in events.aiter_lines():
                    if f'"status": "{state}"' in line:
                        break
        return await self.status(**query)

    async def ended(self, **query: str) -> httpx.Response:
        return await self.reaches("COMPLETED", **query)
