"""Places at fal under a limit of Prefect's: kept where there is one, and never in a job's way."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.settings import PREFECT_API_URL, temporary_settings

from shotgraph.tasks import semaphore
from shotgraph.tasks.semaphore import permits_at_fal
from tests.through_prefect import PrefectServer

LIMIT = "fal-of-tests"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine answers late, and a job that has no answer goes on without a place."""
    monkeypatch.setattr(semaphore, "ANSWER_S", 300.0)


@pytest.fixture
async def limit(prefect_server: PrefectServer) -> AsyncIterator[str]:
    async with get_client() as prefect:
        given = GlobalConcurrencyLimitCreate(name=LIMIT, limit=1)
        await prefect.create_global_concurrency_limit(given)
        yield LIMIT
        await prefect.delete_global_concurrency_limit_by_name(LIMIT)


async def taken_of(prefect_server: PrefectServer) -> int:
    async with httpx.AsyncClient(timeout=300) as http:
        reply = await http.get(f"{prefect_server.api_url}/v2/concurrency_limits/{LIMIT}")
        return int(reply.raise_for_status().json()["active_slots"])


async def test_so_many_jobs_at_a_time_and_each_in_its_turn(
    prefect_server: PrefectServer, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semaphore, "LONGEST_PAUSE_S", 0.05)
    said: list[str] = []
    give = permits_at_fal(None, limit, said.append)
    inside: list[str] = []
    order: list[str] = []

    async def job(name: str) -> None:
        async with give(name):
            inside.append(name)
            order.append(name)
            assert inside == [name]
            assert await taken_of(prefect_server) == 1
            inside.remove(name)

    names = [f"job {number}" for number in range(4)]
    await asyncio.gather(*map(job, names))
    assert order == names
    assert await taken_of(prefect_server) == 0
    assert all("waiting for a place at fal" in line for line in said)


async def test_where_there_is_no_limit_nobody_is_told_of_it(
    prefect_server: PrefectServer, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    give = permits_at_fal(None, "no such limit", said.append)
    async with give("one"), give("two"):
        pass
    assert said == []
    assert "no such limit" not in caplog.text


async def test_a_job_goes_on_without_a_prefect_that_is_gone(prefect_server: PrefectServer) -> None:
    said: list[str] = []
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        give = permits_at_fal(None, "lost", said.append)
        async with give("one"), give("two"):
            pass
    (line,) = said
    assert "continuing without the limit" in line


async def test_a_lease_that_is_lost_does_not_end_a_job(
    prefect_server: PrefectServer, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()
    renew = PrefectClient.renew_concurrency_lease

    async def renewed(*given: object) -> object:
        try:
            return await renew(*given)  # type: ignore[arg-type]
        finally:
            asked.set()

    monkeypatch.setattr(semaphore, "RENEWED_EVERY_S", 0.01)
    monkeypatch.setattr(PrefectClient, "renew_concurrency_lease", renewed)
    async with permits_at_fal(None, limit, print)("one"):
        async with get_client() as prefect, httpx.AsyncClient(timeout=300) as http:
            await prefect.delete_global_concurrency_limit_by_name(LIMIT)
            await http.post(
                f"{prefect_server.api_url}/v2/concurrency_limits/",
                json={"name": LIMIT, "limit": 1},
            )
        asked.clear()
        await asked.wait()


async def test_one_process_may_have_a_limit_of_its_own(prefect_server: PrefectServer) -> None:
    give = permits_at_fal(2, "no such limit", print)
    inside = most = 0

    async def job(name: str) -> None:
        nonlocal inside, most
        async with give(name):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(job(f"job {number}") for number in range(6)))
    assert most == 2


async def test_a_step_that_is_stopped_waits_for_no_server(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(client: PrefectClient, lease_id: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(PrefectClient, "release_concurrency_slots_with_lease", hangs)
    monkeypatch.setattr(semaphore, "STOPPED_S", 0.01)
    begun, said = asyncio.Event(), list[str]()

    async def job() -> None:
        async with permits_at_fal(None, limit, said.append)("job"):
            begun.set()
            await asyncio.Event().wait()

    step = asyncio.create_task(job())
    await begun.wait()
    monkeypatch.setattr(semaphore, "ANSWER_S", 3600.0)
    step.cancel()
    async with asyncio.timeout(300):
        await asyncio.gather(step, return_exceptions=True)
    assert step.cancelled()
