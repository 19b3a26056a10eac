"""Declare a pipeline in Python: it becomes the same text, with the same checks."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from shotgraph.errors import InvalidInput
from shotgraph.spec.load import read_pipeline
from shotgraph.spec.misplaced import TOP
from shotgraph.spec.params import Param
from shotgraph.spec.pipeline import Pipeline
from shotgraph.spec.write_yaml import write_yaml


def pipeline_text(data: Mapping[str, Any]) -> str:
    """Write a pipeline's data as the text of a file.

    Args:
        data: The sections of a file, as plain data; parameters may be `Param` objects.

    Returns:
        YAML, its sections in the usual order; `read_pipeline` reads the same data out of it.

    Raises:
        InvalidInput: There is something in it that no file can say; the message names the place.
    """
    keys = [*(key for key in TOP if key in data), *(key for key in data if key not in TOP)]
    sections = {key: _plain(data[key]) if key == "params" else data[key] for key in keys}
    parts = [write_yaml({key: value}).lstrip("\n") for key, value in sections.items()]
    short = [not isinstance(value, Mapping) for value in sections.values()]
    text = ""
    for number, part in enumerate(parts):
        apart = number and not (short[number] and short[number - 1])
        text += f"\n{part}\n" if apart else f"{part}\n"
    return text or "{}\n"


def declare(
    *,
    name: str,
    steps: Mapping[str, Mapping[str, Any]],
    output: str,
    params: Mapping[str, Param | Mapping[str, Any]] | None = None,
    defaults: Mapping[str, Mapping[str, Any]] | None = None,
    budget_usd: Decimal | int | None = None,
    description: str = "",
    folder: Path | None = None,
) -> Pipeline:
    """Make a pipeline out of Python data, by the rules of a pipeline file.

    It is written as a file's text and read from it, so that every check holds, and its film is
    the same one, under the same keys, as that of the file.

    Args:
        name: What the film is called.
        steps: By name: ``{"edit": {"video": "$shot", "prompt": …}}``, as in a file.
        output: ``$`` and the step that makes the film.
        params: By name: `Param` objects, or mappings as in a file.
        defaults: Fields by kind of step.
        budget_usd: The most that a run may spend, in dollars.
        description: What it is.
        folder: What its paths are relative to, and must lie below; the working directory by
            default.

    Raises:
        InvalidPipeline: Something in it is wrong; every problem is named with its place in the
            text that is written.
        InvalidInput: There is something in it that no file can say.
    """
    given = {
        "name": name,
        "description": description or None,
        "params": params or None,
        "budget_usd": budget_usd,
        "defaults": defaults or None,
        "steps": steps,
        "output": output,
    }
    data = {key: value for key, value in given.items() if value is not None}
    return read_pipeline(pipeline_text(data), file=name, folder=folder)


def write_pipeline(pipeline: Pipeline, file: Path) -> None:
    """Write a pipeline as a new file, which makes the same film.

    Args:
        pipeline: The pipeline.
        file: Where to; in the pipeline's own folder, since its paths are relative to that.

    Raises:
        InvalidInput: The file is there, can't be written, or would stand in another folder.
    """
    if file.resolve().parent != pipeline.folder.resolve():
        raise InvalidInput(
            f"{file} can't be written: the paths in it are relative to {pipeline.folder}; write it "
            "there"
        )
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(pipeline.document.text)
    except FileExistsError:
        raise InvalidInput(f"{file} is there, and is not overwritten") from None
    except OSError as error:
        raise InvalidInput(f"{file} can't be written: {error.strerror}") from None


def _plain(params: Any) -> Any:
    if not isinstance(params, Mapping):
        return params
    return {
        name: param.model_dump(exclude_unset=True) if isinstance(param, Param) else param
        for name, param in params.items()
    }
