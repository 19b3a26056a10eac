"""fal's five addresses, and the name of the service behind them: fal, or a rehearsal."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def checked_base(url: str) -> str:
    """Check a base of URLs, and remove the spaces around it and a slash at its end.

    Raises:
        ValueError: It is no http or https URL, or has more than a host, a port and a path.
    """
    url = url.strip()
    wrong = ValueError("write an http or https URL, such as https://queue.fal.run")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise wrong
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise wrong from None
    more = parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in ("http", "https") or not parts.hostname or more:
        raise wrong
    return url.rstrip("/")


BaseUrl: TypeAlias = Annotated[str, AfterValidator(checked_base)]


class FalBases(BaseModel):
    """The bases of fal's URLs, without a slash at the end.

    The defaults are the public hosts (https://docs.fal.ai/model-apis/model-endpoints/queue).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    queue_url: BaseUrl = Field(default="https://queue.fal.run", description="The queue.")
    run_url: BaseUrl = Field(default="https://fal.run", description="The synchronous host.")
    rest_url: BaseUrl = Field(
        default="https://rest.fal.ai", description="The host of storage tokens."
    )
    cdn_url: BaseUrl = Field(default="https://v3.fal.media", description="The host of files.")
    api_url: BaseUrl = Field(default="https://api.fal.ai", description="The platform API.")

    file_ports: tuple[int, ...] = Field(
        default=(443,), description="The allowed ports of files on other hosts."
    )

    @classmethod
    def urls(cls) -> list[str]:
        """The names of the five addresses."""
        return [name for name in cls.model_fields if name.endswith("_url")]

    def with_own(self, own: Mapping[str, str | None]) -> "FalBases":
        """Return a copy with the addresses that a block has of its own; empty ones don't count.

        Raises:
            ValidationError: One of them is not the base of an address.
        """
        given = {name: url for name, url in own.items() if url and url.strip()}
        return FalBases.model_validate({**self.model_dump(), **given})

    def of_fal(self, url: str) -> bool:
        """Whether a URL leads to one of the bases that may get the API key."""
        return any(
            is_below(url, base)
            for base in (self.queue_url, self.run_url, self.rest_url, self.api_url)
        )

    def has_file(self, url: str) -> bool:
        """Whether a URL is a file on fal's own file hosts."""
        try:
            parts, files = urlsplit(url), urlsplit(self.cdn_url)
        except ValueError:
            return False
        if (parts.scheme, parts.netloc) == (files.scheme, files.netloc):
            return True
        host = parts.hostname or ""
        public = self.cdn_url == FalBases.model_fields["cdn_url"].default
        return public and parts.scheme == "https" and host.endswith(".fal.media")


def is_below(url: str, base: str) -> bool:
    """Whether a URL is below a base: same scheme, host and port, and a path below the base's."""
    import httpx  # imported here because it is slow, and `validate` doesn't need it

    try:
        httpx.URL(url)
        ours, theirs = urlsplit(url), urlsplit(base)
        _ = ours.port
    except (httpx.InvalidURL, ValueError):
        return False
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    if ours.username or ours.password or "\\" in url or ".." in ours.path.split("/"):
        return False
    same_host = (ours.scheme, ours.hostname, ours.port) == (
        theirs.scheme,
        theirs.hostname,
        theirs.port,
    )
    path = theirs.path.rstrip("/")
    return same_host and (ours.path == path or ours.path.startswith(path + "/"))


REHEARSAL = "rehearsal"
PUBLIC = "fal"


def backend_of(bases: FalBases) -> str:
    """The name of the service behind these bases: fal, or the URL of another queue."""
    return PUBLIC if bases.queue_url == FalBases().queue_url else bases.queue_url
