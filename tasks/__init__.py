"""Prefect tasks, one for each kind of step: thin, over the engine."""

from shotgraph.tasks.cutting import concat, frame, soundtrack, trim
from shotgraph.tasks.fal_step import fal
from shotgraph.tasks.kling import edit, image_to_video, reference, reference_to_video
from shotgraph.tasks.made import Made, MadeOutput
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
