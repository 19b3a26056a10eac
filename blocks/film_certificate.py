"""The block `FilmCertificate`: what films are signed with."""

import asyncio
from typing import Any, ClassVar, Literal

from prefect.blocks.core import Block
from pydantic import ConfigDict, Field, HttpUrl, SecretStr, field_validator

from shotgraph.blocks.fal_credentials import DEFAULT, Text, saved_block
from shotgraph.report.signing import Certificate
from shotgraph.settings import Settings


class FilmCertificate(Block):
    """A certificate and its private key, with which films are signed as C2PA has it.

    Runs take the block named ``default``; where there is none, ``SHOTGRAPH_CERTIFICATE``.

    Attributes:
        chain: The certificate and those that have issued it, as PEM.
        private_key: Its private key, as PEM.
        algorithm: How that key signs.
        time_authority: The service that confirms when a film was signed.

    Example:
        Save and load a certificate:
        ```python
        from pathlib import Path

        from shotgraph.blocks import FilmCertificate

        FilmCertificate(
            chain=Path("chain.pem").read_text(), private_key=Path("key.pem").read_text()
        ).save("BLOCK_NAME")
        certificate = FilmCertificate.load("BLOCK_NAME")
        ```
    """

    # pydantic's message of a wrong value quotes it, and the value may be the key.
    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name: ClassVar[str] = "Film Certificate"
    _block_type_slug: ClassVar[str] = "film-certificate"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://github.com/contentauth.png?size=200")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl(
        "https://opensource.contentauthenticity.org/docs/"
    )

    chain: str = Field(
        title="Certificate",
        description="The certificate and those that have issued it, as PEM.",
    )
    private_key: SecretStr = Field(title="Private key", description="Its private key, as PEM.")
    algorithm: Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"] = Field(
        default="es256", title="Algorithm", description="How that key signs."
    )
    time_authority: Text = Field(
        default=None,
        title="Time authority",
        description="The URL of a service that confirms when a film was signed; left empty, none "
        "is asked.",
    )

    @field_validator("chain")
    @classmethod
    def _is_pem(cls, chain: str) -> str:
        if "-----BEGIN CERTIFICATE-----" not in chain:
            raise ValueError("it is no PEM; copy the whole file, with its first and last line")
        return chain

    @field_validator("private_key")
    @classmethod
    def _is_key(cls, key: SecretStr) -> SecretStr:
        if "PRIVATE KEY-----" not in key.get_secret_value():
            raise ValueError("it is no PEM; copy the whole file, with its first and last line")
        return key

    def __reduce__(self) -> Any:
        # Prefect and its task runners pickle what they pass on or keep.
        raise TypeError("FilmCertificate holds a key, and is never pickled: pass the block's name")

    def get_certificate(self) -> Certificate:
        """Give what signs films."""
        return Certificate(
            self.chain, self.private_key, self.algorithm, self.time_authority or None
        )


async def film_certificate() -> Certificate | None:
    """Find what films are signed with: the block first, then the environment; None for nothing.

    Raises:
        InvalidInput: Something in it is wrong.
        Retryable: Prefect's server could not be asked.
    """
    block = await saved_block(FilmCertificate, DEFAULT)
    return block.get_certificate() if block is not None else Settings().film_certificate()


async def checked_film_certificate() -> Certificate | None:
    """Find what films are signed with, and check that they can be, before anything is bought.

    Raises:
        InvalidInput: They can't.
        Retryable: Prefect's server could not be asked.
    """
    certificate = await film_certificate()
    if certificate is not None:
        await asyncio.to_thread(certificate.check)
    return certificate
