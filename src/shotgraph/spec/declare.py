"""Declare a pipeline in Python: plain data becomes YAML, and the YAML becomes a checked pipeline.

The YAML looks as if a person wrote it: blocks, and quotes only where they are needed. It reads
back unchanged: a text that would read as a number or as ``true`` is quoted, a text of several
lines is a literal block, and an exact number stays exact.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Any

from shotgraph.errors import InvalidInput
from shotgraph.spec.document import Path, dotted
from shotgraph.spec.load import read_pipeline
from shotgraph.spec.misplaced import TOP
from shotgraph.spec.params import Param
from shotgraph.spec.pipeline import Pipeline
from shotgraph.spec.read_yaml import MAX_DEPTH, NUMBER, WORDS


def pipeline_text(data: Mapping[str, Any]) -> str:
    """Write a pipeline's data as the text of a file.

    Args:
        data: The sections of a file, as plain data; parameters may be `Param` objects.

    Returns:
        YAML, with the sections in the usual order; `read_pipeline` reads the same data from it.

    Raises:
        InvalidInput: A file can't express a part of the data; the message names its location.
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
    deliver: Sequence[str | Mapping[str, Any]] | None = None,
    budget_usd: Decimal | int | None = None,
    description: str = "",
    folder: FilePath | None = None,
) -> Pipeline:
    """Make a pipeline from Python data, by the rules of a pipeline file.

    The data is written as the text of a file, and the text is read. So all checks apply, and the
    film is the same as the file's, under the same content keys.

    Args:
        name: The film's name.
        steps: The steps by name: ``{"edit": {"video": "$shot", "prompt": …}}``, as in a file.
        output: ``$`` and the step that makes the film.
        params: The parameters by name: `Param` objects, or mappings as in a file.
        defaults: Default fields, by kind of step.
        deliver: Further files of the film, as in a file.
        budget_usd: The most that a run may spend, in dollars.
        description: A description of the film.
        folder: The folder that the paths are relative to, and must lie below; the working
            directory by default.

    Raises:
        InvalidPipeline: The pipeline has problems; each is named with its location in the text.
        InvalidInput: A file can't express a part of the data.
    """
    given = {
        "name": name,
        "description": description or None,
        "params": params or None,
        "budget_usd": budget_usd,
        "defaults": defaults or None,
        "steps": steps,
        "output": output,
        "deliver": list(deliver) if deliver else None,
    }
    data = {key: value for key, value in given.items() if value is not None}
    return read_pipeline(pipeline_text(data), file=name, folder=folder)


def write_pipeline(pipeline: Pipeline, file: FilePath) -> None:
    """Write a pipeline as a new file; the file makes the same film.

    Args:
        file: Path of the new file; in the pipeline's own folder, since the paths in the text are
            relative to that folder.

    Raises:
        InvalidInput: The file exists, can't be written, or would be in another folder.
    """
    if file.resolve().parent != pipeline.folder.resolve():
        raise InvalidInput(
            f"{file} can't be written: the paths in it are relative to {pipeline.folder}; write "
            "the file there"
        )
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(pipeline.document.text)
    except FileExistsError:
        raise InvalidInput(f"{file} exists already, and is not overwritten") from None
    except OSError as error:
        raise InvalidInput(f"{file} can't be written: {error.strerror}") from None


def _plain(params: Any) -> Any:
    if not isinstance(params, Mapping):
        return params
    return {
        name: param.model_dump(exclude_unset=True) if isinstance(param, Param) else param
        for name, param in params.items()
    }


LINE = 100
"""The most columns that a list in one line takes."""
MOST_DIGITS = 18
LONGEST_KEY = 256

_PLAIN = re.compile(r"[^\W\d_]|[$(_0-9./]")
_IN_ONE_LINE = re.compile(r"[$A-Za-z0-9_./ '\"-]+")
# Words and numbers of YAML 1.1: other programs may read the file by that version.
_OLD_WORDS = frozenset(("y", "n", "yes", "no", "on", "off"))
_OLD_NUMBER = re.compile(r"[-+0-9.][-+0-9._:eExXoObBa-fA-F]*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def write_yaml(value: Any, *, indent: int = 0, path: Path = ()) -> str:
    """Write a value as it follows a key or a dash, with a space or a line break before it.

    Args:
        value: A mapping, list, text, number, boolean, path, fraction or None. A fraction that is
            no exact decimal becomes a text.
        indent: The depth of the value, in levels.
        path: The path of the value, for messages.

    Raises:
        InvalidInput: The value can't be written; the message names its location.
    """
    if len(path) > MAX_DEPTH:
        raise _no_way(path, f"it is nested in more than {MAX_DEPTH} levels")
    margin = "\n" + "  " * indent
    if isinstance(value, Mapping):
        lines = (
            f"{margin}{_key(key, path)}:{write_yaml(item, indent=indent + 1, path=(*path, key))}"
            for key, item in value.items()
        )
        return "".join(lines) or " {}"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return _list(value, indent, path)
    if isinstance(value, str) and _is_block(value):
        ends = "|" if value.endswith("\n") else "|-"
        lines = (
            f"{margin}{line}" if line else "\n" for line in value.removesuffix("\n").split("\n")
        )
        return f" {ends}{''.join(lines)}"
    return f" {_scalar(value, path)}"


def _list(values: Sequence[Any], indent: int, path: Path) -> str:
    if values and all(isinstance(value, str | int | Decimal) for value in values):
        items = [_scalar(value, (*path, number)) for number, value in enumerate(values)]
        line = f" [{', '.join(items)}]"
        if all(_IN_ONE_LINE.fullmatch(item) for item in items) and len(line) < LINE - 2 * indent:
            return line
    margin = "\n" + "  " * indent
    return (
        "".join(
            f"{margin}-{write_yaml(value, indent=indent + 1, path=(*path, number))}"
            for number, value in enumerate(values)
        )
        or " []"
    )


def _key(key: Any, path: Path) -> str:
    if not isinstance(key, str):
        raise _no_way(path, f"a name in it is {type(key).__name__}; allowed: text")
    if len(key) > LONGEST_KEY:
        raise _no_way(path, f"a name in it has more than {LONGEST_KEY} characters")
    return _text(key, path)


def _scalar(value: Any, path: Path) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value, path)
        case FilePath():
            return _text(value.as_posix(), path)
        case int() | Decimal():
            return _number(value, path)
        case float():
            return _number(Decimal(repr(value)), path)
        case Fraction():
            return _fraction(value, path)
    raise _no_way(
        path,
        f"{type(value).__name__} is given; allowed: mappings, lists, texts, numbers, true, false, "
        "paths",
    )


def _number(value: int | Decimal, path: Path) -> str:
    if isinstance(value, int):
        if abs(value) < 10**MOST_DIGITS:
            return str(value)
        raise _no_way(path, f"a whole number has more than {MOST_DIGITS} digits")
    if value.is_finite():
        for text in (f"{value:f}", str(value)):
            if NUMBER.fullmatch(text):
                return text
    raise _no_way(path, f"{value} is no number that a file has room for")


def _fraction(value: Fraction, path: Path) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return _number(exact, path) if Fraction(exact) == value else _text(str(value), path)


def _text(text: str, path: Path) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _no_way(path, "the text has half of a character in it") from None
    return text if _is_plain(text) else f'"{"".join(map(_escaped, text))}"'


def _is_plain(text: str) -> bool:
    """Whether a text needs no quotes, and other readers of YAML read it the same way."""
    reads_as_text = (
        text not in WORDS
        and text.lower() not in _OLD_WORDS
        and not NUMBER.fullmatch(text)
        and not _OLD_NUMBER.fullmatch(text)
    )
    return (
        reads_as_text
        and _PLAIN.match(text) is not None
        and text.isprintable()
        and text == text.strip()
        and not re.search(r":( |$)| #", text)
        and not text.startswith(("---", "..."))
    )


def _is_block(text: str) -> bool:
    """Whether a text is easiest to read as a literal block, and reads back unchanged."""
    lines = text.removesuffix("\n").split("\n")
    return (
        len(lines) > 1
        and bool(lines[0].strip())
        and not lines[0].startswith(" ")
        and bool(lines[-1].strip())
        and all(line.isprintable() for line in lines)
    )


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if char.isprintable() else f"\\U{ord(char):08X}"


def _no_way(path: Path, said: str) -> InvalidInput:
    return InvalidInput(f"{dotted(path) or 'the pipeline'} can't be written: {said}")
