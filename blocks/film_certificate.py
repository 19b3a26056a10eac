"""The block `FilmCertificate`: the certificate and key that sign films."""

import asyncio
from typing import Any, ClassVar, Literal

from prefect.blocks.core import Block
from pydantic import ConfigDict, Field, HttpUrl, SecretStr, field_validator

from shotgraph.blocks.fal_credentials import DEFAULT, Text, saved_block
from shotgraph.report.signing import Certificate
from shotgraph.settings import Settings


class FilmCertificate(Block):
    """A certificate and its private key, which sign films according to C2PA.

    Runs use the block named ``default``; without it, ``SHOTGRAPH_CERTIFICATE``.

    Attributes:
        chain: The certificate and the certificates of its issuers, as PEM.
        private_key: Its private key, as PEM.
        algorithm: The algorithm of the signatures.
        time_authority: The URL of a service that confirms the time of a signature.

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

    # pydantic's error message quotes a wrong value, and the value may be the key.
    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name: ClassVar[str] = "Film Certificate"
    _block_type_slug: ClassVar[str] = "film-certificate"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://github.com/contentauth.png?size=200")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl(
        "https://opensource.contentauthenticity.org/docs/"
    )

    chain: str = Field(
        title="Certificate",
        description="The certificate and the certificates of its issuers, as PEM.",
    )
    private_key: SecretStr = Field(title="Private key", description="Its private key, as PEM.")
    algorithm: Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"] = Field(
        default="es256", title="Algorithm", description="The algorithm of the signatures."
    )
    time_authority: Text = Field(
        default=None,
        title="Time authority",
        description="The URL of a service that confirms the time of a signature; if empty, no "
        "service is asked.",
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
        # Prefect and its task runners pickle the values that they pass on or keep.
        raise TypeError("FilmCertificate holds a key, and is never pickled: pass the block's name")

    def get_certificate(self) -> Certificate:
        """Return the certificate in the form that signs films."""
        return Certificate(
            self.chain, self.private_key, self.algorithm, self.time_authority or None
        )


async def film_certificate() -> Certificate | None:
    """Find the certificate for films: in the block, else in the environment; None without one.

    Raises:
        InvalidInput: Something in the certificate is wrong.
        Retryable: Prefect's server could not be asked.
    """
    block = await saved_block(FilmCertificate, DEFAULT)
    return block.get_certificate() if block is not None else Settings().film_certificate()


async def checked_film_certificate() -> Certificate | None:
    """Find the certificate for films, and check that it can sign, before anything is bought.

    Raises:
        InvalidInput: The certificate can't sign.
        Retryable: Prefect's server could not be asked.
    """
    certificate = await film_certificate()
    if certificate is not None:
        await asyncio.to_thread(certificate.check)
    return certificate
