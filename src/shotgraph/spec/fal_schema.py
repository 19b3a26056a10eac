"""A ``fal`` step against its endpoint's OpenAPI document: out of a file, or as fal has it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from shotgraph.endpoints import ENDPOINTS
from shotgraph.endpoints.openapi import BadSchema, Finding, check_arguments, check_outputs
from shotgraph.spec.fal_step import FalArguments

MOST_BYTES = 4_000_000


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
        document = _document(arguments.schema, _stamp(arguments.schema))
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


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError as error:
        raise BadSchema(f"can't be read: {error.strerror}") from None
    return found.st_mtime_ns, found.st_size


# A step with for_each asks for the same file in each of its runs.
@lru_cache(maxsize=4)
def _document(file: Path, stamp: tuple[int, int]) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadSchema(f"can't be read: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise BadSchema(f"has over {MOST_BYTES} bytes, and is not read")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise BadSchema("is no JSON") from None
    if not isinstance(document, dict):
        raise BadSchema("is no OpenAPI document")
    return document
