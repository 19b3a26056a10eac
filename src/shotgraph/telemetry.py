"""Prefect's telemetry, turned off for every server that this process or its children start.

Prefect starts a server by itself when code asks it for a block or a run and none is configured.
"""

import os


def turn_off() -> None:
    """Turn the telemetry off, unless the environment has said something about it."""
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
