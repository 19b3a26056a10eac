"""A ``fal`` step against its endpoint's OpenAPI document: out of a file, or as fal has it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shotgraph.endpoints import ENDPOINTS
from shotgraph.endpoints.documented_outputs import check_outputs
from shotgraph.endpoints.openapi import BadSchema, Finding, check_arguments, document_in
from shotgraph.spec.fal_step import FalArguments


def schema_findings(arguments: FalArguments) -> list[Finding]:
    """Check a step against the file that it names as its schema.

    Returns:
        What is wrong, each with its path inside of the step's body: ``arguments``, ``output`` or
        ``schema`` first. Empty where it names none, or has a kind of step of its own, which knows
        more.
    """
    if arguments.schema is None or arguments.endpoint in ENDPOINTS:
        return []
    try:
        document = document_in(arguments.schema)
    except BadSchema as error:
        return [Finding(("schema",), f"{arguments.schema.name}: {error}")]
    return findings_of(arguments, document, arguments.schema.name)


def findings_of(arguments: FalArguments, document: Mapping[str, Any], name: str) -> list[Finding]:
    """Check a step against a document.

    Args:
        arguments: The step's body.
        document: What its endpoint takes, and gives.
        name: What messages call the document.
    """
    paths = [output.path for output in arguments.output]
    try:
        inside = check_arguments(document, arguments.endpoint, arguments.arguments)
    except BadSchema as error:
        return [Finding(("schema",), f"{name}: {error}")]
    outside = check_outputs(document, arguments.endpoint, paths)
    return [
        *(replace(found, path=("arguments", *found.path)) for found in inside),
        *(replace(found, path=("output",)) for found in outside),
    ]
