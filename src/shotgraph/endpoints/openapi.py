"""An endpoint's OpenAPI document, as fal publishes it: what it says of arguments.

Only what fal's documents say of limits is looked at (types, choices, numbers, lengths, names); no
pattern is run, and nothing is fetched for a reference.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from shotgraph.endpoints.json_limits import limits_checker
from shotgraph.endpoints.json_words import complaint
from shotgraph.model.free_json import plain_json

Place: TypeAlias = tuple[str | int, ...]

MOST_BYTES = 4_000_000

A_URL = "https://v3.fal.media/files/b/medium"
"""Stands for a medium: it is a URL by the time that it is sent."""
JSON = "application/json"
_MOST_REFERENCES = 20
_MOST_FINDINGS = 20


class BadSchema(ValueError):
    """A document is not one that says what an endpoint takes."""


@dataclass(frozen=True)
class Finding:
    """Something that an endpoint would not take, or would not give.

    Attributes:
        path: Where, in the arguments or in the reply.
        what: What is wrong, in words.
        allowed: What would have been right.
        nearest: The right name that is nearest to what was written.
        of_name: Whether it is the last name of the path that is wrong, and not what stands there.
    """

    path: Place
    what: str
    allowed: str = ""
    nearest: str = ""
    of_name: bool = False

    @property
    def said(self) -> str:
        """All of it, in one line."""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{self.what}{allowed}" + (f"; did you mean {self.nearest}?" if self.nearest else "")


def document_in(file: Path) -> Mapping[str, Any]:
    """Read a document out of a file in JSON.

    Raises:
        BadSchema: It can't be read, or is none.
    """
    try:
        found = file.stat()
    except OSError as error:
        raise BadSchema(f"can't be read: {error.strerror}") from None
    return _document(file, (found.st_mtime_ns, found.st_size))


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


def check_arguments(
    document: Mapping[str, Any], endpoint_id: str, values: Mapping[str, Any]
) -> list[Finding]:
    """Check free JSON against what an endpoint takes.

    Args:
        document: Its OpenAPI document.
        endpoint_id: Its full id.
        values: Its arguments, with media in them.

    Raises:
        BadSchema: The document does not say what the endpoint takes.
    """
    root = _with_components(document, _input_schema(document, endpoint_id))
    instance = plain_json(dict(values), lambda ref: A_URL)
    try:
        errors = list(limits_checker(root).iter_errors(instance))
        unknown = list(_unknown(document, root, instance, ()))
    except RecursionError:
        raise BadSchema("what it says of the arguments refers to itself without end") from None
    except Exception as error:  # jsonschema's own, of a reference that leads nowhere or no schema
        raise BadSchema(f"what it says of the arguments can't be followed: {error}") from None
    found = [Finding(*complaint(error)) for error in errors]
    return (found + unknown)[:_MOST_FINDINGS]


def _input_schema(document: Mapping[str, Any], endpoint_id: str) -> Mapping[str, Any]:
    paths = document.get("paths")
    if not isinstance(paths, dict):
        raise BadSchema("it has no paths, so it is no OpenAPI document")
    posts = {path: each["post"] for path, each in paths.items() if _has(each, "post")}
    post = posts.get(f"/{endpoint_id}")
    if post is None and len(posts) == 1 and "/" in posts:
        post = posts["/"]
    schema = dig(post, "requestBody", "content", JSON, "schema")
    if not isinstance(schema, dict):
        told = ", ".join(str(path) for path in list(posts)[:5]) or "none"
        raise BadSchema(f"it does not say what is sent to /{endpoint_id}; it tells of: {told}")
    return schema


def names_of(document: Mapping[str, Any], schema: Any) -> dict[str, Any] | None:
    """The names that a mapping may have; None where the document does not close them."""
    here = followed(document, schema)
    names = here.get("properties")
    if not isinstance(names, dict) or here.get("additionalProperties", False) is not False:
        return None
    if any(word in here for word in ("allOf", "anyOf", "oneOf", "patternProperties")):
        return None
    return names


def _unknown(
    document: Mapping[str, Any], schema: Any, value: Any, path: Place
) -> Iterator[Finding]:
    """Find names that a mapping may not have; fal's documents do not say that of themselves."""
    if isinstance(value, list):
        items = followed(document, schema).get("items")
        for number, item in enumerate(value):
            yield from _unknown(document, items, item, (*path, number))
    names = names_of(document, schema)
    if not isinstance(value, dict) or names is None:
        return
    for name, item in value.items():
        if name in names:
            yield from _unknown(document, names[name], item, (*path, name))
        elif "additionalProperties" not in followed(document, schema):
            near = get_close_matches(name, names, n=1)
            allowed = ", ".join(sorted(names))
            nearest = near[0] if near else ""
            yield Finding((*path, name), "is not known", allowed, nearest, of_name=True)


def followed(document: Mapping[str, Any], schema: Any) -> Mapping[str, Any]:
    """Follow references, a single ``allOf``, and "this or null"."""
    here = schema
    for _ in range(_MOST_REFERENCES):
        if not isinstance(here, dict):
            return {}
        reference = here.get("$ref")
        choices = here.get("allOf") or here.get("anyOf") or here.get("oneOf") or []
        real = [each for each in choices if dig(each, "type") != "null"]
        if isinstance(reference, str) and reference.startswith("#/"):
            here = dig(document, *reference[2:].split("/"))
        elif len(real) == 1 and "properties" not in here:
            here = real[0]
        else:
            return here
    return {}


def _with_components(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    # References lead to "#/components/…", so these stand beside it.
    return {**schema, "components": document.get("components", {})}


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and name in value


def dig(value: Any, *names: str) -> Any:
    """Go down through mappings; None where a name is not there."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
