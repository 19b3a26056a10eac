"""Prefect tasks, one for each kind of step: thin, over the engine."""

from shotgraph.tasks.concat import concat
from shotgraph.tasks.edit import edit
from shotgraph.tasks.fal_step import fal
from shotgraph.tasks.frame import frame
from shotgraph.tasks.image_to_video import image_to_video
from shotgraph.tasks.made import Made, MadeOutput
from shotgraph.tasks.reference import reference
from shotgraph.tasks.reference_to_video import reference_to_video
from shotgraph.tasks.run_settings import RehearsalAt, RunSettings
from shotgraph.tasks.soundtrack import soundtrack
from shotgraph.tasks.trim import trim

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
