"""The key for fal."""

from typing import ClassVar, cast

from prefect.blocks.abstract import CredentialsBlock
from pydantic import Field, HttpUrl, SecretStr

from shotgraph.blocks.form_fields import Text
from shotgraph.errors import MissingKey
from shotgraph.fal.backend import backend_of
from shotgraph.fal.bases import FalBases
from shotgraph.fal.check_key import KeyCheck, check_key
from shotgraph.fal.connection import FalConnection
from shotgraph.settings import Settings


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

    def bases(self) -> FalBases:
        """Where fal is: this block's fields first, then the environment, then the public hosts."""
        own = {name: getattr(self, name) for name in FalBases.model_fields}
        given = {name: url for name, url in own.items() if url}
        return FalBases.model_validate({**Settings().bases.model_dump(), **given})

    def get_client(self) -> FalConnection:
        """Give the connection to fal that this key opens."""
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
        return await check_key(self.get_client())


async def has_block(block: str = "default") -> bool:
    """Tell whether a FalCredentials block of that name is saved."""
    try:
        await FalCredentials.aload(block)
    except ValueError:
        return False
    return True


async def fal_connection(block: str = "default") -> FalConnection:
    """Find the key for fal: the named block first, then the environment.

    Raises:
        MissingKey: Neither has it.
    """
    try:
        credentials = cast(FalCredentials, await FalCredentials.aload(block))
        return credentials.get_client()
    except ValueError:
        pass
    settings = Settings()
    if settings.fal_key is None or not settings.fal_key.get_secret_value():
        raise MissingKey(
            f'there is no key for fal: no FalCredentials block named "{block}" is saved, and '
            "FAL_KEY is not set. Nothing was sent. Save the block in the Prefect UI, or set "
            "FAL_KEY; or try it for nothing with --rehearse"
        )
    return FalConnection(settings.bases, settings.fal_key, backend_of(settings.bases))
