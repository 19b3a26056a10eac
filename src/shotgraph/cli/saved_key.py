"""Whether the server that a run starts for itself has a key for fal: Prefect is not imported.

It keeps its blocks in a database in Prefect's folder. Only names are read.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from shotgraph.cli.embedded_server import prefect_profile

_ASKED = (
    "SELECT 1 FROM block_document JOIN block_type ON block_type.id = block_document.block_type_id "
    "WHERE block_type.slug = 'fal-credentials' AND block_document.name = ?"
)


def has_key_block(name: str = "default") -> bool | None:
    """Whether a FalCredentials block is saved in the database of a run's own server.

    Returns:
        None where that can't be told: the database is another one, or can't be read.
    """
    profile = prefect_profile()
    if profile is None or any(_names_a_database(one) for one in [*os.environ, *profile]):
        return None
    home = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    database = home / "prefect.db"
    if not database.exists():
        return False
    try:
        with closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        ) as opened:
            return opened.execute(_ASKED, (name,)).fetchone() is not None
    except sqlite3.OperationalError as error:
        # A server that was stopped at its first start has left a database without tables.
        return False if "no such table" in str(error) else None
    except sqlite3.Error:
        return None


def _names_a_database(setting: str) -> bool:
    return setting.startswith("PREFECT_") and "DATABASE" in setting
