"""One endpoint of fal: its id, its arguments, its output, its price."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel

from shotgraph.endpoints.output import VIDEO, Output
from shotgraph.endpoints.price import PriceRule

Tier: TypeAlias = Literal["standard", "pro"]


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as fal has it.

    Attributes:
        id: The full id, as submitted to.
        kind: The kind of step that uses it.
        arguments: The model of its arguments.
        price: The rule that prices a job.
        usual_s: How long a job usually takes, in seconds, until this store has seen some.
        outputs: The files that are taken from its reply; the first is what the job makes.
        has_limits: Whether what it takes must be inside of Kling O1's limits, and is made to fit.
    """

    id: str
    kind: str
    tier: Tier
    arguments: type[BaseModel]
    price: PriceRule
    usual_s: int = 180
    outputs: tuple[Output, ...] = (VIDEO,)
    has_limits: bool = True
