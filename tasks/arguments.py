"""What a task is given → checked arguments, and what its cache key can know of them."""

import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

from prefect.context import TaskRunContext
from pydantic import BaseModel, ValidationError

from shotgraph.endpoints import Output
from shotgraph.errors import InvalidInput
from shotgraph.inputs.known_media import known_now
from shotgraph.keys import Key
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.references import Asset
from shotgraph.money.results import Results
from shotgraph.store import Store

Arguments = TypeVar("Arguments", bound=BaseModel)


def checked(kind: str, model: type[Arguments], given: dict[str, Any]) -> Arguments:
    """Check a task's arguments; None means that a field is not set.

    Raises:
        InvalidInput: One is wrong; the message names every field.
    """
    try:
        return model.model_validate(
            {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as error:
        raise InvalidInput(f"{kind}: {_findings(error)}") from None


def _findings(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{_place(item)}: {item['msg']}" for item in found)


def _place(item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"])
    return path or str(item.get("ctx", {}).get("field", "arguments"))


def step_name(kind: str) -> str:
    """The name of the step that runs: the task run's."""
    context = TaskRunContext.get()
    return context.task_run.name if context else kind


def cache_key(key: Key, store: Store, outputs: Sequence[Output] = ()) -> str | None:
    """Name what the store holds for a job in Prefect's cache; None if it holds nothing.

    The result's own hash is in the name: another store may hold another film for the same job,
    and Prefect's cache is not part of any store.

    Args:
        key: The job's.
        store: Where its result is.
        outputs: The files that a step takes from its reply, where it says so: several of them,
            and their names, are in the name too.
    """
    paths = [output.path for output in outputs] or None
    result = Results(store).get_now(key, paths)
    if result is None:
        return None
    several = "\n".join(f"{one.name} {one.path}" for one in outputs) if len(outputs) > 1 else ""
    apart = f"-{hashlib.sha256(several.encode()).hexdigest()[:16]}" if several else ""
    return f"shotgraph-{key}{apart}-{result.asset.sha256[:16]}"


def with_known_media(arguments: Arguments, store: Store) -> Arguments | None:
    """Put in the assets that can be known without fetching; None if one can't."""
    kinds = {ref: wanted for _, wanted, ref in media_in(arguments)}
    known = with_media(arguments, lambda ref: known_now(ref, kinds[ref], store))
    return known if all(isinstance(ref, Asset) for _, _, ref in media_in(known)) else None
