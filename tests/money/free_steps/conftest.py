"""A rehearsal, a store and a clock as `tests.money` has them; a step of some other endpoint."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from PIL import Image

from shotgraph.making.shots import draw_fal
from shotgraph.money.buy import Bought
from shotgraph.money.session import Session
from shotgraph.spec.fal_arguments import FalArguments
from tests.making.conftest import clock
from tests.money.conftest import fal, running, said, server, session, store
from tests.rehearsal.client import Client

__all__ = ["clock", "fal", "running", "said", "server", "session", "store"]

ENDPOINT = "fal-ai/some/model"
Draw: TypeAlias = Callable[..., Awaitable[Bought]]
Publish: TypeAlias = Callable[..., Awaitable[None]]


def body_of(**fields: Any) -> FalArguments:
    given = {"endpoint": ENDPOINT, "price_usd": "0.05", "arguments": {"prompt": "calm sea"}}
    return FalArguments.model_validate({**given, **fields})


@pytest.fixture
def draw(session: Callable[..., Session]) -> Draw:
    """Run one step, in a session of its own."""

    async def drawn(*, take: int = 1, of: Session | None = None, **fields: Any) -> Bought:
        return await draw_fal(of or session(), "music", body_of(**fields), take)

    return drawn


@pytest.fixture
async def publish(server: Client) -> AsyncIterator[Publish]:
    """Let fal describe the endpoint, for as long as one test takes."""

    async def put(description: dict[str, Any]) -> None:
        query = {"endpoint_id": ENDPOINT}
        reply = await server.http.put(f"{server.control}/schemas", params=query, json=description)
        assert reply.status_code == 204

    yield put
    await server.http.delete(f"{server.control}/schemas")


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "still.png"
    Image.new("RGB", (64, 48), (200, 30, 30)).save(path)
    return path
