"""What the environment says: where the store is, where fal is, and the key."""

from decimal import Decimal
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shotgraph.fal.bases import FalBases
from shotgraph.fal.windows import Windows
from shotgraph.store.location import default_location


class Settings(BaseSettings):
    """Environment variables, with what holds where they are not set."""

    model_config = SettingsConfigDict(
        env_prefix="SHOTGRAPH_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    fal_key: SecretStr | None = Field(
        default=None,
        validation_alias="FAL_KEY",
        description="The key for fal, where no FalCredentials block holds one.",
    )
    store: str = Field(
        default_factory=default_location,
        description="Where clips and records live: a folder, s3://…, gs://… or az://….",
    )
    fal_queue_url: str = Field(default=FalBases().queue_url, description="fal's queue.")
    fal_run_url: str = Field(default=FalBases().run_url, description="fal's synchronous host.")
    fal_rest_url: str = Field(default=FalBases().rest_url, description="fal's storage tokens.")
    fal_cdn_url: str = Field(default=FalBases().cdn_url, description="fal's file host.")
    fal_api_url: str = Field(default=FalBases().api_url, description="fal's platform API.")

    windows: Windows = Field(
        default=Windows(),
        description="How long each part of a purchase may take, as SHOTGRAPH_WINDOWS__LOOK_S.",
    )
    on_ambiguous: Literal["wait", "fail", "resubmit"] = Field(
        default="wait",
        description="What to do about a submission whose answer was lost: look for it and buy "
        "again only when that is safe, end the run at once, or risk paying twice.",
    )
    fal_at_once: int | None = Field(
        default=None, ge=1, description="The most jobs that one process has at fal at a time."
    )
    fal_limit: str = Field(
        default="fal",
        description="The global concurrency limit of Prefect's that jobs at fal count towards, "
        "from all processes; where there is none of that name, there is no limit.",
    )
    daily_budget_usd: Decimal | None = Field(
        default=None, ge=0, description="The most that all runs of a day (UTC) may spend together."
    )

    view_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s\\()<>\[\]]+$",
        description="Where people reach shotgraph view serve, for the links in Prefect's UI.",
    )

    @field_validator("view_url", mode="before")
    @classmethod
    def _without_slash(cls, url: str | None) -> str | None:
        return (url or "").rstrip("/") or None

    @model_validator(mode="after")
    def _bases_are_urls(self) -> Self:
        _ = self.bases
        return self

    @cached_property
    def bases(self) -> FalBases:
        """Where fal is."""
        return FalBases(
            queue_url=self.fal_queue_url,
            run_url=self.fal_run_url,
            rest_url=self.fal_rest_url,
            cdn_url=self.fal_cdn_url,
            api_url=self.fal_api_url,
        )
