"""Arguments → the JSON body that fal documents."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from shotgraph.media_ref import Asset, LocalFile, RemoteUrl, StepOutput


def wire_body(arguments: BaseModel, url_of: Callable[[Asset], str]) -> dict[str, Any]:
    """Write arguments under fal's names, media as URLs, and only the fields that were set."""
    fields = type(arguments).model_fields
    return {
        fields[name].alias or name: _wire(getattr(arguments, name), url_of)
        for name in fields
        if name in arguments.model_fields_set and getattr(arguments, name) is not None
    }


def _wire(value: Any, url_of: Callable[[Asset], str]) -> Any:
    if isinstance(value, Asset):
        return url_of(value)
    if isinstance(value, LocalFile | RemoteUrl | StepOutput):
        raise TypeError(f"{value!r} has not been taken into the store")
    if isinstance(value, BaseModel):
        return wire_body(value, url_of)
    if isinstance(value, list):
        return [_wire(item, url_of) for item in value]
    return value
