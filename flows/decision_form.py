"""The form of a waiting run, and the answers that people give in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from prefect.input import RunInput
from pydantic import Field, create_model

from shotgraph.errors import InvalidInput

APPROVE = "approve"
TAKE_AGAIN = "take again"
STOP = "stop"


@dataclass(frozen=True)
class Retakable:
    """A step that can be made again.

    Attributes:
        prompt: Its prompt; None if it has none.
    """

    step: str
    prompt: str | None


@dataclass(frozen=True)
class Choose:
    """The run goes on with this clip, from 1."""

    number: int


@dataclass(frozen=True)
class TakeAgain:
    """A step is made again; `prompt` is None to keep the present one."""

    step: str
    prompt: str | None


@dataclass(frozen=True)
class Stop:
    """The run ends."""


Answer: TypeAlias = Choose | TakeAgain | Stop


def decision_form(clips: int, retakable: Sequence[Retakable], description: str) -> type[RunInput]:
    """Make the form.

    Args:
        clips: The number of clips to choose from; one clip is approved or not.
        retakable: The steps that can be made again.
        description: The text above it, in Markdown.
    """
    choices = [APPROVE] if clips == 1 else [f"take {number}" for number in range(1, clips + 1)]
    choices += [TAKE_AGAIN] if retakable else []
    fields: dict[str, Any] = {
        # No default: a run may be resumed without an answer.
        "decision": (
            Literal[(*choices, STOP)],
            Field(title="Decision", description=_what_happens(clips, bool(retakable))),
        )
    }
    if len(retakable) > 1:
        steps = tuple(one.step for one in retakable)
        fields["step"] = (
            Literal[steps],
            Field(
                default=steps[0],
                title="Step",
                description=f'Of "{TAKE_AGAIN}": which step is done once more.',
            ),
        )
    prompts = [one.prompt for one in retakable]
    if any(prompt is not None for prompt in prompts):
        fields["prompt"] = (
            str,
            Field(
                default=prompts[0] if len(prompts) == 1 else "",
                title="Prompt",
                description=f'Of "{TAKE_AGAIN}": other words make a clip by these; '
                f"{'the same words' if len(prompts) == 1 else 'none'} make another take.",
            ),
        )
    form: type[RunInput] = create_model("Decision", __base__=RunInput, **fields)
    return form.with_initial_data(description=description)


def _what_happens(clips: int, can_retake: bool) -> str:
    goes_on = f'"{APPROVE}" goes on with it' if clips == 1 else "The take that goes on"
    again = f'; "{TAKE_AGAIN}" buys one more, and asks again' if can_retake else ""
    return f'{goes_on}{again}; "{STOP}" ends the run, and keeps what was bought.'


def read_answer(given: Mapping[str, Any], clips: int, retakable: Sequence[Retakable]) -> Answer:
    """Read the answer.

    Args:
        given: The form's values; what has a default may be left out.
        clips: The number of clips in the question.
        retakable: The steps in the question that could be made again.

    Raises:
        InvalidInput: It is no answer to this question.
    """
    decision = given.get("decision")
    if decision == STOP:
        return Stop()
    if decision == TAKE_AGAIN and retakable:
        named = given.get("step", retakable[0].step)
        found = next((one for one in retakable if one.step == named), None)
        if found is None:
            raise InvalidInput(f"there is no step {named} to be done again")
        prompt = str(given.get("prompt", "")).strip()
        changed = prompt and found.prompt is not None and prompt != found.prompt.strip()
        return TakeAgain(found.step, prompt if changed else None)
    if decision == APPROVE and clips == 1:
        return Choose(1)
    numbers = {f"take {number}": number for number in range(1, clips + 1)}
    if clips > 1 and decision in numbers:
        return Choose(numbers[str(decision)])
    raise InvalidInput(f"{decision!r} is no answer to this question")
