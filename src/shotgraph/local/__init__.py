"""The steps that this machine does itself: found in the store, or made with ffmpeg."""

from shotgraph.local.fitting_steps import (
    ConformClipArguments,
    ConformImageArguments,
    RejoinArguments,
)
from shotgraph.local.job import LocalJob
from shotgraph.local.make import Maker

__all__ = [
    "ConformClipArguments",
    "ConformImageArguments",
    "LocalJob",
    "Maker",
    "RejoinArguments",
]
