"""YAML text → frozen models, or every problem in the file with its place."""

from shotgraph.spec.load import load_draft, load_pipeline, read_draft, read_pipeline
from shotgraph.spec.local_arguments import (
    ApproveArguments,
    ConcatArguments,
    FrameArguments,
    SoundtrackArguments,
    TrimArguments,
)
from shotgraph.spec.params import Param, Value
from shotgraph.spec.pipeline import STEP_KINDS, Draft, Pipeline, Step, StepKind
from shotgraph.spec.problem import InvalidPipeline, Place, Problem

__all__ = [
    "STEP_KINDS",
    "ApproveArguments",
    "ConcatArguments",
    "Draft",
    "FrameArguments",
    "InvalidPipeline",
    "Param",
    "Pipeline",
    "Place",
    "Problem",
    "SoundtrackArguments",
    "Step",
    "StepKind",
    "TrimArguments",
    "Value",
    "load_draft",
    "load_pipeline",
    "read_draft",
    "read_pipeline",
]
