"""Tasks of paid steps, for people who write flows: Kling O1 with types, `fal`, any other kind."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any, Literal, TypeAlias

from prefect import Task
from pydantic import BaseModel
from typing_extensions import TypedDict

from shotgraph.endpoints import KINDS, Tier
from shotgraph.endpoints.arguments import Duration
from shotgraph.making.given_arguments import checked
from shotgraph.making.step_jobs import CheckedStep
from shotgraph.model.fields import media_kind_at
from shotgraph.model.references import MediaKind
from shotgraph.spec import CheckMode, OnLength
from shotgraph.tasks.made import ElementSource, Made, Source
from shotgraph.tasks.policy import paid_options, step_task
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.step import run_step

_STEP_OPTIONS: tuple[tuple[str, Any, Any], ...] = (
    ("tier", Tier, "standard"),
    ("take", int, 1),
    ("on_length", OnLength, "warn"),
    ("check", CheckMode, "warn"),
    ("retakes", int, 1),
)
_SETTINGS: tuple[str, Any, Any] = ("settings", RunSettings | None, None)


@step_task(**paid_options("edit"))
async def edit(
    video: Source,
    *,
    prompt: str,
    keep_audio: bool | None = None,
    images: list[Source] | None = None,
    elements: list[ElementSource] | None = None,
    tier: Tier = "standard",
    take: int = 1,
    on_length: OnLength = "warn",
    check: CheckMode = "warn",
    retakes: int = 1,
    settings: RunSettings | None = None,
) -> Made:
    """Repaint a clip according to a prompt.

    Args:
        video: The clip, of any length; a long one is repainted in pieces and joined again.
        prompt: The change; @Image1 and @Element1 name the images and elements, in order.
        keep_audio: Whether the clip's sound is kept; by default fal drops it.
        images: Reference images.
        elements: Characters and objects; at most 4 together with the images.
        tier: standard or pro.
        take: The number of the generation; another take is another film, and is paid for.
        on_length: What to do if the film has another length than requested: fit, warn, fail.
        check: What to do if the film has faults: warn, retake, stop, off.
        retakes: The most retakes that `check="retake"` may buy.
        settings: The store and fal; None for the environment's.

    Returns:
        The clip, in the store.

    Raises:
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    return await _run_paid("edit", locals())


@step_task(**paid_options("reference"))
async def reference(
    video: Source,
    *,
    prompt: str,
    duration: Duration | int | None = None,
    aspect_ratio: Literal["auto", "16:9", "9:16", "1:1"] | None = None,
    keep_audio: bool | None = None,
    images: list[Source] | None = None,
    elements: list[ElementSource] | None = None,
    tier: Tier = "standard",
    take: int = 1,
    on_length: OnLength = "warn",
    check: CheckMode = "warn",
    retakes: int = 1,
    continues: bool = False,
    settings: RunSettings | None = None,
) -> Made:
    """Generate a new shot from a clip's style, motion and content.

    Args:
        video: The clip, of any length; the model sees at most its last 10 s.
        prompt: The content of the shot; @Video1, @Image1 and @Element1 name the inputs.
        duration: The length of the shot in seconds, "3" to "10"; fal's default is "5".
        aspect_ratio: The shape of the frame; fal's default is nearest to the clip's shape.
        keep_audio: Whether the clip's sound is kept; by default fal drops it.
        images: Reference images.
        elements: Characters and objects; at most 4 together with the images.
        tier: standard or pro.
        take: The number of the generation; another take is another film, and is paid for.
        on_length: What to do if the film has another length than requested: fit, warn, fail.
        check: What to do if the film has faults: warn, retake, stop, off.
        retakes: The most retakes that `check="retake"` may buy.
        continues: Whether to remove first frames that repeat the end of the shot before, as the
            task `continued` does.
        settings: The store and fal; None for the environment's.

    Returns:
        The clip, in the store.

    Raises:
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    return await _run_paid("reference", locals(), after=video)


@step_task(**paid_options("image_to_video"))
async def image_to_video(
    start_image: Source,
    *,
    prompt: str,
    end_image: Source | None = None,
    duration: Duration | int | None = None,
    tier: Tier = "standard",
    take: int = 1,
    on_length: OnLength = "warn",
    check: CheckMode = "warn",
    retakes: int = 1,
    continues: bool = False,
    settings: RunSettings | None = None,
) -> Made:
    """Animate from a start image, towards an end image if one is given.

    Args:
        start_image: The first frame: at most 10 MB, at least 300 px a side, ratio 0.40 to 2.50.
        prompt: The action; @Image1 is the first frame and @Image2 the last.
        end_image: The last frame; same limits.
        duration: The length of the shot in seconds, "3" to "10"; fal's default is "5".
        tier: standard or pro.
        take: The number of the generation; another take is another film, and is paid for.
        on_length: What to do if the film has another length than requested: fit, warn, fail.
        check: What to do if the film has faults: warn, retake, stop, off.
        retakes: The most retakes that `check="retake"` may buy.
        continues: Whether to remove first frames that repeat the end of the shot before, as the
            task `continued` does.
        settings: The store and fal; None for the environment's.

    Returns:
        The clip, in the store.

    Raises:
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    return await _run_paid("image_to_video", locals(), start_image=start_image)


@step_task(**paid_options("reference_to_video"))
async def reference_to_video(
    *,
    prompt: str,
    images: list[Source] | None = None,
    elements: list[ElementSource] | None = None,
    duration: Duration | int | None = None,
    aspect_ratio: Literal["16:9", "9:16", "1:1"] | None = None,
    tier: Tier = "standard",
    take: int = 1,
    on_length: OnLength = "warn",
    check: CheckMode = "warn",
    retakes: int = 1,
    settings: RunSettings | None = None,
) -> Made:
    """Generate a shot from reference images and elements.

    Args:
        prompt: The content of the shot; @Image1 and @Element1 name the images and elements, in
            order.
        images: Reference images.
        elements: Characters and objects; at most 7 together with the images.
        duration: The length of the shot in seconds, "3" to "10"; fal's default is "5".
        aspect_ratio: The shape of the frame; fal's default is 16:9.
        tier: standard or pro.
        take: The number of the generation; another take is another film, and is paid for.
        on_length: What to do if the film has another length than requested: fit, warn, fail.
        check: What to do if the film has faults: warn, retake, stop, off.
        retakes: The most retakes that `check="retake"` may buy.
        settings: The store and fal; None for the environment's.

    Returns:
        The clip, in the store.

    Raises:
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    return await _run_paid("reference_to_video", locals())


async def _run_paid(kind: str, given: dict[str, Any], **before: Source) -> Made:
    """Run a paid step with the parameters of its task.

    Args:
        given: Every parameter; this call changes the dictionary.
        before: For a shot that may continue another shot: the input that `continued` compares it
            with.
    """
    settings = given.pop("settings")
    step_options = {name: given.pop(name) for name, _, _ in _STEP_OPTIONS if name in given}
    then: Callable[[Made], CheckedStep] | None = None
    if given.pop("continues", False):

        def then(drawn: Made) -> CheckedStep:
            return checked("continued", {"video": drawn, **before})

    return await run_step(checked(kind, given, **step_options), settings, then=then)


class _Path(TypedDict):
    path: str


class OutputAt(_Path, total=False):
    """The path of a file in a reply, and its kind if the path does not show it."""

    kind: MediaKind


Outputs: TypeAlias = str | OutputAt | Mapping[str, str | OutputAt]


@step_task(**paid_options("fal"))
async def fal(
    endpoint: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    output: Outputs = "video",
    price_usd: str | int | Decimal | None = None,
    schema: str | Path | None = None,
    take: int = 1,
    settings: RunSettings | None = None,
) -> Made:
    """Run any endpoint of fal; its job is bought once, like that of every other step.

    Args:
        endpoint: The id on fal's page, such as ``fal-ai/flux/dev``.
        arguments: The endpoint's arguments, under fal's names. Results of other tasks may stand
            anywhere in them; a text under a name such as ``image_url`` is a path or an https URL.
        output: The path of the file in the reply: ``audio.url``, ``images[0]``; or several by name;
            the first of them is the step's own file. If the path does not show the kind of the
            file: ``{"path": "result", "kind": "video"}``.
        price_usd: The most that one job costs, in dollars; required except for Kling O1. It is an
            error if it is 0, or less than this store's jobs of the endpoint were billed.
        schema: The endpoint's OpenAPI document, a JSON file. By default, fal is asked for it.
        take: The number of the generation; another take is another file, and is paid for.
        settings: The store and fal; None for the environment's.

    Returns:
        The file, in the store; if there are several, ``outputs`` has each of them by its name.

    Raises:
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    return await _run_paid("fal", locals())


@cache
def task_of_kind(kind: str) -> Task[..., Any]:
    """Make the task for a kind of step without a typed function.

    Its parameters are the fields of the kind's arguments, as in a pipeline file: required fields
    come first, media by position or by name. ``tier``, ``take``, ``on_length``, ``check``,
    ``retakes`` and ``settings`` follow.

    Raises:
        KeyError: There is no such kind.
    """
    model = next(iter(KINDS[kind].values())).arguments

    signature = _signature(model)

    async def call(*given: Any, **named: Any) -> Made:
        bound = signature.bind(*given, **named)
        bound.apply_defaults()
        return await _run_paid(kind, dict(bound.arguments))

    call.__name__ = call.__qualname__ = kind
    call.__doc__ = model.__doc__
    call.__signature__ = signature  # type: ignore[attr-defined]
    return step_task(**paid_options(kind))(call)


def _signature(model: type[BaseModel]) -> Signature:
    fields = model.model_fields
    media = [name for name in fields if media_kind_at(model, (name,)) is not None]
    first = [name for name in media if fields[name].is_required()]
    needed = [name for name in fields if fields[name].is_required() and name not in first]
    other = [name for name in fields if name not in (*first, *needed)]
    return Signature(
        [
            *(Parameter(one, Parameter.POSITIONAL_OR_KEYWORD, annotation=Source) for one in first),
            *(Parameter(one, Parameter.KEYWORD_ONLY) for one in needed),
            *(Parameter(one, Parameter.KEYWORD_ONLY, default=None) for one in other),
            *(
                Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
                for name, kind, default in (*_STEP_OPTIONS, _SETTINGS)
            ),
        ],
        return_annotation=Made,
    )
