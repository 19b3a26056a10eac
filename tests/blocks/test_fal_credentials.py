"""Where the key for fal is found: the block first, then the environment, else an error."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr, ValidationError

from shotgraph.blocks import FalCredentials
from shotgraph.blocks.fal_credentials import check_block, fal_connection, has_block
from shotgraph.errors import BadKey, InvalidInput, MissingKey, Retryable
from tests.money.scripted import ScriptedServer, reply
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


async def test_a_block_that_was_named_has_to_be_there(
    saved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", ENV_KEY)
    await check_block("default")
    await check_block(saved)
    with pytest.raises(InvalidInput) as wrong:
        await check_block(f"{saved}z")
    said = wrong.value.message
    assert f'no FalCredentials block named "{saved}z" is saved. Nothing was sent' in said
    assert f"did you mean {saved}?" in said
    assert saved in said.partition("allowed: ")[2]
    assert ENV_KEY not in said


async def test_without_a_block_the_environment_has_it(
    prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", ENV_KEY)
    for name in ("QUEUE", "RUN", "REST", "CDN", "API"):
        monkeypatch.delenv(f"SHOTGRAPH_FAL_{name}_URL", raising=False)
    fal = await fal_connection("default")
    assert fal.key.get_secret_value() == ENV_KEY
    assert (fal.bases.queue_url, fal.backend) == ("https://queue.fal.run", "fal")


async def test_a_named_block_that_is_not_saved_is_an_error(
    prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's key may be another account's: the name says that it is not meant."""
    monkeypatch.setenv("FAL_KEY", ENV_KEY)
    with pytest.raises(InvalidInput) as caught:
        await fal_connection("no-such-block")
    assert 'no FalCredentials block named "no-such-block" is saved' in str(caught.value)
    assert "no other key was used instead" in str(caught.value)


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


WRONG_BASES = ["queue.fal.run", "ftp://queue.fal.run", "https://", "http://[::1", "https://a:b/c"]


@pytest.mark.parametrize("url", WRONG_BASES)
def test_a_base_that_is_no_url_is_said_when_the_block_is_made(url: str) -> None:
    with pytest.raises(ValidationError, match="write an http or https URL") as caught:
        FalCredentials(key=SecretStr(BLOCK_KEY), queue_url=url)
    assert "queue_url" in str(caught.value)


def test_what_surrounds_a_base_and_a_key_is_left_out() -> None:
    block = FalCredentials(key=SecretStr(f" {BLOCK_KEY}\r\n"), queue_url=" http://a.example/q/ ")
    assert block.key.get_secret_value() == BLOCK_KEY
    assert block.bases().queue_url == "http://a.example/q"
    assert FalCredentials(key=SecretStr(BLOCK_KEY), queue_url=" ").queue_url is None


@pytest.mark.parametrize(
    "key", ["", " \n", "sec\nret", "sec\u2028ret", "sec\u201dret", "schlüssel"]
)
def test_a_key_that_no_header_can_have_is_said_when_the_block_is_made(key: str) -> None:
    for given in (SecretStr(key), key):
        with pytest.raises(ValidationError, match="Copy it again") as caught:
            FalCredentials.model_validate({"key": given})
        assert "sec" not in str(caught.value)
        assert "schl" not in str(caught.value)


async def saved_as_it_is(name: str, **fields: Any) -> None:
    """Save a block as Prefect's UI does: its server does not run our checks."""
    async with get_client() as client:
        kind = await client.read_block_type_by_slug("fal-credentials")
        schema = await client.read_block_schema_by_checksum(
            FalCredentials._calculate_schema_checksum()
        )
        body = {
            "name": name,
            "data": {"key": BLOCK_KEY, **fields},
            "block_type_id": str(kind.id),
            "block_schema_id": str(schema.id),
        }
        (await client._client.post("/block_documents/", json=body)).raise_for_status()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"queue_url": "127.0.0.1:9000/queue"}, "queue_url: write an http or https URL"),
        ({"key": "sec\u2028ret"}, "key: the key for fal has a character that no key has"),
    ],
)
async def test_a_block_with_something_wrong_is_an_error_and_no_reason_to_look_elsewhere(
    fields: dict[str, Any],
    said: str,
    prefect_server: PrefectServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FAL_KEY", ENV_KEY)
    await saved_as_it_is("wrong", **fields)
    try:
        for look in (fal_connection, has_block):
            with pytest.raises(InvalidInput) as caught:
                await look("wrong")
            assert 'the FalCredentials block "wrong" is saved, and can\'t be used' in str(
                caught.value
            )
            assert said in str(caught.value)
            assert "Nothing was sent" in str(caught.value)
            assert all(secret not in str(caught.value) for secret in (BLOCK_KEY, ENV_KEY, "ret."))
    finally:
        await Block.adelete("fal-credentials/wrong")


async def test_what_prefect_does_not_say_is_no_reason_to_look_elsewhere(
    prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", ENV_KEY)

    said = "could not say whether the FalCredentials block"
    async with ScriptedServer(lambda heard: reply(200, b"<html>")) as gateway:
        elsewhere = {PREFECT_API_URL: f"{gateway.root}/api"}
        with temporary_settings(elsewhere), pytest.raises(Retryable, match=said):
            await fal_connection("default")
    assert gateway.heard


async def test_a_key_in_the_environment_that_no_header_can_have_is_said(
    prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", "env-id:\u201cenv-secret\u201d")
    with pytest.raises(BadKey) as caught:
        await fal_connection("default")
    assert str(caught.value).startswith("FAL_KEY: the key for fal has a character")
    assert "U+201C, as character 8 of 19" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code == 2
    monkeypatch.setenv("FAL_KEY", f"{ENV_KEY}\n")
    assert (await fal_connection("default")).key.get_secret_value() == ENV_KEY
