"""Every endpoint that shotgraph knows.

* kling_o1: one file for each kind of Kling O1
* endpoint, arguments: an endpoint; the arguments and limits of Kling's
* any_endpoint, openapi: all other endpoints, checked against fal's own documents
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from shotgraph.endpoints import kling_o1
from shotgraph.endpoints.any_endpoint import AnyArguments, FixedPrice, any_endpoint
from shotgraph.endpoints.arguments import (
    IMAGE_INPUT,
    VIDEO_INPUT,
    ImageLimits,
    KlingArguments,
    VideoLimits,
)
from shotgraph.endpoints.endpoint import Endpoint, KindWords, Output, PriceRule, Tier

__all__ = [
    "ENDPOINTS",
    "IMAGE_INPUT",
    "KINDS",
    "KIND_WORDS",
    "VIDEO_INPUT",
    "AnyArguments",
    "Endpoint",
    "FixedPrice",
    "ImageLimits",
    "KindWords",
    "KlingArguments",
    "Output",
    "PriceRule",
    "Tier",
    "VideoLimits",
    "any_endpoint",
]


_FILES = tuple(
    import_module(f"{kling_o1.__name__}.{module.name}")
    for module in iter_modules(kling_o1.__path__)
)

ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType(
    {endpoint.id: endpoint for file in _FILES for endpoint in file.ENDPOINTS}
)
"""The endpoints by full id."""


def _by_kind() -> dict[str, dict[Tier, Endpoint]]:
    kinds: dict[str, dict[Tier, Endpoint]] = {}
    for endpoint in ENDPOINTS.values():
        kinds.setdefault(endpoint.kind, {})[endpoint.tier] = endpoint
    return kinds


KINDS: Mapping[str, Mapping[Tier, Endpoint]] = MappingProxyType(_by_kind())
"""The endpoints by kind of step, then by tier."""

KIND_WORDS: Mapping[str, KindWords] = MappingProxyType(
    {endpoint.kind: file.WORDS for file in _FILES for endpoint in file.ENDPOINTS}
)
"""The words for each kind of step, by kind."""
