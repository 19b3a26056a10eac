"""Prefect tasks: thin, over the engine.

* kling, cutting, fal_step, of_kind: tasks for people who write flows; of_kind makes untyped ones
* pipeline_step: the task of a step in a pipeline file
* step: what all of them do
* made: their results
* policy, run_settings: cache, retries and time-outs; where the store and fal are
* places, progress: the semaphore of jobs in flight; progress bars
* cancelled, stopping: runs that are cancelled or stopped
"""

from typing import Any

from shotgraph.endpoints import KINDS
from shotgraph.tasks.cutting import concat, frame, soundtrack, trim
from shotgraph.tasks.fal_step import fal
from shotgraph.tasks.kling import edit, image_to_video, reference, reference_to_video
from shotgraph.tasks.made import Made, MadeOutput
from shotgraph.tasks.of_kind import task_of_kind
from shotgraph.tasks.run_settings import RehearsalAt, RunSettings

__all__ = [
    "Made",
    "MadeOutput",
    "RehearsalAt",
    "RunSettings",
    "concat",
    "edit",
    "fal",
    "frame",
    "image_to_video",
    "reference",
    "reference_to_video",
    "soundtrack",
    "trim",
]


def __getattr__(name: str) -> Any:
    # The task of a kind that has no typed function here: its endpoint's file is all that it needs.
    if name in KINDS:
        return task_of_kind(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
