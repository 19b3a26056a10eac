"""YAML text → frozen models, or every problem in the file with its place."""

from shotgraph.spec.load import load_draft, load_pipeline, read_draft, read_pipeline
from shotgraph.spec.local_steps import (
    ApproveArguments,
    ConcatArguments,
    FrameArguments,
    SoundtrackArguments,
    TrimArguments,
)
from shotgraph.spec.params import Param, Value
from shotgraph.spec.pipeline import Draft, Pipeline, Step
from shotgraph.spec.problem import InvalidPipeline, Place, Problem
from shotgraph.spec.step_kinds import STEP_KINDS, StepKind

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
