"""A film that has ended waits for a server that is away, so that its end is known there."""

from collections.abc import Iterator

import httpx
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.settings import PREFECT_API_URL, temporary_settings

from shotgraph.flows.prefect_server import LONGEST_AWAY_S, until_it_answers
from tests.money.clocks import SteppingClock
from tests.money.scripted import ScriptedServer, reply


@pytest.fixture(autouse=True)
def without_a_server_of_its_own() -> Iterator[None]:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        yield


async def test_it_asks_until_the_server_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Exception | None] = [httpx.ConnectError("away"), httpx.ReadTimeout("away"), None]

    async def answer(_: PrefectClient) -> Exception | None:
        return answers.pop(0)

    monkeypatch.setattr(PrefectClient, "api_healthcheck", answer)
    clock = SteppingClock()
    await until_it_answers(clock)
    assert answers == []
    assert len(clock.slept) == 2


async def test_it_asks_a_real_server_once() -> None:
    async with ScriptedServer(lambda _: reply(200, True)) as server:
        with temporary_settings({PREFECT_API_URL: f"{server.root}/api"}):
            clock = SteppingClock()
            await until_it_answers(clock)
    assert clock.slept == []
    assert [heard.path for heard in server.heard][-1].endswith("/health")


async def test_it_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_: PrefectClient) -> Exception | None:
        return httpx.ConnectError("away")

    monkeypatch.setattr(PrefectClient, "api_healthcheck", answer)
    clock = SteppingClock()
    await until_it_answers(clock)
    assert sum(clock.slept) == LONGEST_AWAY_S
