"""The block `FalCredentials`: the key for fal, and fal's addresses.

A field that may be empty is declared as text with a default, not as nullable: Prefect's UI shows
a nullable field as two tabs, ``str`` and ``None``.
"""

from typing import Annotated, Any, ClassVar, TypeAlias, TypeVar

import httpx
from prefect.blocks.abstract import CredentialsBlock
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from pydantic import (
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    WithJsonSchema,
    field_validator,
)

from shotgraph.errors import BadKey, InvalidInput, MissingKey, Retryable
from shotgraph.foreign_text import hide
from shotgraph.inputs.hosts import FalBases, backend_of, checked_base
from shotgraph.money.connection import FalConnection, KeyCheck, check_key, checked_key
from shotgraph.settings import Settings
from shotgraph.spec.meant import nearest_name

Text: TypeAlias = Annotated[str | None, WithJsonSchema({"type": "string"})]
Secret: TypeAlias = Annotated[
    SecretStr | None,
    WithJsonSchema({"type": "string", "format": "password", "writeOnly": True}),
]


Saved = TypeVar("Saved", bound=Block)


async def saved_block(kind: type[Saved], name: str) -> Saved | None:
    """Load a saved block.

    Returns:
        The block; None if no block of that name is saved. Only then may its values come from
        elsewhere: else another account would pay, or another store be filled.

    Raises:
        InvalidInput: The block is saved, and something in it is wrong. No value is shown.
        Retryable: Prefect's server could not be asked.
    """
    try:
        block = await kind.aload(name)
    except (ValueError, RuntimeError, httpx.HTTPError) as error:
        # Prefect raises ValueError for a missing block and for other reasons. Invalid values are
        # the cause of a RuntimeError.
        if isinstance(error.__cause__, ObjectNotFound):
            return None
        if isinstance(error.__cause__, ValidationError):
            raise InvalidInput(_wrong(kind, name, error.__cause__)) from None
        raise Retryable(
            f'Prefect\'s server could not say whether the {kind.__name__} block "{name}" is saved '
            f"({type(error).__name__}). Nothing was sent, and nothing else was taken in its place. "
            "Run again when the server answers"
        ) from None
    assert isinstance(block, kind)  # noqa: S101  Prefect loads by the class's own slug
    return block


async def saved_names(kind: type[Block]) -> list[str]:
    """Name the saved blocks of a kind.

    Raises:
        Retryable: Prefect's server could not be asked.
    """
    try:
        async with get_client() as client:
            found = await client.read_block_documents_by_type(kind.get_block_type_slug())
    except httpx.HTTPError as error:
        raise Retryable(
            f"Prefect's server could not say which {kind.__name__} blocks are saved "
            f"({type(error).__name__}). Nothing was sent. Run again when the server answers"
        ) from None
    return sorted(str(block.name) for block in found if not block.is_anonymous)


def _wrong(kind: type[Block], name: str, error: ValidationError) -> str:
    said = "; ".join(
        ": ".join(filter(None, [".".join(map(str, one["loc"])), _sentence(one["msg"])]))
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return (
        f'the {kind.__name__} block "{name}" is saved, and can\'t be used: {said}. Nothing was '
        "sent, and nothing else was taken in its place. Mend it in the Prefect UI, or delete it: "
        f"prefect block delete {kind.get_block_type_slug()}/{name}"
    )


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")


DEFAULT = "default"
"""The default block; if it is not saved, the environment."""
_URLS = tuple(name for name in FalBases.model_fields if name.endswith("_url"))


class FalCredentials(CredentialsBlock):
    """The key for fal, and where fal is.

    A base that is left empty is taken from the environment (``SHOTGRAPH_FAL_QUEUE_URL`` and so
    on), and is fal's public host where that says nothing.

    Attributes:
        key: The key for fal.
        queue_url: fal's queue.
        run_url: fal's synchronous host.
        rest_url: fal's storage tokens.
        cdn_url: fal's file host.
        api_url: fal's platform API.

    Example:
        Save and load a key; runs take the block named ``default`` unless they name another:
        ```python
        from shotgraph.blocks import FalCredentials

        FalCredentials(key="key-id:key-secret").save("BLOCK_NAME")
        credentials = FalCredentials.load("BLOCK_NAME")
        ```
    """

    # pydantic's message of a wrong value quotes it, and the value may be the key.
    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name: ClassVar[str] = "fal Credentials"
    _block_type_slug: ClassVar[str] = "fal-credentials"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://github.com/fal-ai.png?size=200")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl(
        "https://fal.ai/docs/documentation/setting-up/authentication"
    )

    key: SecretStr = Field(
        title="Key", description="The key for fal, as fal.ai/dashboard/keys shows it."
    )
    queue_url: Text = Field(
        default=None, title="Queue URL", description="fal's queue, if not the public one."
    )
    run_url: Text = Field(
        default=None, title="Run URL", description="fal's synchronous host, if not the public one."
    )
    rest_url: Text = Field(
        default=None, title="REST URL", description="fal's storage tokens, if not the public ones."
    )
    cdn_url: Text = Field(
        default=None, title="CDN URL", description="fal's file host, if not the public one."
    )
    api_url: Text = Field(
        default=None, title="API URL", description="fal's platform API, if not the public one."
    )

    @field_validator("key")
    @classmethod
    def _key_can_be_sent(cls, key: SecretStr) -> SecretStr:
        try:
            checked = checked_key(key)
        except BadKey as error:
            raise ValueError(error.message) from None
        hide(checked.get_secret_value())
        return checked

    @field_validator(*_URLS)
    @classmethod
    def _is_base(cls, url: str | None) -> str | None:
        return checked_base(url) if url and url.strip() else None

    def __reduce__(self) -> Any:
        # Prefect and its task runners pickle what they pass on or keep.
        raise TypeError("FalCredentials holds a key, and is never pickled: pass the block's name")

    def bases(self) -> FalBases:
        """Where fal is: this block's fields first, then the environment, then the public hosts."""
        own = {name: getattr(self, name) for name in _URLS}
        given = {name: url for name, url in own.items() if url}
        return FalBases.model_validate({**Settings().bases.model_dump(), **given})

    def get_client(self) -> httpx.AsyncClient:
        """Open a client that sends this key, and sends it to fal alone.

        Example:
            ```python
            credentials = await FalCredentials.aload("default")
            async with credentials.get_client() as client:
                reply = await client.get(f"{credentials.bases().api_url}/v1/models")
            ```
        """
        return self.get_connection().client()

    def get_connection(self) -> FalConnection:
        """Give what purchases of shotgraph need: the key, and where fal is."""
        bases = self.bases()
        return FalConnection(bases=bases, key=self.key, backend=backend_of(bases))

    async def acheck(self) -> KeyCheck:
        """Ask fal whether it knows the key; that costs nothing, and the key is in no message.

        Example:
            ```python
            check = await (await FalCredentials.aload("default")).acheck()
            print(check.said)
            ```
        """
        return await check_key(self.get_connection())


async def has_block(block: str = "default") -> bool:
    """Tell whether a FalCredentials block of that name is saved.

    Raises:
        InvalidInput: It is, and something in it is wrong.
    """
    return await saved_block(FalCredentials, block) is not None


async def check_block(block: str) -> None:
    """Check that a named block exists: without it, another account would pay.

    Args:
        block: Its name; ``default`` stands for the environment too.

    Raises:
        InvalidInput: No block of that name is saved, or something in it is wrong.
        Retryable: Prefect's server could not be asked.
    """
    if block != DEFAULT and not await has_block(block):
        raise await _no_such_block(block)


async def _no_such_block(block: str) -> InvalidInput:
    names = await saved_names(FalCredentials)
    nearest = nearest_name(block, names)
    return InvalidInput(
        f'no FalCredentials block named "{block}" is saved. Nothing was sent, and no other key was '
        f"taken in its place; allowed: {', '.join(dict.fromkeys([*names, DEFAULT]))}"
        + (f"; did you mean {nearest}?" if nearest else "")
    )


async def fal_connection(block: str = "default") -> FalConnection:
    """Find the key for fal: the block first; for ``default``, the environment after it.

    Raises:
        InvalidInput: Something in the block is wrong, or another block than ``default`` is named
            and not saved. The environment is not asked then: its key may be another account's.
        MissingKey: Neither has a key.
        BadKey: The key in the environment has characters in it that no key has.
    """
    credentials = await saved_block(FalCredentials, block)
    if credentials is not None:
        return credentials.get_connection()
    if block != DEFAULT:
        raise await _no_such_block(block)
    connection = Settings().connection()
    if connection is None:
        raise MissingKey.of(block)
    return connection
