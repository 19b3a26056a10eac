"""The store as a block."""

from pathlib import Path

import pytest
from prefect.blocks.core import Block
from pydantic import ValidationError

from shotgraph.blocks import MediaStore
from shotgraph.blocks.media_store import store_location
from shotgraph.errors import InvalidInput
from tests.through_prefect import PrefectServer


async def test_it_is_saved_loaded_and_opened(prefect_server: PrefectServer, tmp_path: Path) -> None:
    await MediaStore(location=str(tmp_path / "films")).asave("for-tests", overwrite=True)
    try:
        found: object = await MediaStore.aload("for-tests")
        assert isinstance(found, MediaStore)
        store = found.get_store()
        assert store.folder == tmp_path / "films"
        assert await store.records.put_if_absent("a/b.json", b"{}")
        assert await found.get_store().records.get("a/b.json") == b"{}"
    finally:
        await Block.adelete("media-store/for-tests")


async def test_a_run_finds_its_store(
    prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", "/films/of-the-environment")
    assert await store_location(None) == "/films/of-the-environment"
    await MediaStore(location="s3://films/of-the-block").asave("default")
    try:
        assert await store_location(None) == "s3://films/of-the-block"
        assert await store_location("default") == "s3://films/of-the-block"
    finally:
        await Block.adelete("media-store/default")
    for named in ("./films", "/films", "~/films", "s3://films"):
        assert await store_location(named) == named
    with pytest.raises(InvalidInput, match='no MediaStore block named "films" is saved'):
        await store_location("films")


WRONG = [
    ({"location": "ftp://example.com/films"}, r"allowed: a folder, s3://"),
    ({"location": "  "}, "it is empty; write a folder, s3://"),
    ({"endpoint_url": "minio:9000"}, "write an http or https URL"),
    ({"service_account_key": "a-canary"}, "it is no JSON; copy the whole file"),
    ({"account_key": "a-canary"}, "account_name is missing"),
    ({"access_key_id": "a-canary"}, "secret_access_key is missing"),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_can_not_be_saved(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as wrong:
        MediaStore.model_validate({"location": "s3://films", **given})
    assert "a-canary" not in str(wrong.value)
