"""The record of a bundle, and the names that its files may have."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from shotgraph.errors import InvalidInput, Terminal
from shotgraph.model.references import Sha256

MOST_FILES = 500
MOST_FILE_BYTES = 2 * 1024**3
MOST_BYTES = 8 * 1024**3
MOST_PARTS = 16
MOST_CHARACTERS = 1024
MOST_PART_BYTES = 255

_REFERENCE = re.compile(r"bundle:([0-9a-f]{64})")


def is_reference(text: str) -> bool:
    """Whether a text is the reference of a bundle: ``bundle:`` and a sha256."""
    return _REFERENCE.fullmatch(text) is not None


def record_name(reference: str) -> str:
    """The name of the record that a reference leads to.

    Raises:
        InvalidInput: The text is no reference.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise InvalidInput(
            f'"{reference[:200]}" is no bundle; allowed: bundle: and 64 hexadecimal digits, as '
            "shotgraph deploy prints it"
        )
    return f"bundles/{match[1]}.json"


def is_safe_path(text: str) -> bool:
    """Whether a path stays below a folder, on every system."""
    parts = text.split("/")
    return (
        0 < len(text) <= MOST_CHARACTERS
        and len(parts) <= MOST_PARTS
        and text.isprintable()
        and "\\" not in text
        and all(part not in ("", ".", "..") for part in parts)
        and all(len(part.encode("utf-8", "replace")) <= MOST_PART_BYTES for part in parts)
    )


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class BundledFile(_Strict):
    """One file of a bundle.

    Attributes:
        path: The path relative to the bundle's folder, with slashes.
    """

    path: str
    sha256: Sha256 = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=0, le=MOST_FILE_BYTES)


class Bundle(_Strict):
    """A pipeline file with every file that it names.

    Attributes:
        pipeline: The path of the pipeline file in the bundle.
        given: Default values of the pipeline's parameters, which replace the defaults in the file;
            paths are of files in the bundle.
        files: The files, sorted by path.
    """

    version: Literal[1] = 1
    pipeline: str
    given: dict[str, JsonValue] = {}
    files: list[BundledFile] = Field(min_length=1, max_length=MOST_FILES)

    @model_validator(mode="after")
    def _one_place_each(self) -> Self:
        paths = [file.path for file in self.files]
        for path in paths:
            if not is_safe_path(path):
                raise ValueError(f"{path[:200]!r} is no path of a file below a folder")
        if paths != sorted(set(paths)):
            raise ValueError("the files are not in the order of their paths, each once")
        if self.pipeline not in paths:
            raise ValueError("the pipeline is not among the files")
        folders = {folder for path in paths for folder in _above(path)}
        if both := folders & set(paths):
            raise ValueError(f"{min(both)!r} is a file and a folder")
        if sum(file.size_bytes for file in self.files) > MOST_BYTES:
            raise ValueError(f"the files have over {MOST_BYTES} bytes")
        return self

    def as_bytes(self) -> bytes:
        """Write the record; the same bundle gives the same bytes."""
        plain = self.model_dump(mode="json")
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, indent=1).encode()

    def reference(self) -> str:
        """The reference: ``bundle:`` and the hash of the record."""
        return f"bundle:{hashlib.sha256(self.as_bytes()).hexdigest()}"


def _above(path: str) -> Iterator[str]:
    return (str(folder) for folder in PurePosixPath(path).parents if str(folder) != ".")


def read_bundle(reference: str, data: bytes) -> Bundle:
    """Read the record of a bundle.

    Raises:
        Terminal: The bytes do not have the reference's hash, or this version can't read them.
    """
    if f"bundle:{hashlib.sha256(data).hexdigest()}" != reference:
        raise Terminal(f"the record of {reference[:19]}… is damaged; deploy the file again")
    try:
        return Bundle.model_validate_json(data)
    except ValidationError as error:
        reason = _reason(error.errors()[0])
        raise Terminal(
            f"{reference[:19]}… can't be read by this version of shotgraph: {reason}"
        ) from None


def _reason(finding: Any) -> str:
    where = ".".join(str(part) for part in finding["loc"])
    return f"{where}: {finding['msg']}" if where else str(finding["msg"])
