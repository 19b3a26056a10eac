"""One endpoint of fal: its id, its arguments, its output, its price."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from shotgraph.endpoints.arguments import KlingArguments
from shotgraph.endpoints.price import PriceRule

Tier: TypeAlias = Literal["standard", "pro"]


class File(BaseModel):
    """A file as fal returns it: it says neither how long nor how wide it is."""

    model_config = ConfigDict(frozen=True)

    url: str
    content_type: str | None = None
    file_name: str | None = None
    file_size: int | None = None


class VideoOutput(BaseModel):
    """What every Kling O1 endpoint returns."""

    model_config = ConfigDict(frozen=True)

    video: File


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as fal has it.

    Attributes:
        id: The full id, as submitted to.
        kind: The kind of step that uses it.
        arguments: The model of its arguments.
        price: The rule that prices a job.
        usual_s: How long a job usually takes, in seconds, until this store has seen some.
    """

    id: str
    kind: str
    tier: Tier
    arguments: type[KlingArguments]
    price: PriceRule
    usual_s: int = 180
    output: type[VideoOutput] = VideoOutput
