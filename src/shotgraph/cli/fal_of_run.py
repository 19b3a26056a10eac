"""The fal that a run from here uses, found without Prefect: its addresses and the key.

A run takes the FalCredentials block ``default`` of its Prefect server, else the environment. The
block may name another fal, with other clips and another account. A command that loads no Prefect
asks the configured server for the block. The block in the database of a run's own server is
encrypted: there only the run can read it.
"""

import json
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shotgraph.cli.prefect_settings import (
    prefect_home,
    prefect_profile,
    prefect_setting,
    server_is_configured,
)
from shotgraph.errors import BadKey

if TYPE_CHECKING:
    from shotgraph.money.connection import FalConnection
    from shotgraph.settings import Settings

BLOCK = "default"
"""The block that a run from the command line takes."""
_ANSWER_S = 5.0


def _no_key() -> None:
    return None


@dataclass(frozen=True)
class FalOfRun:
    """The fal that a run uses, as far as it is known.

    Attributes:
        backend: Its name in content keys.
        connect: Returns the addresses with the key; None if there is no key, or it is not known.
            It may raise BadKey.
        doubt: What is not known, in sentences for people; empty if all is known.
    """

    backend: str
    connect: "Callable[[], FalConnection | None]" = _no_key
    doubt: str = ""

    @classmethod
    def of_environment(cls, settings: "Settings", doubt: str = "") -> "FalOfRun":
        """The fal of the environment."""
        from shotgraph.inputs.hosts import backend_of

        # The HTTP libraries, which a connection needs, are loaded only to ask fal for prices.
        return cls(backend_of(settings.bases), settings.connection, doubt)

    @classmethod
    def at(cls, connection: "FalConnection") -> "FalOfRun":
        """The fal at a connection that the run itself will use."""
        return cls(connection.backend, lambda: connection)


async def fal_of_run(settings: "Settings") -> FalOfRun:
    """Find the fal of a run, as far as this is possible without Prefect.

    If the block can't be read, the fal of the environment is returned, with the doubt.
    """
    # The help of a command needs no such library.
    from pydantic import ValidationError

    if not server_is_configured():
        if block_is_absent():
            return FalOfRun.of_environment(settings)
        return _in_doubt(settings, f"Prefect's database in {prefect_home()}", "only a run reads it")
    url = prefect_setting("PREFECT_API_URL")
    if url is None:
        return _in_doubt(settings, "the configured Prefect server", "Prefect's profile is broken")
    where = f"the Prefect server at {url}"
    try:
        block = await _block_at(url.rstrip("/"))
    except _NotRead as error:
        return _in_doubt(settings, where, f"it could not be read ({error})")
    if block is None:
        return FalOfRun.of_environment(settings)
    try:
        return FalOfRun.at(_connection(block, settings))
    # The last three: a field of the block is missing, or is no text.
    except (ValidationError, BadKey, TypeError, KeyError, AttributeError):
        return _in_doubt(settings, where, "something in it is wrong (see shotgraph doctor)")


def _in_doubt(settings: "Settings", where: str, why: str) -> FalOfRun:
    from shotgraph.inputs.hosts import backend_of

    doubt = (
        f'what the FalCredentials block "{BLOCK}" of {where} holds is not known here: {why}. This '
        f"plan is for the fal of the environment ({backend_of(settings.bases)}). If the block "
        "names another one, a run finds other clips there, and says what it buys"
    )
    return FalOfRun.of_environment(settings, doubt)


def _connection(block: dict[str, Any], settings: "Settings") -> "FalConnection":
    from pydantic import SecretStr

    from shotgraph.inputs.hosts import FalBases, backend_of
    from shotgraph.money.connection import FalConnection

    bases = settings.bases.with_own({name: block.get(name) for name in FalBases.urls()})
    return FalConnection(bases, SecretStr(block["key"]), backend_of(bases))


class _NotRead(Exception):
    """The server did not tell what the block holds; the text says why, without a secret."""


async def _block_at(api_url: str) -> dict[str, Any] | None:
    """Ask a Prefect server for the block; None if it has none of that name."""
    import httpx  # imported here because it is slow, and most plans need no server

    url = f"{api_url}/block_types/slug/fal-credentials/block_documents/name/{BLOCK}"
    try:
        async with httpx.AsyncClient(
            timeout=_ANSWER_S, headers=_headers(), verify=_certificates(), follow_redirects=False
        ) as client:
            reply = await client.get(url, params={"include_secrets": "true"})
    # httpx raises the last two for headers and proxies that it can't use.
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
        raise _NotRead(type(error).__name__) from None
    try:
        said = reply.json()
    except ValueError:
        raise _NotRead(f"HTTP {reply.status_code}, and no JSON") from None
    found = said if isinstance(said, dict) else {}
    if reply.status_code == httpx.codes.NOT_FOUND and "Block" in str(found.get("detail")):
        return None
    data = found.get("data")
    if reply.status_code != httpx.codes.OK or not isinstance(data, dict):
        raise _NotRead(f"HTTP {reply.status_code}")
    return data


def _headers() -> dict[str, str]:
    """Open the door as Prefect's client does: by the password, else by the key of Prefect Cloud."""
    import base64

    password, key = prefect_setting("PREFECT_API_AUTH_STRING"), prefect_setting("PREFECT_API_KEY")
    try:
        named = json.loads(prefect_setting("PREFECT_CLIENT_CUSTOM_HEADERS") or "{}")
        found = {str(name): str(value) for name, value in named.items()}
    except (ValueError, AttributeError):
        found = {}
    if password:
        found["Authorization"] = f"Basic {base64.b64encode(password.encode()).decode()}"
    elif key:
        found["Authorization"] = f"Bearer {key}"
    return found


def _certificates() -> Any:
    import ssl

    if (prefect_setting("PREFECT_API_TLS_INSECURE_SKIP_VERIFY") or "").lower() in ("1", "true"):
        return False
    return ssl.create_default_context(cafile=prefect_setting("PREFECT_API_SSL_CERT_FILE"))


def block_is_absent() -> bool:
    """Whether it is sure that a run, on its own server, finds no FalCredentials block."""
    return has_key_block(BLOCK) is False


_ASKED = (
    "SELECT 1 FROM block_document JOIN block_type ON block_type.id = block_document.block_type_id "
    "WHERE block_type.slug = 'fal-credentials' AND block_document.name = ?"
)


def has_key_block(name: str = BLOCK) -> bool | None:
    """Whether a FalCredentials block is saved in the database of a run's own server.

    Such a server keeps its blocks in Prefect's folder. Only block names are read, and Prefect is
    not imported.

    Returns:
        None if unknown: a setting names another database, or the database can't be read.
    """
    import sqlite3

    profile = prefect_profile()
    if profile is None or any(_names_a_database(one) for one in [*os.environ, *profile]):
        return None
    database = prefect_home() / "prefect.db"
    if not database.exists():
        return False
    try:
        with closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        ) as opened:
            return opened.execute(_ASKED, (name,)).fetchone() is not None
    except sqlite3.OperationalError as error:
        # A server that was stopped at its first start leaves a database without tables.
        return False if "no such table" in str(error) else None
    except sqlite3.Error:
        return None


def _names_a_database(setting: str) -> bool:
    return setting.upper().startswith("PREFECT_") and "DATABASE" in setting.upper()
