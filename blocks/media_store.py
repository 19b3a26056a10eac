"""The block `MediaStore`: the place of clips and records."""

import json
from typing import Any, ClassVar, Self

from prefect.blocks.core import Block
from pydantic import ConfigDict, Field, HttpUrl, SecretStr, field_validator, model_validator

from shotgraph.blocks.fal_credentials import Secret, Text, saved_block
from shotgraph.errors import InvalidInput
from shotgraph.foreign_text import hide_all
from shotgraph.inputs.hosts import checked_base
from shotgraph.settings import Settings
from shotgraph.store import Store, open_store
from shotgraph.store.store import Access, checked_location, remember_access

_FIELDS = {
    "access_key_id": "access_key_id",
    "secret_access_key": "secret_access_key",
    "session_token": "session_token",
    "region": "region",
    "endpoint_url": "endpoint",
    "service_account_key": "service_account_key",
    "account_name": "account_name",
    "account_key": "account_key",
}
"""obstore's names of the fields that open a bucket."""


class MediaStore(Block):
    """The place of clips and records: everything that lasts longer than a run.

    Without keys in the fields, a bucket is opened with the credentials of the environment or of the
    machine's own role. The keys go into no parameter, log or process: runs get the name of the
    block, and read it where it is needed.

    Attributes:
        location: A folder, or a bucket as s3://, gs:// or az://.
        access_key_id: S3: the id of an access key.
        secret_access_key: S3: the secret of the access key.
        session_token: S3: the session token of a temporary access key.
        region: S3: the bucket's region.
        endpoint_url: S3: the bucket's server, if not Amazon.
        service_account_key: Google Cloud: the JSON of a service account's key.
        account_name: Azure: the storage account.
        account_key: Azure: the key of the storage account.

    Example:
        Save and load a store:
        ```python
        from shotgraph.blocks import MediaStore

        MediaStore(location="s3://our-films/shotgraph", region="eu-central-1").save("BLOCK_NAME")
        media_store = MediaStore.load("BLOCK_NAME")
        store = media_store.get_store()
        ```
    """

    # pydantic's error message quotes a wrong value, and the value may be a key.
    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name: ClassVar[str] = "Media Store"
    _block_type_slug: ClassVar[str] = "media-store"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://github.com/FFmpeg.png?size=200")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl(
        "https://developmentseed.org/obstore/latest/getting-started/"
    )

    location: str = Field(
        title="Location", description="A folder, or a bucket as s3://…, gs://… or az://…."
    )

    access_key_id: Secret = Field(
        default=None,
        title="Access key ID (S3)",
        description="With its secret; if empty, the environment's or the machine's role is used.",
    )
    secret_access_key: Secret = Field(
        default=None, title="Secret access key (S3)", description="The secret of the access key."
    )
    session_token: Secret = Field(
        default=None, title="Session token (S3)", description="For a temporary access key."
    )
    region: Text = Field(default=None, title="Region (S3)", description="Such as eu-central-1.")
    endpoint_url: Text = Field(
        default=None,
        title="Endpoint URL (S3)",
        description="The bucket's server, if not Amazon: MinIO, R2, Ceph.",
    )
    service_account_key: Secret = Field(
        default=None,
        title="Service account key (Google Cloud)",
        description="The whole JSON of the key.",
    )
    account_name: Text = Field(
        default=None, title="Account name (Azure)", description="The storage account."
    )
    account_key: Secret = Field(
        default=None, title="Account key (Azure)", description="The storage account's key."
    )

    @field_validator(*_FIELDS, mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        # An empty field of a form is an empty text.
        return None if value == "" else value

    @field_validator("location")
    @classmethod
    def _is_a_place(cls, location: str) -> str:
        if not location.strip():
            raise ValueError("it is empty; write a folder, s3://…, gs://… or az://…")
        try:
            return checked_location(location.strip())
        except InvalidInput as error:
            raise ValueError(error.message) from None

    @field_validator("endpoint_url")
    @classmethod
    def _is_base(cls, url: str | None) -> str | None:
        return checked_base(url) if url else None

    @field_validator("service_account_key")
    @classmethod
    def _is_json(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not _is_object(key.get_secret_value()):
            raise ValueError("it is no JSON; copy the whole file of the key, braces and all")
        return key

    @model_validator(mode="after")
    def _key_and_secret(self) -> Self:
        for name in _FIELDS:
            if isinstance(secret := getattr(self, name), SecretStr):
                hide_all(secret.get_secret_value())
        if (self.access_key_id is None) != (self.secret_access_key is None):
            missing = "secret_access_key" if self.access_key_id else "access_key_id"
            raise ValueError(f"{missing} is missing: an S3 access key is an id and a secret")
        if self.account_key is not None and self.account_name is None:
            raise ValueError("account_name is missing: an account key belongs to one")
        return self

    def __reduce__(self) -> Any:
        # Prefect and its task runners pickle the values that they pass on or keep.
        raise TypeError("MediaStore holds keys, and is never pickled: pass the block's name")

    def get_store(self) -> Store:
        """Open the store.

        Raises:
            InvalidInput: The store can't be opened.
        """
        self.open_to_all()
        return open_store(self.location)

    def open_to_all(self) -> None:
        """Use these keys for every store of this location in this process."""
        given = {name: getattr(self, field) for field, name in _FIELDS.items()}
        secrets = {name: one for name, one in given.items() if isinstance(one, SecretStr)}
        settings = {name: one for name, one in given.items() if isinstance(one, str)}
        if secrets or settings:
            remember_access(self.location, Access(secrets, settings))


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def is_place(named: str) -> bool:
    """Whether a store is named by a folder or a bucket's URL, and not by a block."""
    return "/" in named or named.startswith(("~", "."))


async def store_location(named: str | None) -> str:
    """Find the location of clips and records.

    Args:
        named: A folder, a bucket's URL, or the name of a MediaStore block; None for the block
            "default" or, if it is not saved, the environment's store.

    Raises:
        InvalidInput: No block of that name is saved, or something in it is wrong.
    """
    if named is not None and is_place(named):
        return named
    block = await saved_block(MediaStore, named or "default")
    if block is None and named is None:
        return Settings().store
    if block is None:
        raise InvalidInput(
            f'no MediaStore block named "{named}" is saved; allowed: the name of one, a folder '
            "(with a slash in it), s3://…, gs://… or az://…"
        )
    block.open_to_all()
    return block.location


async def pinned_store(named: str | None) -> tuple[str, Store]:
    """Find the store, and a name by which a run on another machine finds the same store.

    Args:
        named: As for `store_location`.

    Returns:
        The name of a block, a bucket's URL or an absolute path; and the store.

    Raises:
        InvalidInput: No block of that name is saved, something in it is wrong, or the store can't
            be opened.
    """
    store = open_store(await store_location(named))
    if named is None and await saved_block(MediaStore, "default") is not None:
        return "default", store
    if named is not None and not is_place(named):
        return named, store
    return str(store.folder) if store.folder is not None else store.location, store
