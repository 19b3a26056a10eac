"""Gates: a run goes on with a step that was approved, and with the take that was picked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput, ShotgraphError, Undecided
from shotgraph.graph import Node
from shotgraph.graph.takes import EVERYTHING
from shotgraph.keys import Key
from shotgraph.model.references import Sha256, StepOutput
from shotgraph.money.decisions import Decisions, decision_key
from shotgraph.money.results import Results
from shotgraph.plan.inputs import question_of
from shotgraph.report import StepReport, export_film
from shotgraph.store import Store
from shotgraph.tasks import Made, RunSettings


@dataclass(frozen=True)
class Answers:
    """Answers that were given with the run.

    Attributes:
        approved: Names of steps, or ``all``.
        picked: Names of steps, and the take that each goes on with, from 1.
        by_itself: Whether the run decides by itself where nobody has: a rehearsal does.
        folder: The folder for clips that a person has to see.
        by_form: Whether a person is shown it in a form instead.
    """

    approved: Sequence[str] = ()
    picked: Mapping[str, int] | None = None
    by_itself: bool = False
    folder: Path = Path("films")
    by_form: bool = False

    def of(self, node: Node) -> int | None:
        """The answer for a gate, by its own name or its step's; from 1."""
        names = (node.name, node.step)
        if node.kind.name == "pick":
            return next((n for name, n in (self.picked or {}).items() if name in names), None)
        said = any(name in (*names, EVERYTHING) for name in self.approved)
        return 1 if said else None


async def pass_gate(
    node: Node, made: dict[str, Made], answers: Answers, settings: RunSettings
) -> StepReport:
    """Return the clip that a person has chosen; raise an error if nobody has.

    Raises:
        ShotgraphError: The store can't be read or written, or the answer names no take.
    """
    clips = [made[ref.step] for _, _, ref in node.media() if isinstance(ref, StepOutput)]
    key = decision_key(question_of(node), [Sha256(clip["sha256"]) for clip in clips])
    store = settings.open_store()
    decisions = Decisions(store, SystemClock())
    decision, said = await decisions.latest(key), answers.of(node)
    known = decision.chosen if decision is not None else None
    chosen = known if said is None else said
    if chosen is None and answers.by_itself:
        chosen = 1
    if chosen is None:
        raise await _undecided(node, clips, answers, store)
    if not 1 <= chosen <= len(clips):
        raise InvalidInput(f"{node.name}: there is no take {chosen}; allowed: 1 to {len(clips)}")
    if said is not None and said != known:
        await decisions.note(key, said)
    made[node.name] = clips[chosen - 1]
    return StepReport(node.name, node.kind.name, "cached" if chosen == known else "ran")


async def _undecided(
    node: Node, clips: Sequence[Made], answers: Answers, store: Store
) -> ShotgraphError:
    """Copy the clips of a question into a folder, and name it."""
    if answers.by_form:
        error = Undecided(f"{node.name} waits for a person. Nothing after it was bought")
    else:
        error = Undecided(await _question(node, clips, answers, store))
    error.step, error.clips = node.name, len(clips)
    return error


async def _question(node: Node, clips: Sequence[Made], answers: Answers, store: Store) -> str:
    paths = []
    for number, clip in enumerate(clips, start=1):
        result = await Results(store).get(Key(clip["key"]))
        if result is None:
            continue
        name = f"{node.name.replace('/', '.')}-{number}" if len(clips) > 1 else node.name
        film = await export_film(result, store, name=name, folder=answers.folder / "to-decide")
        paths.append(str(film.path))
    question = question_of(node) or ("Is it right?" if len(clips) == 1 else "Which one goes on?")
    named = quote(node.name)
    answer = f"--approve {named}" if len(clips) == 1 else f"--pick {named}=1"
    return (
        f"{node.name} waits for a person: {question} See {', '.join(paths)}. Nothing after it was "
        f"bought; what is there is kept. To go on, run again with {answer}"
    )
