"""One job for fal, with everything that defines it."""

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
        step: The step of the job, for messages; not part of its key.
        arguments: The arguments; every medium in them is an asset.
        named: The arguments for the key, if a medium was conformed. That medium is named by the
            key of its recipe, not by its bytes: the bytes depend on the version of ffmpeg, and
            another version must not buy the job again.
        part_of: The job that the step asks for, if this one is a conformed form or a piece of
            it; not part of the key.
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
        """The content key; cached, because a run needs it often and it never changes."""
        named = self.named or self.arguments
        return content_key(self.endpoint.id, named, take=self.take, backend=self.backend)

    def traits(self) -> dict[str, str | int]:
        """The job's data that any log or trace may hold: no prompt, and no URL."""
        return {
            "step": self.step,
            "key": self.key,
            "endpoint": self.endpoint.id,
            "take": self.take,
        }

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the wanted files in fal's reply; not part of the key."""
        return tuple(output.path for output in self.endpoint.outputs)

    @property
    def usd_per_unit(self) -> Decimal | None:
        """The price of one of fal's units, in dollars; None if the unit is not known."""
        price = self.endpoint.price
        return price.unit_usd if isinstance(price, FixedPrice) else price.usd_per_second

    def assets(self) -> list[Asset]:
        """The job's input media, in order."""
        return [ref for _, _, ref in media_in(self.arguments) if isinstance(ref, Asset)]

    def check_inputs(self, infos: Mapping[Sha256, MediaInfo]) -> None:
        """Check every input against the endpoint's limits, before anything is sent.

        Raises:
            MediaError: An input does not fit; the message names field, value and limit.
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
        """Estimate the cost in dollars, from the seconds of the inputs or the chosen seconds."""
        price = self.endpoint.price
        seconds = price.seconds(
            input_seconds=self.input_seconds(infos), chosen_seconds=chosen_seconds(self.arguments)
        )
        return price.cost_usd(seconds)

    def input_seconds(self, infos: Mapping[Sha256, MediaInfo]) -> Fraction:
        """The total length of the input videos, in seconds."""
        return sum(
            (infos[asset.sha256].duration for asset in self.assets() if asset.kind == "video"),
            Fraction(0),
        )


_APART = 1000
"""More takes than people ever ask for: so a retake never has the number of such a take."""


def retake_of(job: Job, number: int) -> Job:
    """Make the job of a retake that is bought because of faults.

    It is another take of the same job: take 2 has the retakes 1002, 2002 and so on. The number
    does not depend on other takes, so every run gives a retake the same number.

    Args:
        job: The job of the take.
        number: The number of the retake, from 1; 0 is the take itself.
    """
    return replace(job, take=job.take + _APART * number) if number else job


def retake_number(take: int) -> int:
    """The number of a retake, from the number of its take; 0 for a take itself."""
    return take // _APART


def chosen_seconds(arguments: BaseModel) -> Fraction:
    """The duration that the arguments choose, in seconds; 0 if they choose none."""
    return Fraction(getattr(arguments, "duration", "0"))


def fal_job(step: str, arguments: FalArguments, take: int, backend: str) -> Job:
    """Make the job of a ``fal`` step.

    Its key holds the endpoint, the arguments, the take and the backend; not the outputs, the price
    or the schema that the step names.

    Args:
        step: The step, for messages.
        arguments: The step's body; every medium in it is an asset.
        take: The number of the take, from 1.
        backend: The server's name in content keys.
    """
    return Job(step, arguments.endpoint_used(), arguments.wired(), take, backend)


def wire_body(arguments: BaseModel, url_of: Callable[[Asset], str]) -> dict[str, Any]:
    """Write the body of a request: fal's names of the fields that are set, and media as URLs."""

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
