"""Every endpoint that shotgraph knows.

* kling_o1: one file for each kind of Kling O1
* endpoint, arguments: an endpoint; the arguments and limits of Kling's
* any_endpoint, openapi, documented_outputs: all others, checked against fal's own document
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
from shotgraph.endpoints.endpoint import Endpoint, Output, PriceRule, Tier

__all__ = [
    "ENDPOINTS",
    "IMAGE_INPUT",
    "KINDS",
    "VIDEO_INPUT",
    "AnyArguments",
    "Endpoint",
    "FixedPrice",
    "ImageLimits",
    "KlingArguments",
    "Output",
    "PriceRule",
    "Tier",
    "VideoLimits",
    "any_endpoint",
]


def _discover() -> dict[str, Endpoint]:
    found: dict[str, Endpoint] = {}
    for module in iter_modules(kling_o1.__path__):
        for endpoint in import_module(f"{kling_o1.__name__}.{module.name}").ENDPOINTS:
            found[endpoint.id] = endpoint
    return found


ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType(_discover())
"""By full id."""


def _by_kind() -> dict[str, dict[Tier, Endpoint]]:
    kinds: dict[str, dict[Tier, Endpoint]] = {}
    for endpoint in ENDPOINTS.values():
        kinds.setdefault(endpoint.kind, {})[endpoint.tier] = endpoint
    return kinds


KINDS: Mapping[str, Mapping[Tier, Endpoint]] = MappingProxyType(_by_kind())
"""By kind of step, then by tier."""
