"""Gates: a run waits for a person, who answers with options of the run or in a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any, Literal, TypeAlias

from prefect import get_run_logger
from prefect.input import RunInput
from pydantic import Field, create_model

from shotgraph.clock import SystemClock
from shotgraph.errors import FaultyClip, InvalidInput, ShotgraphError, Undecided
from shotgraph.graph import Node
from shotgraph.graph.takes import EVERYTHING, best_of_takes, names_of
from shotgraph.keys import Key
from shotgraph.making.quality_check import best_number
from shotgraph.media.quality.flaw import Flaws, flaws_json, lines_of, weight_of
from shotgraph.model.references import Sha256, StepOutput
from shotgraph.money.decisions import Decisions, decision_key
from shotgraph.money.results import Results
from shotgraph.plan import DecidedBy
from shotgraph.plan.inputs import asked, question_of
from shotgraph.report import StepReport, StepStatus, export_film
from shotgraph.settings import Settings
from shotgraph.store import Store
from shotgraph.tasks import Made, RunSettings
from shotgraph.tasks.made import flaws_of

TO_DECIDE = "to-decide"
"""The folder for the clips of open questions, in the folder for films."""
_KEY_CHARS = 12


@dataclass(frozen=True)
class Answers:
    """The answers that were given with the run.

    Attributes:
        approved: Names of steps, or ``all``.
        picked: The number of the chosen take, from 1, by the name of the step.
        by_itself: Whether the run decides if no person has, as a rehearsal does.
        folder: The folder for films; clips that a person has to see are in its subfolders.
        film: The film's name.
        by_form: Whether a form shows the clips, so that no files are needed.
    """

    approved: Sequence[str] = ()
    picked: Mapping[str, int] | None = None
    by_itself: bool = False
    folder: Path = Path("films")
    film: str = "film"
    by_form: bool = False

    def of(self, node: Node) -> int | None:
        """Return the answer for a gate, by its own or its step's name, from 1; None without one."""
        names = names_of(node)
        if node.kind.name == "pick":
            return next((n for name, n in (self.picked or {}).items() if name in names), None)
        said = any(name in (*names, EVERYTHING) for name in self.approved)
        return 1 if said else None


async def pass_gate(
    node: Node, made: dict[str, Made], answers: Answers, settings: RunSettings
) -> StepReport:
    """Use the clip that a person has chosen; raise an error if nobody has chosen.

    Raises:
        FaultyClip: The step has `check: stop`, and the best of its takes has faults.
        ShotgraphError: The store can't be read or written, or there is no such take.
    """
    clips = [made[ref.step] for _, _, ref in node.media() if isinstance(ref, StepOutput)]
    key = decision_key(question_of(node), [Sha256(clip["sha256"]) for clip in clips])
    store = settings.open_store()
    decisions = Decisions(store, SystemClock())
    decision, said = await decisions.latest(key), answers.of(node)
    known = decision.chosen if decision is not None else None
    chosen = known if said is None else said
    decided_by: DecidedBy = "person"
    if chosen is None and (compared := best_of_takes(node)):
        chosen = _best(node, clips, compared)
        decided_by = "faults" if chosen <= compared else "person"
        # If all takes are from earlier runs, one of those runs has compared them already.
        known = chosen if all(clip["how"] == "cached" for clip in clips) else None
        if chosen <= compared and node.checking.mode == "stop":
            _stop_at_faults(node, chosen, flaws_of(clips[chosen - 1]), compared)
    if chosen is None and answers.by_itself:
        chosen, decided_by = 1, "rehearsal"
    if chosen is None:
        raise await _undecided(node, clips, answers, store, key)
    if not 1 <= chosen <= len(clips):
        raise InvalidInput(f"{node.name}: there is no take {chosen}; allowed: 1 to {len(clips)}")
    if said is not None and said != known:
        by = f"{Settings().person}, with the run's options"
        await decisions.note(key, said, by)
    made[node.name] = clips[chosen - 1]
    flaws = flaws_of(clips[chosen - 1])
    status: StepStatus = "cached" if chosen == known else "ran"
    return StepReport(node.name, node.kind.name, status, flaws=flaws, decided_by=decided_by)


def _stop_at_faults(node: Node, chosen: int, flaws: Flaws, compared: int) -> None:
    """Stop if the best take has faults.

    Raises:
        FaultyClip: The take has faults.
    """
    if not flaws:
        return
    error = FaultyClip(
        f"{node.name}: take {chosen} is the best of {compared}, but has faults, and the step "
        f"says check: stop: {'; '.join(lines_of(flaws))}. The takes are in the store, with their "
        "costs in the report; nothing after them was bought. To use one of the takes, add "
        f"--pick {quote(node.name)}={chosen} or write check: warn: nothing is bought again. To "
        f"get another take, write takes: {compared + 1}, which buys one more"
    )
    error.faults = flaws_json(flaws)
    raise error


def _best(node: Node, clips: Sequence[Made], compared: int) -> int:
    """Return the number of the take with the fewest faults; a take that a person added wins."""
    if len(clips) > compared:
        get_run_logger().info("%s: take %d is used: a person asked for it", node.name, len(clips))
        return len(clips)
    flaws = [flaws_of(clip) for clip in clips]
    chosen = best_number(flaws)
    for number, its in enumerate(flaws, start=1):
        said = "; ".join(lines_of(its)) or "no faults"
        get_run_logger().info("%s take %d: %s", node.name, number, said)
    get_run_logger().info(
        "%s: take %d is used: the weight of its faults is %d; the weights of the other takes: %s",
        node.name,
        chosen,
        weight_of(flaws[chosen - 1]),
        ", ".join(str(weight_of(its)) for its in flaws[: chosen - 1] + flaws[chosen:]),
    )
    return chosen


async def _undecided(
    node: Node, clips: Sequence[Made], answers: Answers, store: Store, key: Key
) -> ShotgraphError:
    """Copy the clips of a question into a folder, and return an error that names it."""
    if answers.by_form:
        error = Undecided(f"{node.name} waits for a person. Nothing after it was bought")
    else:
        error = await _question(node, clips, answers, store, key)
    error.step, error.clips = node.name, len(clips)
    return error


async def _question(
    node: Node, clips: Sequence[Made], answers: Answers, store: Store, key: Key
) -> Undecided:
    # Steps of other films, and this step with other clips, have the same names: a folder of its own
    # keeps an open question's clips unchanged.
    folder = answers.folder / TO_DECIDE / answers.film / key[:_KEY_CHARS]
    files, paths = [], []
    for number, clip in enumerate(clips, start=1):
        result = await Results(store).get(Key(clip["key"]))
        if result is None:
            continue
        name = f"{node.name.replace('/', '.')}-{number}" if len(clips) > 1 else node.name
        film = await export_film(result, store, name=name, folder=folder)
        files.append(str(film.path))
        faults = lines_of(flaws_of(clip), most=2)
        paths.append(f"{film.path} ({'; '.join(faults)})" if faults else str(film.path))
    question = asked(question_of(node), len(clips))
    named = quote(node.name)
    answer = f"--approve {named}" if len(clips) == 1 else f"--pick {named}=1"
    error = Undecided(
        f"{node.name} waits for a person: {question} See {', '.join(paths)}. Nothing after it was "
        f"bought; the finished steps are kept. To continue, run again with {answer}"
    )
    error.files = files
    return error


APPROVE = "approve"
TAKE_AGAIN = "take again"
STOP = "stop"


@dataclass(frozen=True)
class Retakable:
    """A step that can get another take.

    Attributes:
        prompt: Its prompt; None if it has none.
    """

    step: str
    prompt: str | None


@dataclass(frozen=True)
class Choose:
    """The run continues with the clip of this number, from 1."""

    number: int


@dataclass(frozen=True)
class TakeAgain:
    """A step gets another take; `prompt` is None to keep the present prompt."""

    step: str
    prompt: str | None


@dataclass(frozen=True)
class Stop:
    """The run ends."""


Answer: TypeAlias = Choose | TakeAgain | Stop


def decision_form(clips: int, retakable: Sequence[Retakable], description: str) -> type[RunInput]:
    """Make the form of a question.

    Args:
        clips: The number of clips to choose from; one clip is approved or not.
        retakable: The steps that can get another take.
        description: The text above the form, in Markdown.
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
                description=f'For "{TAKE_AGAIN}": the step that gets another take.',
            ),
        )
    prompts = [one.prompt for one in retakable]
    if any(prompt is not None for prompt in prompts):
        fields["prompt"] = (
            str,
            Field(
                default=prompts[0] if len(prompts) == 1 else "",
                title="Prompt",
                description=f'For "{TAKE_AGAIN}": a changed prompt makes a new clip; '
                f"{'the same prompt' if len(prompts) == 1 else 'no prompt'} makes another take.",
            ),
        )
    form: type[RunInput] = create_model("Decision", __base__=RunInput, **fields)
    return form.with_initial_data(description=description)


def _what_happens(clips: int, can_retake: bool) -> str:
    goes_on = (
        f'"{APPROVE}" continues with this clip' if clips == 1 else "The take that the film uses"
    )
    again = f'; "{TAKE_AGAIN}" buys one more, and asks again' if can_retake else ""
    return f'{goes_on}{again}; "{STOP}" ends the run, and keeps what was bought.'


def read_answer(given: Mapping[str, Any], clips: int, retakable: Sequence[Retakable]) -> Answer:
    """Read the answer.

    Args:
        given: The form's values; a field with a default may be missing.
        clips: The number of clips in the question.
        retakable: The steps in the question that could get another take.

    Raises:
        InvalidInput: The values are no answer to this question.
    """
    decision = given.get("decision")
    if decision == STOP:
        return Stop()
    if decision == TAKE_AGAIN and retakable:
        named = given.get("step", retakable[0].step)
        found = next((one for one in retakable if one.step == named), None)
        if found is None:
            raise InvalidInput(f"there is no step {named} to do again")
        prompt = str(given.get("prompt", "")).strip()
        changed = prompt and found.prompt is not None and prompt != found.prompt.strip()
        return TakeAgain(found.step, prompt if changed else None)
    if decision == APPROVE and clips == 1:
        return Choose(1)
    numbers = {f"take {number}": number for number in range(1, clips + 1)}
    if clips > 1 and decision in numbers:
        return Choose(numbers[str(decision)])
    raise InvalidInput(f"{decision!r} is not an answer to this question")
