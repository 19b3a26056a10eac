"""Where the key for fal is found: the block first, then the environment, else an error."""

from collections.abc import AsyncIterator

import pytest
from prefect.blocks.core import Block
from pydantic import SecretStr, ValidationError

from shotgraph.blocks import FalCredentials
from shotgraph.blocks.fal_credentials import fal_connection
from shotgraph.errors import MissingKey
from tests.through_prefect import PrefectServer

BLOCK_KEY, ENV_KEY = "block-id:block-secret", "env-id:env-secret"


@pytest.fixture
async def saved(prefect_server: PrefectServer) -> AsyncIterator[str]:
    name = "for-tests"
    block = FalCredentials(key=SecretStr(BLOCK_KEY), queue_url="https://queue.example.com/q/")
    await block.asave(name, overwrite=True)
    yield name
    await Block.adelete(f"fal-credentials/{name}")


async def test_it_is_saved_and_loaded(saved: str) -> None:
    found: object = await FalCredentials.aload(saved)
    assert isinstance(found, FalCredentials)
    assert found.key.get_secret_value() == BLOCK_KEY
    assert BLOCK_KEY not in repr(found)
    assert BLOCK_KEY not in found.model_dump_json()


async def test_a_saved_key_is_not_readable_in_the_database(
    saved: str, prefect_server: PrefectServer
) -> None:
    files = prefect_server.database.parent.glob(f"{prefect_server.database.name}*")
    data = b"".join(file.read_bytes() for file in files)
    assert b"for-tests" in data
    assert BLOCK_KEY.encode() not in data


async def test_the_block_comes_before_the_environment(
    saved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", ENV_KEY)
    monkeypatch.setenv("SHOTGRAPH_FAL_QUEUE_URL", "https://env.example.com/queue")
    monkeypatch.setenv("SHOTGRAPH_FAL_CDN_URL", "https://env.example.com/cdn")
    fal = await fal_connection(saved)
    assert fal.key.get_secret_value() == BLOCK_KEY
    assert fal.bases.queue_url == "https://queue.example.com/q"
    assert fal.backend == "https://queue.example.com/q"
    # What the block leaves empty is the environment's, and then fal's own.
    assert fal.bases.cdn_url == "https://env.example.com/cdn"
    assert fal.bases.rest_url == "https://rest.fal.ai"


async def test_without_a_block_the_environment_has_it(
    prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", ENV_KEY)
    for name in ("QUEUE", "RUN", "REST", "CDN", "API"):
        monkeypatch.delenv(f"SHOTGRAPH_FAL_{name}_URL", raising=False)
    fal = await fal_connection("no-such-block")
    assert fal.key.get_secret_value() == ENV_KEY
    assert (fal.bases.queue_url, fal.backend) == ("https://queue.fal.run", "fal")


@pytest.mark.parametrize("value", [None, ""])
async def test_without_either_the_error_names_both(
    prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv("FAL_KEY", raising=False)
    else:
        monkeypatch.setenv("FAL_KEY", value)
    with pytest.raises(MissingKey) as caught:
        await fal_connection("default")
    said = str(caught.value)
    assert 'FalCredentials block named "default"' in said
    assert "FAL_KEY is not set" in said
    assert "Nothing was sent" in said
    assert caught.value.exit_code == 2


def test_a_key_is_needed() -> None:
    with pytest.raises(ValidationError, match="key"):
        FalCredentials()  # type: ignore[call-arg]


def test_a_base_that_is_no_url_is_said() -> None:
    block = FalCredentials(key=SecretStr(BLOCK_KEY), queue_url="queue.fal.run")
    with pytest.raises(ValidationError, match="write an http or https URL"):
        block.get_client()
