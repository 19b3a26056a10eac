"""Prefect tasks: thin wrappers around the engine.

* paid, cutting, one_clip: tasks for people who write flows
* step: the work that all tasks share, and the task of a step in a pipeline file
* made: their results
* policy: the class of the tasks, with its `map`; retries and timeouts
* run_settings: the store and fal of a run
* semaphore, progress_bar: the semaphore of jobs in flight, and the turns of steps; progress bars
* stopping: stop a run's steps; find out whether a person cancelled it
"""

from typing import Any

from shotgraph.endpoints import KINDS
from shotgraph.tasks.cutting import concat, frame, soundtrack, trim
from shotgraph.tasks.made import Made, MadeOutput
from shotgraph.tasks.one_clip import continued, crop, deliver, hold, speed, title
from shotgraph.tasks.paid import (
    edit,
    fal,
    image_to_video,
    reference,
    reference_to_video,
    task_of_kind,
)
from shotgraph.tasks.run_settings import RehearsalAt, RunSettings

__all__ = [
    "Made",
    "MadeOutput",
    "RehearsalAt",
    "RunSettings",
    "concat",
    "continued",
    "crop",
    "deliver",
    "edit",
    "fal",
    "frame",
    "hold",
    "image_to_video",
    "reference",
    "reference_to_video",
    "soundtrack",
    "speed",
    "title",
    "trim",
]


def __getattr__(name: str) -> Any:
    # For a kind without a typed function here: the arguments' model has everything that it needs.
    if name in KINDS:
        return task_of_kind(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
