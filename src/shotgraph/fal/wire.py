"""Arguments → the JSON body that fal documents."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from shotgraph.endpoints import AnyArguments
from shotgraph.model.free_json import plain_json
from shotgraph.model.references import Asset, LocalFile, MediaRef, RemoteUrl, StepOutput


def wire_body(arguments: BaseModel, url_of: Callable[[Asset], str]) -> dict[str, Any]:
    """Write arguments under fal's names, media as URLs, and only the fields that were set."""
    if isinstance(arguments, AnyArguments):
        body: dict[str, Any] = plain_json(arguments.values, lambda ref: _url(ref, url_of))
        return body
    fields = type(arguments).model_fields
    return {
        fields[name].alias or name: _wire(getattr(arguments, name), url_of)
        for name in fields
        if name in arguments.model_fields_set and getattr(arguments, name) is not None
    }


def _wire(value: Any, url_of: Callable[[Asset], str]) -> Any:
    if isinstance(value, Asset | LocalFile | RemoteUrl | StepOutput):
        return _url(value, url_of)
    if isinstance(value, BaseModel):
        return wire_body(value, url_of)
    if isinstance(value, list):
        return [_wire(item, url_of) for item in value]
    return value


def _url(ref: MediaRef, url_of: Callable[[Asset], str]) -> str:
    if not isinstance(ref, Asset):
        raise TypeError(f"{ref!r} has not been taken into the store")
    return url_of(ref)
