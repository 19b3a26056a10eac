"""Cached is what the store has, with its bytes; Prefect keeps no keys, and decides nothing."""

import os
from pathlib import Path
from typing import Any

import pytest
from prefect import flow, task
from prefect.cache_policies import INPUTS, NO_CACHE
from prefect.locking.memory import MemoryLockManager
from prefect.transactions import IsolationLevel, get_transaction

import shotgraph.tasks
from shotgraph.inputs.hosts import FalBases, backend_of
from shotgraph.making.given_arguments import checked
from shotgraph.tasks import Made, RunSettings, edit, trim
from shotgraph.tasks.step import found_now
from tests.media.coded_clips import write_clip
from tests.rehearsal.client import Client
from tests.tasks.calls import call
from tests.through_prefect import PrefectServer


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("small") / "small.mp4", clip=3, frames=24, rate=24)


@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_the_second_time_it_is_cached_and_only_with_its_bytes(
    small: Path, tmp_path: Path
) -> None:
    first = await call(trim, str(small), seconds="1/2")
    assert (first.state.name, first.value["how"]) == ("Completed", "ran")
    second = await call(trim, str(small), seconds="1/2")
    assert second.state.name == "Cached"
    assert second.value == {**first.value, "how": "cached"}

    @flow
    async def trims() -> str:
        return (await trim(str(small), seconds="1/2"))["sha256"]

    assert await trims() == first.value["sha256"]
    sha256 = first.value["sha256"]
    asset = tmp_path / "store" / "objects" / sha256[:2] / sha256
    asset.chmod(0o600)
    asset.unlink()
    third = await call(trim, str(small), seconds="1/2")
    assert (third.state.name, third.value["how"]) == ("Completed", "ran")
    assert asset.is_file()


def test_prefect_asks_for_no_key() -> None:
    # It would be asked before the task begins, in the event loop of all others.
    ours = [getattr(shotgraph.tasks, name) for name in shotgraph.tasks.__all__]
    policies = [one.cache_policy for one in ours if hasattr(one, "cache_policy")]
    assert len(policies) >= 9
    assert all(isinstance(one, type(NO_CACHE)) for one in policies)


@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_a_lock_of_a_persons_own_policy_is_given_back_once(small: Path) -> None:
    locks = MemoryLockManager()  # type: ignore[no-untyped-call]
    policy = INPUTS.configure(isolation_level=IsolationLevel.SERIALIZABLE, lock_manager=locks)
    mine = trim.with_options(cache_policy=policy, refresh_cache=True)
    for _ in range(2):
        assert (await call(mine, str(small), seconds="1/3")).state.is_completed()


@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_a_transaction_of_somebody_elses_stays_theirs(small: Path) -> None:
    await call(trim, str(small), seconds="1/2")

    @task
    async def uses_it() -> tuple[str, bool]:
        made = await trim.fn(str(small), seconds="1/2")
        found = get_transaction()
        return made["how"], found is not None and found.is_committed()

    @flow
    async def calls_it() -> tuple[str, bool]:
        return await uses_it()

    assert await calls_it() == ("cached", False)


async def test_a_paid_step_is_found_once_its_clip_is_there(
    at_fal: Client, shot: Path, tmp_path: Path, prefect_server: PrefectServer
) -> None:
    backend = backend_of(FalBases.model_validate(at_fal.bases.as_dict()))
    settings = RunSettings(backend=backend)
    inputs: dict[str, Any] = {"video": str(shot), "prompt": "key", "tier": "standard", "take": 1}
    inputs |= {"keep_audio": None, "images": None, "elements": None}

    def found(**changed: Any) -> Made | None:
        given = {**inputs, "settings": settings, **changed}
        own, tier, take = given.pop("settings"), given.pop("tier"), given.pop("take")
        return found_now(checked("edit", given, tier, take), own)

    assert found() is None
    made = (await call(edit, str(shot), prompt="key", settings=settings)).value
    there = {**made, "how": "cached", "cost_usd": "0"}
    assert found() == there
    assert found(take=2) is None
    assert found(tier="pro") is None
    assert found(prompt="key?") is None
    assert found(settings=RunSettings(backend="rehearsal")) is None
    assert found(settings=None) is None
    assert found(settings=RunSettings()) is None
    # Where a clip lies is not part of what it is.
    elsewhere = tmp_path / "elsewhere.mp4"
    os.link(shot, elsewhere)
    assert found(video=str(elsewhere)) == there

    ended = await call(edit, str(elsewhere), prompt="key", settings=settings)
    assert (ended.state.name, ended.value["cost_usd"]) == ("Cached", "0")
    (asset,) = (tmp_path / "store" / "objects").glob(f"*/{made['sha256']}")
    asset.chmod(0o600)
    asset.unlink()
    assert found() is None
    again = (await call(edit, str(shot), prompt="key", settings=settings)).value
    assert again["sha256"] == made["sha256"]
    assert (await at_fal.book())["counts"]["submits"] == 1
