"""A bucket's keys are in its block, and nowhere else."""

import copy
import logging
from pathlib import Path

import pytest
from prefect.blocks.core import Block
from pydantic import SecretStr, ValidationError

from shotgraph.blocks import MediaStore
from shotgraph.blocks.media_store import store_location
from shotgraph.store import open_store
from shotgraph.store import store as access
from shotgraph.store.store import Access
from shotgraph.tasks import RunSettings
from tests.crash.s3_server import BUCKET, open_s3
from tests.through_prefect import PrefectServer

KEY_ID, SECRET = "AKIA-of-the-block", "secret-of-the-block"
LOCATION = f"s3://{BUCKET}/shotgraph"


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_known", {})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)


def block_of(endpoint_url: str) -> MediaStore:
    return MediaStore(
        location=LOCATION,
        access_key_id=SecretStr(KEY_ID),
        secret_access_key=SecretStr(SECRET),
        region="us-east-1",
        endpoint_url=endpoint_url,
    )


@pytest.mark.slow
async def test_a_run_opens_the_bucket_that_its_block_names(
    prefect_server: PrefectServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_s3() as environment:
        await block_of(environment["AWS_ENDPOINT_URL"]).asave("bucket", overwrite=True)
        try:
            location = await store_location("bucket")
        finally:
            await Block.adelete("media-store/bucket")
        # All that a task is told is the location, as its parameters are on record.
        settings = RunSettings(store=location)
        assert settings.model_dump(exclude_none=True)["store"] == LOCATION
        assert SECRET not in settings.model_dump_json()
        store = settings.open_store()
        assert await store.records.put_if_absent("a/b.json", b"{}")
        assert not await store.records.put_if_absent("a/b.json", b"{}")
        assert await open_store(LOCATION).records.get("a/b.json") == b"{}"
        said = f"{store!r} {store.records!r} {access._known!r} {caplog.text}"
    assert SECRET not in said
    assert KEY_ID not in said


def test_what_a_form_leaves_empty_is_not_given() -> None:
    block = MediaStore.model_validate(
        {"location": LOCATION, "region": "", "endpoint_url": "", "access_key_id": ""}
    )
    block.open_to_all()
    assert (block.region, block.access_key_id) == (None, None)
    assert access._known == {}


def test_half_a_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="secret_access_key is missing"):
        MediaStore(location=LOCATION, access_key_id=SecretStr(KEY_ID))
    with pytest.raises(ValidationError, match="access_key_id is missing"):
        MediaStore(location=LOCATION, secret_access_key=SecretStr(SECRET))


def test_what_opens_a_store_is_never_pickled() -> None:
    held = Access({"secret_access_key": SecretStr(SECRET)}, {"endpoint": "http://127.0.0.1:1"})
    assert held.allows_http
    assert SECRET not in repr(held)
    with pytest.raises(TypeError, match="never pickled"):
        copy.deepcopy(held)


def test_other_clouds_are_opened_with_their_own_names() -> None:
    azure = MediaStore(
        location="az://films/shotgraph",
        account_name="ours",
        account_key=SecretStr("c2VjcmV0"),
    )
    assert azure.get_store().folder is None
    known = access._known["az://films/shotgraph"].config()
    assert known == {"account_name": "ours", "account_key": "c2VjcmV0"}
