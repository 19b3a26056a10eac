"""One job for fal, with everything about it known except how it will turn out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from shotgraph.endpoints import AnyArguments, Endpoint, FixedPrice
from shotgraph.endpoints.arguments import misfits
from shotgraph.errors import MediaError
from shotgraph.keys import Key, content_key
from shotgraph.media.info import MediaInfo
from shotgraph.model.fields import as_number, media_in, set_fields_of
from shotgraph.model.references import Asset, MediaRef, Sha256
from shotgraph.model.walk import walk
from shotgraph.spec.fal_arguments import FalArguments


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes:
        step: The step that it is done for, for messages; not part of its key.
        arguments: Every medium in them is an asset.
        named: The same as its key has them, where a medium was made to fit: that one by the key
            of the recipe that makes it, in place of its bytes. They depend on ffmpeg, and another
            one must not buy the job again.
        part_of: The job as its step asks for it, where this is what that was made to fit, or one
            piece of it; not part of its key.
    """

    step: str
    endpoint: Endpoint
    arguments: BaseModel
    take: int
    backend: str
    named: BaseModel | None = None
    part_of: "Job | None" = None

    @cached_property
    def key(self) -> Key:
        """Its content key; a run asks for it often, and it never changes."""
        named = self.named or self.arguments
        return content_key(self.endpoint.id, named, take=self.take, backend=self.backend)

    def traits(self) -> dict[str, str | int]:
        """What may be noted of it anywhere: no words of its prompt, and no URL."""
        return {
            "step": self.step,
            "key": self.key,
            "endpoint": self.endpoint.id,
            "take": self.take,
        }

    @property
    def paths(self) -> tuple[str, ...]:
        """Where in fal's reply the files are that it is done for; not part of its key."""
        return tuple(output.path for output in self.endpoint.outputs)

    @property
    def usd_per_unit(self) -> Decimal | None:
        """What fal bills for one unit, in dollars; None where its unit is not known."""
        price = self.endpoint.price
        return price.unit_usd if isinstance(price, FixedPrice) else price.usd_per_second

    def assets(self) -> list[Asset]:
        """The media that it takes, in order."""
        return [ref for _, _, ref in media_in(self.arguments) if isinstance(ref, Asset)]

    def check_inputs(self, infos: Mapping[Sha256, MediaInfo]) -> None:
        """Check every input against the endpoint's limits, before anything is sent.

        Raises:
            MediaError: One does not fit; the message names the field, the value and the limit.
        """
        limits = self.endpoint.limits
        if limits is None:
            return
        for path, wanted, ref in media_in(self.arguments):
            assert isinstance(ref, Asset)  # noqa: S101  a job's media are assets
            found = misfits(infos[ref.sha256], wanted or ref.kind, limits)
            if found:
                field = ".".join(str(part) for part in path)
                raise MediaError(
                    f"{self.step}: fal would refuse its {field}: {'; '.join(found)}. "
                    "Nothing was sent"
                )

    def estimate_usd(self, infos: Mapping[Sha256, MediaInfo]) -> Decimal:
        """Price it, from its inputs' or its chosen seconds."""
        price = self.endpoint.price
        seconds = price.seconds(
            input_seconds=self.input_seconds(infos), chosen_seconds=chosen_seconds(self.arguments)
        )
        return price.cost_usd(seconds)

    def input_seconds(self, infos: Mapping[Sha256, MediaInfo]) -> Fraction:
        """Add up its videos, in seconds."""
        return sum(
            (infos[asset.sha256].duration for asset in self.assets() if asset.kind == "video"),
            Fraction(0),
        )


_APART = 1000
"""More than people ever take by hand: a retake has the number of no take of theirs."""


def retake_of(job: Job, number: int) -> Job:
    """Make the job of a retake that is bought because of faults.

    It is another take of the same job: take 2 has the retakes 1002, 2002 and so on, whatever else
    was taken, so that two runs mean the same one.

    Args:
        job: The job of the take.
        number: Which retake, from 1; 0 is the take itself.
    """
    return replace(job, take=job.take + _APART * number) if number else job


def chosen_seconds(arguments: BaseModel) -> Fraction:
    """The duration that the arguments choose, in seconds; 0 where they choose none."""
    return Fraction(getattr(arguments, "duration", "0"))


def fal_job(step: str, arguments: FalArguments, take: int, backend: str) -> Job:
    """Make the job of a ``fal`` step.

    Its key holds the endpoint, the arguments, the take and the backend; not what is taken from the
    reply, nor the price or the schema.

    Args:
        step: The step, for messages.
        arguments: Its body; every medium in it is an asset.
        take: Which generation, from 1.
        backend: Who draws.
    """
    return Job(step, arguments.endpoint_used(), arguments.wired(), take, backend)


def wire_body(arguments: BaseModel, url_of: Callable[[Asset], str]) -> dict[str, Any]:
    """Write arguments under fal's names, media as URLs, and only the fields that were set."""

    def sent(ref: MediaRef) -> str:
        if not isinstance(ref, Asset):
            raise TypeError(f"{ref!r} has not been taken into the store")
        return url_of(ref)

    body: dict[str, Any] = walk(arguments, sent, as_number, fields=_sent_fields)
    return body


def _sent_fields(model: BaseModel) -> Mapping[str, Any]:
    if isinstance(model, AnyArguments):
        return model.values
    fields = type(model).model_fields
    given = set_fields_of(model).items()
    return {fields[name].alias or name: item for name, item in given if item is not None}
