"""The command of a run, for messages that name the next command."""

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shotgraph.bundle import is_reference


def as_command(parameters: Mapping[str, Any]) -> str | None:
    """Write the ``shotgraph run`` command of a run, without its budget.

    Args:
        parameters: The parameters of the film flow.

    Returns:
        The command; None if the pipeline is a text or a bundle, and there is no file to name.
    """
    pipeline = str(parameters.get("pipeline") or "")
    if not pipeline or "\n" in pipeline or is_reference(pipeline):
        return None
    words = ["shotgraph", "run", _near(pipeline), *_options(parameters)]
    return shlex.join(words)


def _near(pipeline: str) -> str:
    here = Path.cwd()
    path = Path(pipeline)
    return str(path.relative_to(here)) if path.is_relative_to(here) else pipeline


def _options(parameters: Mapping[str, Any]) -> Iterator[str]:
    for name, value in (parameters.get("params") or {}).items():
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield from ("--set", f"{name}={said}")
    out = parameters.get("out")
    if out and out != "films":
        yield from ("--out", str(out))
    for step in parameters.get("approve") or ():
        yield from ("--approve", str(step))
    for step, take in (parameters.get("pick") or {}).items():
        yield from ("--pick", f"{step}={take}")
    if parameters.get("trust_prices"):
        yield "--trust-prices"
    if parameters.get("allow_fallback"):
        yield "--allow-fallback"
    if parameters.get("rehearse"):
        yield "--rehearse"
