"""Prefect's settings in the environment and in the profile, read without Prefect.

Prefect takes a second to load, and `plan` needs only the address of its server.
"""

import os
import tomllib
from pathlib import Path
from typing import Any


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
    for variable, value in os.environ.items():
        if variable.upper() == name and value:
            return value
    of_profile = (prefect_profile() or {}).get(name)
    return None if of_profile is None or of_profile == "" else str(of_profile)


def prefect_home() -> Path:
    """Prefect's folder, with its profiles and the database of a run's own server."""
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()


def profiles_file() -> Path:
    """The file with Prefect's profiles."""
    named = os.environ.get("PREFECT_PROFILES_PATH")
    return Path(named or prefect_home() / "profiles.toml").expanduser()


def prefect_profile() -> dict[str, Any] | None:
    """The settings of Prefect's active profile, without Prefect; None if it can't be read."""
    try:
        found = tomllib.loads(profiles_file().read_text(encoding="utf-8"))
        name = os.environ.get("PREFECT_PROFILE") or found.get("active")
        return dict(found.get("profiles", {}).get(name, {}))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError):
        return None
