"""Any endpoint of fal: free JSON, the most that a job costs, and the files in its reply."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import BaseModel, ConfigDict

from shotgraph.endpoints.endpoint import Endpoint, Output, PriceRule, path_parts
from shotgraph.endpoints.openapi import JSON, SchemaFinding, dig, followed, names_of
from shotgraph.model.fields import FreeJson
from shotgraph.model.references import MediaKind, media_kind_of_file, media_kind_of_output
from shotgraph.model.walk import walk

KIND = "fal"
"""The kind of step that uses any endpoint."""

_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_ID = re.compile(rf"(?:(?:workflows|comfy)/)?{_SEGMENT}/{_SEGMENT}(?:/{_SEGMENT})*")
_NAMESPACES = ("workflows", "comfy")
_LONGEST_ID = 200


def is_endpoint_id(text: str) -> bool:
    """Tell whether a text is an endpoint's id: ``owner/app``, and perhaps more parts.

    The namespaces ``workflows/`` and ``comfy/`` come before the owner
    (https://docs.fal.ai/model-apis/model-endpoints/queue).
    """
    segments = text.split("/")
    least = 3 if segments[0] in _NAMESPACES else 2
    return len(text) <= _LONGEST_ID and len(segments) >= least and _ID.fullmatch(text) is not None


class AnyArguments(BaseModel):
    """The arguments of any endpoint, under fal's own names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: FreeJson

    def exact(self) -> dict[str, Any]:
        """Give the arguments for content keys, with every part that is sent.

        A content key omits null and empty lists, and writes fractions as texts. So these values are
        put under ``json``; so is a mapping with a key ``json`` or ``sha256``.
        """
        return {
            name: walk(value, lambda ref: ref, _exact, rebuilt=_apart)
            for name, value in self.values.items()
        }


def _exact(value: Any) -> Any:
    if value is None:
        return {"json": "null"}
    return {"json": f"{value.normalize():f}"} if isinstance(value, Decimal) else value


def _apart(old: Any, new: Any) -> Any:
    if new == []:
        return {"json": "[]"}
    return {"json": new} if isinstance(old, dict) and old.keys() & {"json", "sha256"} else new


@dataclass(frozen=True)
class FixedPrice(PriceRule):
    """The most that one job costs: the step's price, or the price of jobs billed before.

    Attributes:
        unit_usd: The price of one unit that fal bills, in dollars; None if it is not known.
    """

    unit_usd: Decimal | None = None

    def cost_usd(self, seconds: Fraction, *, usd_per_second: Decimal | None = None) -> Decimal:
        """Price a job: every job of the step has one price."""
        return self.usd_per_second

    def at(self, usd_per_second: Decimal, *, dated: str, source: str) -> "FixedPrice":
        """Give this price unchanged: a rate per unknown unit tells nothing about a job's price."""
        return self


def any_endpoint(endpoint_id: str, price_usd: Decimal, outputs: Sequence[Output]) -> Endpoint:
    """Describe an endpoint.

    Args:
        endpoint_id: The endpoint's full id.
        price_usd: The most that one job costs, in dollars.
        outputs: The files that are taken from its reply.
    """
    return Endpoint(
        id=endpoint_id,
        kind=KIND,
        tier="standard",
        arguments=AnyArguments,
        price=FixedPrice(price_usd, "chosen", "", "the step's price_usd"),
        outputs=tuple(outputs),
        limits=None,
    )


_MOST_LEVELS = 4
_MOST_SAID = 20
_URL_WORD = re.compile(r"\bur[li]s?\b", re.IGNORECASE)
_NO_FILE = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "a mapping without a url",
    "string": "a text",
}


@dataclass(frozen=True)
class DocumentedOutput:
    """The documented value at a path of a reply.

    Attributes:
        is_file: Whether the value is a file; None if the document does not say.
        kind: The kind of the file; None if the document does not say.
        what: The value in words, if it is no file.
    """

    is_file: bool | None = None
    kind: MediaKind | None = None
    what: str = ""


def documented_output(document: Mapping[str, Any], endpoint_id: str, path: str) -> DocumentedOutput:
    """Look up the documented value at a path of an endpoint's reply."""
    here: Any = _reply_schema(document, endpoint_id)
    for part in path_parts(path):
        here = _below(document, here, part)
    return _described(document, here, path)


def check_outputs(
    document: Mapping[str, Any], endpoint_id: str, paths: Sequence[str]
) -> list[SchemaFinding]:
    """Check that an endpoint's reply has files at these paths, by its document."""
    reply = _reply_schema(document, endpoint_id)
    if reply is None:
        return []
    files = list(_files(document, reply, "", _MOST_LEVELS))[:_MOST_SAID]
    allowed = ", ".join(files) or "nothing, for it has no file"
    found = []
    for path in paths:
        there = documented_output(document, endpoint_id, path)
        if _is_missing(document, reply, path_parts(path)):
            found.append(SchemaFinding((path,), f'its reply has no "{path}"', allowed))
        elif there.is_file is False:
            what = f'"{path}" is {there.what} in its reply, and no file'
            found.append(SchemaFinding((path,), what, allowed))
    return found


def _reply_schema(document: Mapping[str, Any], endpoint_id: str) -> Mapping[str, Any] | None:
    paths = document.get("paths", {})
    asked = [path for path in paths if path.endswith("/requests/{request_id}")]
    for path, verb in [*((path, "get") for path in asked), (f"/{endpoint_id}", "post")]:
        schema = dig(paths.get(path), verb, "responses", "200", "content", JSON, "schema")
        if isinstance(schema, dict) and names_of(document, schema) is not None:
            return schema if "queue_position" not in str(names_of(document, schema)) else None
    return None


def _below(document: Mapping[str, Any], schema: Any, part: str | int) -> Any:
    here = followed(document, schema)
    return here.get("items") if isinstance(part, int) else dig(here.get("properties"), part)


def _is_missing(document: Mapping[str, Any], schema: Any, parts: Sequence[str | int]) -> bool:
    """Tell whether the document rules out any value at a path."""
    here: Any = schema
    for part in parts:
        if isinstance(part, str):
            names = names_of(document, followed(document, here))
            if names is None or part not in names:
                return names is not None
        here = _below(document, here, part)
    return False


def _described(document: Mapping[str, Any], schema: Any, path: str) -> DocumentedOutput:
    here = followed(document, schema)
    kind = here.get("type")
    if "url" in (here.get("properties") or {}):
        return DocumentedOutput(True, _kind_of(document, schema))
    if kind == "string" and _may_be_url(schema, here, path):
        return DocumentedOutput(True, _kind_of(document, schema))
    is_open = kind == "object" and names_of(document, here) is None
    if not isinstance(kind, str) or kind not in _NO_FILE or is_open:
        return DocumentedOutput()
    return DocumentedOutput(False, what=_NO_FILE[kind])


def _may_be_url(schema: Any, here: Mapping[str, Any], path: str) -> bool:
    """Tell whether a text may be a URL: by its format, its name, its description or an example."""
    if here.get("format") in ("uri", "url") or media_kind_of_output(path) is not None:
        return True
    said = [dig(each, name) for each in (schema, here) for name in ("title", "description")]
    if any(isinstance(text, str) and _URL_WORD.search(text) for text in said):
        return True
    return any(_urls(schema)) or any(_urls(here))


def _kind_of(document: Mapping[str, Any], schema: Any) -> MediaKind | None:
    """The kind of a file: by its example, else by the name of its schema."""
    for url in _urls(schema):
        if (kind := media_kind_of_file(url)) is not None:
            return kind
    for name in _names(schema):
        if (kind := media_kind_of_output(name)) is not None:
            return kind
    return None


def _urls(schema: Any) -> Iterator[str]:
    examples = dig(schema, "examples")
    for example in [*(examples if isinstance(examples, list) else []), dig(schema, "example")]:
        url = dig(example, "url") if isinstance(example, dict) else example
        if isinstance(url, str) and url.startswith(("https://", "http://")):
            yield url


def _names(schema: Any) -> Iterator[str]:
    """The names of a schema: ``Image``, ``VideoFile``."""
    choices = [dig(schema, word) for word in ("allOf", "anyOf", "oneOf")]
    for each in [
        schema,
        *(one for choice in choices if isinstance(choice, list) for one in choice),
    ]:
        reference = dig(each, "$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]


def _files(document: Mapping[str, Any], schema: Any, path: str, levels: int) -> Iterator[str]:
    """The paths at which files are documented."""
    here = followed(document, schema)
    if path and _described(document, schema, path).is_file:
        yield path
    elif levels and here.get("type") == "array":
        yield from _files(document, here.get("items"), f"{path}[0]", levels - 1)
    elif levels:
        for name in here.get("properties") or {}:
            inside = f"{path}.{name}" if path else name
            yield from _files(document, _below(document, schema, name), inside, levels - 1)
