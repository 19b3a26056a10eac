"""Check the arguments of a step that come from Python code, not from a pipeline file."""

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from shotgraph.endpoints import KINDS, Endpoint, Tier
from shotgraph.errors import InvalidInput
from shotgraph.graph.derived_nodes import CONTINUED, DELIVER
from shotgraph.graph.resolve import as_choice
from shotgraph.making.step_jobs import CheckedStep
from shotgraph.model.fields import with_media
from shotgraph.model.references import LocalFile, MediaRef
from shotgraph.spec import STEP_KINDS, Checking, CheckMode, OnLength
from shotgraph.spec.checked import value_words
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.spec.step_options import MOST_RETAKES

Arguments = TypeVar("Arguments", bound=BaseModel)


def checked(
    kind: str,
    given: dict[str, Any],
    tier: Tier | None = None,
    take: int = 1,
    on_length: OnLength = "warn",
    check: CheckMode = "warn",
    retakes: int = 1,
) -> CheckedStep:
    """Check the arguments of a task in a user's own flow; None means that a field is not set.

    Args:
        kind: The kind of step.
        given: The fields of the step.
        tier: The tier; None for a kind without tiers.
        take: The number of the take, from 1.
        on_length: The action if a video comes back in another length than was asked for.
        check: The action if a video has faults.
        retakes: The most retakes that `check="retake"` may buy.

    Raises:
        InvalidInput: A field is wrong; the message names every wrong field.
    """
    endpoint = _endpoint_of(kind, tier) if tier is not None else None
    model = {CONTINUED.name: CONTINUED, DELIVER.name: DELIVER}.get(kind) or STEP_KINDS[kind]
    arguments = _validated(kind, endpoint.arguments if endpoint else model.arguments, given)
    if take < 1:
        raise InvalidInput(f"{kind}: take is {take}; allowed: from 1 up")
    if on_length not in get_args(OnLength):
        raise InvalidInput(f"{kind}: on_length is {on_length}; allowed: fit, warn, fail")
    if check not in get_args(CheckMode):
        raise InvalidInput(f"{kind}: check is {check}; allowed: {', '.join(get_args(CheckMode))}")
    if not 1 <= retakes <= MOST_RETAKES:
        raise InvalidInput(f"{kind}: retakes is {retakes}; allowed: 1 to {MOST_RETAKES}")
    if isinstance(arguments, FalArguments):
        endpoint = arguments.endpoint_used()
    checking = Checking(check, retakes if check == "retake" else 0)
    return CheckedStep(kind, with_media(arguments, _resolved), endpoint, take, on_length, checking)


def _resolved(ref: MediaRef) -> MediaRef:
    """Follow a file's links now, so that later changes of links have no effect."""
    if not isinstance(ref, LocalFile):
        return ref
    try:
        return LocalFile(file=ref.file.resolve())
    except (OSError, RuntimeError, ValueError):  # opening the file will give a good message
        return LocalFile(file=ref.file.absolute())


def _endpoint_of(kind: str, tier: Tier) -> Endpoint:
    endpoint = KINDS[kind].get(tier)
    if endpoint is None:
        raise InvalidInput(f'{kind}: "{tier}" is no tier; allowed: {", ".join(KINDS[kind])}')
    return endpoint


def _validated(kind: str, model: type[Arguments], given: dict[str, Any]) -> Arguments:
    values = {
        name: as_choice(value, model, (name,)) for name, value in given.items() if value is not None
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        said = "; ".join(f"{_field(item)}: {_words(item, model)}" for item in found)
        raise InvalidInput(f"{kind}: {said}") from None


def _field(item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"])
    return path or str(item.get("ctx", {}).get("field", "arguments"))


def _words(item: Any, model: type[BaseModel]) -> str:
    if item["type"] == "missing":
        return "it is missing"
    if isinstance(item["input"], float):
        # Pipeline files have no floats: there, 0.1 is exact.
        text = f'"{item["input"]}"'
        return f"{item['input']} is a float, and floats are not exact; write it as text, {text}"
    if "field" in item.get("ctx", {}):
        return str(item["msg"])
    if item["type"] == "extra_forbidden":
        return "there is no such field"
    words = value_words(item, model)
    if words is None:
        return str(item["msg"])
    return f"{words.what}; allowed: {words.allowed}" if words.allowed else words.what
