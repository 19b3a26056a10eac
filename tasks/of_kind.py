"""A task for any paid kind of step, made from the model of its arguments."""

from functools import cache
from inspect import Parameter, Signature
from typing import Any

from prefect import Task, task
from pydantic import BaseModel

from shotgraph.endpoints import KINDS, Tier
from shotgraph.model.fields import media_kind_at
from shotgraph.tasks.made import Made, Source
from shotgraph.tasks.policy import paid_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.step import checked, run_step


@cache
def task_of_kind(kind: str) -> Task[..., Any]:
    """Make the task of a kind of step that has no typed function of its own.

    Its parameters are the fields of the kind's arguments, as in a pipeline file: those that are
    needed first, media by position or by name. ``tier``, ``take`` and ``settings`` follow.

    Raises:
        KeyError: There is no such kind.
    """
    model = next(iter(KINDS[kind].values())).arguments

    signature = _signature(model)

    async def call(*given: Any, **named: Any) -> Made:
        body = dict(signature.bind(*given, **named).arguments)
        tier, take = body.pop("tier", "standard"), body.pop("take", 1)
        settings = body.pop("settings", None)
        return await run_step(checked(kind, body, tier, take), settings)

    call.__name__ = call.__qualname__ = kind
    call.__doc__ = model.__doc__
    call.__signature__ = signature  # type: ignore[attr-defined]
    return task(**paid_options(kind))(call)


def _signature(model: type[BaseModel]) -> Signature:
    fields = model.model_fields
    media = [name for name in fields if media_kind_at(model, (name,)) is not None]
    first = [name for name in media if fields[name].is_required()]
    needed = [name for name in fields if fields[name].is_required() and name not in first]
    other = [name for name in fields if name not in (*first, *needed)]
    settings: list[tuple[str, Any, Any]] = [
        ("tier", Tier, "standard"),
        ("take", int, 1),
        ("settings", RunSettings | None, None),
    ]
    return Signature(
        [
            *(Parameter(one, Parameter.POSITIONAL_OR_KEYWORD, annotation=Source) for one in first),
            *(Parameter(one, Parameter.KEYWORD_ONLY) for one in needed),
            *(Parameter(one, Parameter.KEYWORD_ONLY, default=None) for one in other),
            *(
                Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
                for name, kind, default in settings
            ),
        ],
        return_annotation=Made,
    )
