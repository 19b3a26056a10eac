"""Any endpoint of fal: its arguments are free JSON, and its price is a most per job."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import BaseModel, ConfigDict

from shotgraph.endpoints.endpoint import Endpoint, Output, PriceRule
from shotgraph.model.fields import FreeJson
from shotgraph.model.walk import walk

KIND = "fal"
"""The kind of step that uses such an endpoint."""

_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_ID = re.compile(rf"(?:(?:workflows|comfy)/)?{_SEGMENT}/{_SEGMENT}(?:/{_SEGMENT})*")
_NAMESPACES = ("workflows", "comfy")
_LONGEST_ID = 200


def is_endpoint_id(text: str) -> bool:
    """Tell whether a text is an endpoint's id: ``owner/app``, and perhaps more parts.

    The namespaces ``workflows/`` and ``comfy/`` stand before that
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
        """Give them as content keys hold them: nothing of what is sent is left out.

        Null, an empty list and a fraction, which a key leaves out or writes as a text, are put
        apart under ``json``; so is a mapping that has that name itself, or that of an asset.
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
    """The most that one job costs, as the step says, or as jobs of the endpoint were billed.

    Attributes:
        unit_usd: What fal takes for one of the units that it bills, in dollars; None where that is
            not known.
    """

    unit_usd: Decimal | None = None

    def cost_usd(self, seconds: Fraction, *, usd_per_second: Decimal | None = None) -> Decimal:
        """Price a job: the same for all."""
        return self.usd_per_second

    def at(self, usd_per_second: Decimal, *, dated: str, source: str) -> "FixedPrice":
        """Stay as it is: a rate for a unit that is not known says nothing about a job."""
        return self


def any_endpoint(endpoint_id: str, price_usd: Decimal, outputs: Sequence[Output]) -> Endpoint:
    """Describe an endpoint.

    Args:
        endpoint_id: Its full id.
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
