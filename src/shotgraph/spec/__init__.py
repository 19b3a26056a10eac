"""YAML text → frozen models, or every problem in the file with its location.

* load, pipeline_text: a file becomes a pipeline
* read_yaml, document: YAML with the location of each value
* mended_yaml, not_yaml, slips, odd_spaces: text that is not YAML, and its meaning
* pipeline, params, step_options: the models of a file
* local_arguments, picture_arguments, title_arguments, fal_arguments: the arguments of steps; the
  arguments of Kling are in `endpoints`
* local_fields, exact_numbers: colours and places in a picture; seconds and frame rates
* checked, problem, bad_media: checks, and problems
* meant, picture_words, misplaced: suggestions for misspelled values and misplaced keys
* foreign_forms: references, lists and addresses as other programs write them
* hidden_characters: characters that can't be seen, or look like others
* json_schema, schema_fields: the schema for editors
* declare: pipelines from Python
"""

from shotgraph.spec.load import load_draft, load_pipeline, read_draft, read_pipeline
from shotgraph.spec.local_arguments import (
    ApproveArguments,
    ConcatArguments,
    ContinuedArguments,
    DeliverArguments,
    FrameArguments,
    SoundtrackArguments,
    TrimArguments,
    WantedDelivery,
)
from shotgraph.spec.params import Param, Value
from shotgraph.spec.picture_arguments import CropArguments, HoldArguments, SpeedArguments
from shotgraph.spec.pipeline import (
    AS_USUAL,
    STEP_KINDS,
    Checking,
    CheckMode,
    Draft,
    OnLength,
    Pipeline,
    Step,
    StepKind,
)
from shotgraph.spec.problem import InvalidPipeline, Location, Problem
from shotgraph.spec.title_arguments import TitleArguments

__all__ = [
    "AS_USUAL",
    "STEP_KINDS",
    "ApproveArguments",
    "CheckMode",
    "Checking",
    "ConcatArguments",
    "ContinuedArguments",
    "CropArguments",
    "DeliverArguments",
    "Draft",
    "FrameArguments",
    "HoldArguments",
    "InvalidPipeline",
    "Location",
    "OnLength",
    "Param",
    "Pipeline",
    "Problem",
    "SoundtrackArguments",
    "SpeedArguments",
    "Step",
    "StepKind",
    "TitleArguments",
    "TrimArguments",
    "Value",
    "WantedDelivery",
    "load_draft",
    "load_pipeline",
    "read_draft",
    "read_pipeline",
]
