"""The block `FalCredentials`: the key for fal, and fal's addresses.

A field that may be empty is declared as text with a default, not as nullable: Prefect's UI shows a
nullable field as two tabs, ``str`` and ``None``.
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
        elsewhere: otherwise another account could pay, or another store be filled.

    Raises:
        InvalidInput: The block is saved, and something in it is wrong. The message shows no value.
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
            f"({type(error).__name__}). Nothing was sent, and no other block was used instead. "
            "Run again when the server answers"
        ) from None
    assert isinstance(block, kind)  # noqa: S101  Prefect loads by the class's own slug
    return block


async def saved_names(kind: type[Block]) -> list[str]:
    """Return the names of the saved blocks of a kind.

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
        "sent, and no other block was used instead. Correct the block in the Prefect UI, or "
        "delete it: "
        f"prefect block delete {kind.get_block_type_slug()}/{name}"
    )


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")


DEFAULT = "default"
"""The default block; if it is not saved, the environment is used."""
_URLS = tuple(FalBases.urls())


class FalCredentials(CredentialsBlock):
    """The key for fal, and fal's addresses.

    An empty address is taken from the environment (``SHOTGRAPH_FAL_QUEUE_URL`` and so on), or else
    is fal's public host.

    Attributes:
        key: The key for fal.
        queue_url: The address of fal's queue.
        run_url: The address of fal's synchronous host.
        rest_url: The address for fal's storage tokens.
        cdn_url: The address of fal's file host.
        api_url: The address of fal's platform API.

    Example:
        Save and load a key; runs use the block named ``default`` unless they name another block:
        ```python
        from shotgraph.blocks import FalCredentials

        FalCredentials(key="key-id:key-secret").save("BLOCK_NAME")
        credentials = FalCredentials.load("BLOCK_NAME")
        ```
    """

    # pydantic's error message quotes a wrong value, and the value may be the key.
    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name: ClassVar[str] = "fal Credentials"
    _block_type_slug: ClassVar[str] = "fal-credentials"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://github.com/fal-ai.png?size=200")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl(
        "https://fal.ai/docs/documentation/setting-up/authentication"
    )

    key: SecretStr = Field(title="Key", description="The key for fal, from fal.ai/dashboard/keys.")
    queue_url: Text = Field(
        default=None, title="Queue URL", description="fal's queue, if not the public queue."
    )
    run_url: Text = Field(
        default=None, title="Run URL", description="fal's synchronous host, if not the public host."
    )
    rest_url: Text = Field(
        default=None, title="REST URL", description="fal's storage tokens, if not the public host."
    )
    cdn_url: Text = Field(
        default=None, title="CDN URL", description="fal's file host, if not the public host."
    )
    api_url: Text = Field(
        default=None, title="API URL", description="fal's platform API, if not the public API."
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
        # Prefect and its task runners pickle the values that they pass on or keep.
        raise TypeError("FalCredentials holds a key, and is never pickled: pass the block's name")

    def bases(self) -> FalBases:
        """fal's addresses: from this block, else from the environment, else the public hosts."""
        return Settings().bases.with_own({name: getattr(self, name) for name in _URLS})

    def get_client(self) -> httpx.AsyncClient:
        """Open a client that sends this key, and only to fal.

        Example:
            ```python
            credentials = await FalCredentials.aload("default")
            async with credentials.get_client() as client:
                reply = await client.get(f"{credentials.bases().api_url}/v1/models")
            ```
        """
        return self.get_connection().client()

    def get_connection(self) -> FalConnection:
        """Return the key and addresses, as shotgraph's purchases need them."""
        bases = self.bases()
        return FalConnection(bases=bases, key=self.key, backend=backend_of(bases))

    async def acheck(self) -> KeyCheck:
        """Ask fal whether it knows the key; this costs nothing, and no message contains the key.

        Example:
            ```python
            check = await (await FalCredentials.aload("default")).acheck()
            print(check.said)
            ```
        """
        return await check_key(self.get_connection())


async def has_block(block: str = "default") -> bool:
    """Whether a FalCredentials block of that name is saved.

    Raises:
        InvalidInput: The block is saved, and something in it is wrong.
    """
    return await saved_block(FalCredentials, block) is not None


async def check_block(block: str) -> None:
    """Check that a named block exists: otherwise another account could pay.

    Args:
        block: The name of the block; ``default`` also allows the environment.

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
        f'no FalCredentials block named "{block}" is saved. Nothing was sent, and no other key '
        f"was used instead; allowed: {', '.join(dict.fromkeys([*names, DEFAULT]))}"
        + (f"; did you mean {nearest}?" if nearest else "")
    )


async def fal_connection(block: str = "default") -> FalConnection:
    """Find the key for fal: the block first; for ``default``, the environment after it.

    Raises:
        InvalidInput: Something in the block is wrong, or a block other than ``default`` is named
            and not saved. The environment is not used then: its key may belong to another account.
        MissingKey: There is no key in the block or the environment.
        BadKey: The key in the environment has characters that are not possible in a key.
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
