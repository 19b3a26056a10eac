"""Settings from the environment: the store, the addresses of fal, and the key."""

import logging
import os
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shotgraph.errors import BadKey, InvalidInput
from shotgraph.foreign_text import hide
from shotgraph.inputs.hosts import BaseUrl, FalBases, backend_of
from shotgraph.model.pydantic_words import allowed_words
from shotgraph.money.windows import Windows
from shotgraph.store.store import default_location

if TYPE_CHECKING:
    from shotgraph.money.connection import FalConnection
    from shotgraph.report.signing import Certificate


READ_ELSEWHERE = ("SHOTGRAPH_FFMPEG", "SHOTGRAPH_FAILPOINT")


class Settings(BaseSettings):
    """Environment variables and their defaults."""

    model_config = SettingsConfigDict(
        env_prefix="SHOTGRAPH_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    fal_key: SecretStr | None = Field(
        default=None,
        validation_alias="FAL_KEY",
        description="The key for fal, if no FalCredentials block holds one.",
    )
    store: str = Field(
        default_factory=default_location,
        description="The place of clips and records: a folder, s3://…, gs://… or az://….",
    )
    fal_queue_url: BaseUrl = Field(default=FalBases().queue_url, description="fal's queue.")
    fal_run_url: BaseUrl = Field(default=FalBases().run_url, description="fal's synchronous host.")
    fal_rest_url: BaseUrl = Field(default=FalBases().rest_url, description="fal's storage tokens.")
    fal_cdn_url: BaseUrl = Field(default=FalBases().cdn_url, description="fal's file host.")
    fal_api_url: BaseUrl = Field(default=FalBases().api_url, description="fal's platform API.")

    url_ports: str = Field(
        default="443",
        pattern=r"^[0-9]{1,5}(,[0-9]{1,5})*$",
        description="The ports from which files behind https URLs are fetched, such as 443,8443. "
        "Addresses that are not public are refused at every port.",
    )
    windows: Windows = Field(
        default=Windows(),
        description="The time limits for parts of a purchase, such as SHOTGRAPH_WINDOWS__LOOK_S.",
    )
    on_ambiguous: Literal["wait", "fail", "resubmit"] = Field(
        default="wait",
        description="The action on a submission with a lost answer: look for it, and buy again "
        "only when that is safe; end the run at once; or risk paying twice.",
    )
    fal_at_once: int | None = Field(
        default=None,
        ge=1,
        description="The most jobs that one process has in flight at fal at a time.",
    )
    fal_limit: str = Field(
        default="fal",
        description="The name of Prefect's global concurrency limit for jobs at fal from all "
        "processes; if no limit has this name, there is no limit.",
    )
    daily_budget_usd: Decimal | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000,
        description="The most that all runs of a day (UTC) may spend together. Runs of the store "
        "without this setting count too.",
    )

    fal_fallback: bool = Field(
        default=False,
        description="Whether fal may use an equivalent endpoint if a job's own endpoint keeps "
        "failing. The manifest names the job's own endpoint in any case.",
    )

    trust_prices: bool = Field(
        default=False,
        description="Whether the price_usd of a fal step is trusted if only the file names the "
        "price, as with --trust-prices: for stores with only your own files.",
    )

    person: str = Field(
        default="a person",
        max_length=100,
        pattern=r"\S",
        description="Your name. The films that you approve carry it; every viewer can read it.",
    )

    certificate: str | None = Field(
        default=None,
        description="The certificate that signs films (C2PA), if no FilmCertificate block is set: "
        "a file with the certificate and its issuers as PEM, or the PEM itself.",
    )

    certificate_key: SecretStr | None = Field(
        default=None,
        description="The certificate's private key: a file with it as PEM, or the PEM itself.",
    )

    certificate_algorithm: Literal[
        "es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"
    ] = Field(default="es256", description="The algorithm of that key.")

    certificate_time_authority: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="The service that confirms the time of a film's signature; by default none.",
    )

    view_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s\\()<>\[\]]+$",
        description="The address of shotgraph view serve, for the links in Prefect's UI.",
    )

    view_token: SecretStr | None = Field(
        default=None,
        description="The token that shotgraph view serve requires, as ?token=…; if it is not set, "
        "each start makes up a token and prints the link.",
    )

    def __init__(self, **values: Any) -> None:
        _tell_of_unread()
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InvalidInput(_said(error)) from None

    @field_validator("fal_key", "view_token", "certificate_key")
    @classmethod
    def _blank_is_none(cls, key: SecretStr | None) -> SecretStr | None:
        if key is None or not key.get_secret_value().strip():
            return None
        hide(key.get_secret_value())
        return key

    @field_validator("url_ports")
    @classmethod
    def _has_ports(cls, ports: str) -> str:
        if not all(1 <= int(port) <= 65_535 for port in ports.split(",")):
            raise ValueError("ports are from 1 to 65535")
        return ports

    @field_validator("view_url", mode="before")
    @classmethod
    def _without_slash(cls, url: str | None) -> str | None:
        return (url or "").rstrip("/") or None

    def __reduce__(self) -> Any:
        raise TypeError("settings hold a key, and are never pickled: read them where they are used")

    @cached_property
    def bases(self) -> FalBases:
        """The addresses of fal."""
        return FalBases(
            queue_url=self.fal_queue_url,
            run_url=self.fal_run_url,
            rest_url=self.fal_rest_url,
            cdn_url=self.fal_cdn_url,
            api_url=self.fal_api_url,
            file_ports=tuple(int(port) for port in self.url_ports.split(",")),
        )

    def connection(self) -> "FalConnection | None":
        """Connect to fal with FAL_KEY; None if it is not set.

        Raises:
            BadKey: FAL_KEY can't be sent as a key.
        """
        if self.fal_key is None:
            return None
        # This imports the HTTP libraries, which takes longer than the rest of a plan.
        from shotgraph.money.connection import FalConnection

        try:
            return FalConnection(self.bases, self.fal_key, backend_of(self.bases))
        except BadKey as error:
            raise BadKey(f"FAL_KEY: {error.message}") from None

    def film_certificate(self) -> "Certificate | None":
        """The certificate that signs films; None if none is set.

        Raises:
            InvalidInput: The certificate or its key is missing, or its file can't be read.
        """
        if self.certificate is None and self.certificate_key is None:
            return None
        if self.certificate is None or self.certificate_key is None:
            missing = "SHOTGRAPH_CERTIFICATE" + ("_KEY" if self.certificate else "")
            raise InvalidInput(
                f"{missing} is not set: films are signed with both. Nothing was sent"
            )
        from shotgraph.report.signing import Certificate

        return Certificate(
            _pem("SHOTGRAPH_CERTIFICATE", self.certificate),
            SecretStr(_pem("SHOTGRAPH_CERTIFICATE_KEY", self.certificate_key.get_secret_value())),
            self.certificate_algorithm,
            self.certificate_time_authority,
        )


def _pem(variable: str, given: str) -> str:
    """Read PEM, or a file with PEM. No message shows the value: it may be the key."""
    if given.lstrip().startswith("-----BEGIN"):
        return given
    try:
        return Path(given).expanduser().read_text(encoding="ascii")
    except (OSError, RuntimeError, ValueError):
        raise InvalidInput(f"{variable} names no file of PEM that can be read") from None


_FORMS = {
    "url_ports": "ports from 1 to 65535 with commas between them, such as 443,8443",
    "view_url": "an http or https URL, such as https://films.example.com",
    "certificate_time_authority": "an http or https URL",
    "person": "a name of at most 100 characters, not empty",
}
"""The forms of texts, in words; pydantic names only the pattern."""


def _said(error: ValidationError) -> str:
    """Name the wrong variables. No value is shown, since one of them is the key."""
    prefix = str(Settings.model_config["env_prefix"])
    said = []
    for found in error.errors(include_url=False, include_input=False):
        name, *below = [str(part) for part in found["loc"]] or [""]
        variable = name if name == "FAL_KEY" else f"{prefix}{'__'.join([name, *below])}".upper()
        allowed = _FORMS.get(name) or allowed_words(found["type"], found.get("ctx", {}))
        words = f"allowed: {allowed}" if allowed else found["msg"].removeprefix("Value error, ")
        said.append(f"{variable}: {words}")
    return f"the environment has values that can't be used: {'; '.join(said)}. Nothing was sent"


def unread(environment: Iterable[str]) -> list[str]:
    """List the variables that look like settings and are none, each with the nearest name.

    This matters because a budget under a misspelt name is no budget.
    """
    prefix, known = str(Settings.model_config["env_prefix"]), {*READ_ELSEWHERE}
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"{prefix}{name}".upper())
        known.add(variable)
        if field.annotation is Windows:
            known |= {f"{variable}__{part}".upper() for part in Windows.model_fields}
    said = []
    for name in sorted(environment):
        if name.upper().startswith(prefix) and name.upper() not in known:
            bare = name.upper().removeprefix(prefix)
            near = [bare] if bare in known else get_close_matches(name.upper(), known, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            said.append(f"{name} is set, and shotgraph reads no variable of that name{meant}")
    return said


@cache
def _tell_of_unread() -> None:
    for line in unread(os.environ):
        logging.getLogger(__name__).warning("%s", line)


_read: dict[frozenset[tuple[str, str]], Settings] = {}


def settings_now() -> Settings:
    """`Settings()`, read once for each state of the environment, since each step asks for it.

    Raises:
        InvalidInput: The environment has values that can't be used.
    """
    # Names in lower case count too, and the store's default place depends on the other variables.
    surroundings = frozenset(
        (name, value)
        for name, value in os.environ.items()
        if name.upper().startswith(("SHOTGRAPH_", "FAL_KEY", "XDG_")) or name == "HOME"
    )
    found = _read.get(surroundings)
    if found is None:
        found = Settings()
        _read.clear()
        _read[surroundings] = found
    return found
