"""A film declared in a file, run by Prefect, drawn by Kling O1 on fal, joined by ffmpeg.

The engine in this package follows a film from its text to its report:
``spec`` → ``graph`` → ``keys`` → ``plan`` → ``money`` → ``making`` → ``media`` → ``report``.
``shotgraph.flows``, ``shotgraph.tasks`` and ``shotgraph.blocks`` are its Prefect side.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shotgraph.spec import Param, Pipeline, load_pipeline, read_pipeline
    from shotgraph.spec.declare import declare, pipeline_text, write_pipeline

__all__ = [
    "Param",
    "Pipeline",
    "declare",
    "load_pipeline",
    "pipeline_text",
    "read_pipeline",
    "write_pipeline",
]

# Prefect's telemetry is off for every server that this process starts, unless the user has set it.
# Here, because every way to Prefect passes: commands, flows, tasks, and blocks in other flows.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

_DECLARE = ("declare", "pipeline_text", "write_pipeline")


def __getattr__(name: str) -> Any:
    # Imported on use: the metadata and the models take longer than the work of most commands.
    if name == "__version__":
        from importlib.metadata import version

        return version("shotgraph")
    if name in __all__:
        from importlib import import_module

        module = "shotgraph.spec.declare" if name in _DECLARE else "shotgraph.spec"
        return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
