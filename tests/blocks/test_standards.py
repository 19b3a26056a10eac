"""Prefect's own standards for blocks, and what a server makes of ours."""

from importlib.metadata import entry_points
from typing import Any
from urllib.parse import urlsplit

import pytest
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite

from shotgraph.blocks import FalCredentials, FilmCertificate, KlingJob, MediaStore
from tests.through_prefect import PrefectServer


class _Standards(BlockStandardTestSuite):
    def test_has_a_valid_image(self, block: type[Block]) -> None:
        # Prefect's own test fetches the picture; ours stay offline.
        for url in (block._logo_url, block._documentation_url):
            parts = urlsplit(str(url))
            assert (parts.scheme, bool(parts.hostname)) == ("https", True)
            assert parts.username is None


class TestFalCredentials(_Standards):
    @pytest.fixture
    def block(self) -> type[Block]:
        return FalCredentials


class TestMediaStore(_Standards):
    @pytest.fixture
    def block(self) -> type[Block]:
        return MediaStore


class TestFilmCertificate(_Standards):
    @pytest.fixture
    def block(self) -> type[Block]:
        return FilmCertificate


class TestKlingJob(_Standards):
    @pytest.fixture
    def block(self) -> type[Block]:
        return KlingJob


def test_prefect_finds_them_by_the_entry_point() -> None:
    (found,) = (one for one in entry_points(group="prefect.collections") if one.name == "shotgraph")
    module = found.load()
    assert module.FalCredentials is FalCredentials
    assert module.MediaStore is MediaStore
    assert module.KlingJob is KlingJob
    assert module.FilmCertificate is FilmCertificate


@pytest.mark.parametrize(
    ("slug", "name", "fields"),
    [
        (
            "fal-credentials",
            "fal Credentials",
            {"key", "queue_url", "run_url", "rest_url", "cdn_url", "api_url"},
        ),
        (
            "film-certificate",
            "Film Certificate",
            {"chain", "private_key", "algorithm", "time_authority"},
        ),
        (
            "kling-job",
            "Kling Job",
            {"kind", "arguments", "credentials", "tier", "take", "store", "max_usd"},
        ),
        (
            "media-store",
            "Media Store",
            {
                "location",
                "access_key_id",
                "secret_access_key",
                "session_token",
                "region",
                "endpoint_url",
                "service_account_key",
                "account_name",
                "account_key",
            },
        ),
    ],
)
async def test_a_server_registers_them_by_itself(
    prefect_server: PrefectServer, slug: str, name: str, fields: set[str]
) -> None:
    # Before anything of this process could have done so.
    assert slug in prefect_server.block_types
    async with get_client() as client:
        found = await client.read_block_type_by_slug(slug)
        schemas = await client.read_block_schemas()
    assert (found.name, found.slug) == (name, slug)
    assert found.logo_url is not None
    (schema,) = (schema for schema in schemas if schema.block_type_id == found.id)
    assert set(schema.fields["properties"]) == fields
    assert all(field["title"] for field in schema.fields["properties"].values())


def test_what_is_secret_is_known_as_such() -> None:
    schema: dict[str, Any] = FalCredentials.model_json_schema()
    assert schema["required"] == ["key"]
    assert schema["secret_fields"] == ["key"]
    store = MediaStore.model_json_schema()
    # A block without a field that must be given is refused as a parameter.
    assert store["required"] == ["location"]
    secrets = {"access_key_id", "secret_access_key", "session_token"}
    assert set(store["secret_fields"]) == secrets | {"service_account_key", "account_key"}
