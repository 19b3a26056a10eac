"""Prefect's settings in the environment and in the profile, read without Prefect.

Prefect takes a second to load, and `plan` needs only the address of its server.
"""

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shotgraph.errors import InvalidInput
from shotgraph.model.file_memory import at_home

if TYPE_CHECKING:
    from pydantic import ValidationError


def server_is_configured() -> bool:
    """Whether the environment or Prefect's profile names a server; Prefect is not imported.

    An unreadable profile counts as yes: then Prefect itself reports the problem.
    """
    return prefect_profile() is None or prefect_setting("PREFECT_API_URL") is not None


def prefect_setting(name: str) -> str | None:
    """The text of a setting: from the environment, else from the profile; None if it has none.

    Args:
        name: The variable, in capitals. Prefect reads it in small letters, too.
    """
    of_environment = [value for variable, value in os.environ.items() if variable.upper() == name]
    if of_environment:  # also an empty one: Prefect then passes over the profile
        return next(filter(None, of_environment), None)
    of_profile = (prefect_profile() or {}).get(name)
    return None if of_profile is None or of_profile == "" else str(of_profile)


def prefect_home() -> Path:
    """Prefect's folder, with its profiles and the database of a run's own server."""
    return at_home(os.environ.get("PREFECT_HOME") or "~/.prefect", "PREFECT_HOME")


def profiles_file() -> Path:
    """The file with Prefect's profiles."""
    named = os.environ.get("PREFECT_PROFILES_PATH")
    return at_home(named, "PREFECT_PROFILES_PATH") if named else prefect_home() / "profiles.toml"


def prefect_profile() -> dict[str, Any] | None:
    """The settings of Prefect's active profile, without Prefect; None if it can't be read."""
    try:
        found = tomllib.loads(profiles_file().read_text(encoding="utf-8"))
        name = os.environ.get("PREFECT_PROFILE") or found.get("active")
        return dict(found.get("profiles", {}).get(name, {}))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, AttributeError, TypeError):
        return None


_API_URL = "PREFECT_API_URL"
_ADDRESS = "http://127.0.0.1:4200/api"
_OWN_PROFILES = ("ephemeral", "local", "test", "cloud")
"""The profiles that Prefect brings; they need not be in the file."""


def check_prefect_settings() -> None:
    """Check what Prefect would pass over in silence, or show to everybody; without Prefect.

    Raises:
        InvalidInput: The file of profiles can't be read, the named profile does not exist, or the
            server's address is not one, or has a password in it. No message shows the password.
    """
    _check_profiles()
    for name, value in os.environ.items():
        if name.upper() == _API_URL:
            _check_address(value, f"{name} in the environment", f"export {name}=")
    in_profile = (prefect_profile() or {}).get(_API_URL)
    if in_profile is not None:
        _check_address(
            str(in_profile), f"{_API_URL} in {profiles_file()}", f"prefect config set {_API_URL}="
        )


def _check_profiles() -> None:
    file = profiles_file()
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        found = {}
    except OSError as error:
        raise _unreadable(file, str(error.strerror)) from None
    except ValueError as error:  # of TOML, with its line and column; or the file is no text
        raise _unreadable(file, str(error)) from None
    profiles = found.get("profiles", {})
    if not isinstance(profiles, dict) or not all(
        isinstance(one, dict) for one in profiles.values()
    ):
        raise _unreadable(file, "profiles must be tables, such as [profiles.mine]")
    of_environment = os.environ.get("PREFECT_PROFILE")
    name = of_environment or found.get("active")
    known = [*profiles, *(one for one in _OWN_PROFILES if one not in profiles)]
    if name and name not in known:
        where = "PREFECT_PROFILE" if of_environment else f"active, in {file},"
        raise InvalidInput(
            f'{where} names the Prefect profile "{name}", and there is none in {file}: Prefect '
            "would use its default profile, perhaps with another server or none. Nothing was "
            f"sent; allowed: {', '.join(known)}"
        )


def _unreadable(file: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"Prefect's profiles in {file} can't be read: {why}. They say which server a run reports "
        "to. Nothing was sent. Mend the file, or name another one in PREFECT_PROFILES_PATH"
    )


def _check_address(url: str, where: str, set_it: str) -> None:
    if not url:
        return
    try:
        is_address = bool(urlsplit(url).hostname)
    except ValueError:
        is_address = False
    scheme, _, rest = url.partition("://")
    # Where it can't be taken apart, a password may be anywhere before the last @.
    if "@" in (rest.partition("/")[0] if is_address else url):
        raise InvalidInput(
            f"{where} has a user name or password in it. Logs, pages and Prefect's own warnings "
            "would show it, so it is not used, and nothing was sent. Take it out of the address: "
            f"{set_it}{_after_password(url)}; the password goes into "
            "PREFECT_API_AUTH_STRING, as user:password"
        )
    if not is_address or scheme.lower() not in ("http", "https"):
        raise InvalidInput(
            f"{where} is {url}, which is no http or https address. Nothing was sent. Write the "
            f"address of a Prefect server's API: {set_it}{_ADDRESS}"
        )


def _after_password(url: str) -> str:
    scheme = "https" if url.lower().startswith("https:") else "http"
    return f"{scheme}://{url.rpartition('@')[2]}"


@contextmanager
def settings_of_prefect() -> Iterator[None]:
    """Load Prefect in this block: a setting that it can't read becomes an error for people.

    Raises:
        InvalidInput: A setting has a value that Prefect can't read; its variable is named.
    """
    from pydantic import ValidationError  # the help of a command needs no such library

    try:
        yield
    except ValidationError as error:
        raise InvalidInput(_said(error)) from None


def read_by_prefect() -> None:
    """Have Prefect read all of its settings now.

    Raises:
        InvalidInput: A setting has a value that Prefect can't read.
    """
    with settings_of_prefect():
        from prefect.settings import get_current_settings

        get_current_settings()


def _said(error: "ValidationError") -> str:
    # No value is shown: some of these settings are passwords.
    said = []
    for found in error.errors(include_url=False, include_input=False, include_context=False):
        name = "_".join(str(part) for part in found["loc"]).upper()
        field = ".".join(filter(None, [error.title, name.lower()]))
        said.append(f"{_variable(name, error.title) or field}: {found['msg']}")
    return (
        f"Prefect has settings that can't be read: {'; '.join(said)}. Nothing was started or "
        "sent. Mend them, or take them out: then Prefect's defaults count"
    )


def _variable(name: str, group: str) -> str:
    """Where a setting comes from; empty if it is not found.

    Args:
        name: The end of the variable, such as ``PORT``.
        group: The class of Prefect's settings, such as ``ServerAPISettings``: several variables may
            have the same end.
    """
    places = {
        **dict.fromkeys(prefect_profile() or {}, profiles_file()),
        **dict.fromkeys(os.environ, "the environment"),
    }

    def strangers(variable: str) -> int:
        words = variable.upper().removeprefix(_PREFIX).removesuffix(name).split("_")
        return sum(word.lower() not in group.lower() for word in words)

    fitting = [
        one
        for one in places
        if one.upper().startswith(_PREFIX) and one.upper().endswith(f"_{name}")
    ]
    best = min(fitting, key=strangers, default="")
    return f"{best} in {places[best]}" if best and name else ""


_PREFIX = "PREFECT_"
