"""``shotgraph run FILE``: make a film."""

import asyncio
import sys
from collections.abc import Awaitable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from shotgraph.cli.before_run import (
    FILMS,
    Foreseen,
    agree,
    check_certificate,
    check_first,
    fal_by_prefect,
    foresee,
    is_of_environment,
    not_asked,
    refuse_linked_films,
)
from shotgraph.cli.closing import print_report, to_go_on
from shotgraph.cli.deciding import TerminalAnswers, ask, no_terminal, picks
from shotgraph.cli.interruptible import Interruptible
from shotgraph.cli.prefect_settings import check_prefect_settings, server_is_configured
from shotgraph.cli.printing import (
    AsJson,
    File,
    Mode,
    ProgressOption,
    Set,
    TrustPrices,
    Verbose,
    end_with,
    folded,
    print_json,
)
from shotgraph.cli.stopped_run import costs_when_stopped, end_if_printed
from shotgraph.errors import Interrupted, InvalidInput, ShotgraphError, Terminal, Undecided
from shotgraph.model.file_memory import at_home

Rehearse = Annotated[
    bool,
    typer.Option("--rehearse", help="Draw with a local rehearsal, for free, in place of fal."),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the film.")]
MaxUsd = Annotated[
    float | None,
    typer.Option("--max-usd", metavar="N", min=0, help="The most that a run may cost, in dollars."),
]

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from shotgraph.cli.run_progress import RunProgress
    from shotgraph.graph import Graph
    from shotgraph.report import Report


OnAmbiguousOption = Annotated[
    Literal["wait", "fail", "resubmit"] | None,
    typer.Option(
        "--on-ambiguous",
        help="After a lost reply to a submission: wait looks for the job and buys again only when "
        "that is safe, fail ends the run at once, resubmit risks paying twice.",
    ),
]

AllowFallback = Annotated[
    bool,
    typer.Option(
        "--allow-fallback",
        help="Let fal use an equivalent endpoint if a job's own endpoint keeps failing.",
    ),
]

Approve = Annotated[
    list[str] | None,
    typer.Option("--approve", metavar="STEP", help="A step that you approve; or all."),
]
PickTake = Annotated[
    list[str] | None,
    typer.Option("--pick", metavar="STEP=N", help="The take to use for a step, from 1."),
]


Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Buy without asking; a run asks only at a terminal."),
]

_NOT_PRINTED = ("storyboard", "waits_for")


@dataclass(frozen=True)
class Ran:
    """The end of a run: its report as JSON, its error, its messages, and its command."""

    report: dict[str, Any]
    error: ShotgraphError | None = None
    messages: list[str] = field(default_factory=list)
    command: str | None = None

    @property
    def exit_code(self) -> int:
        """The exit code: 2 means that nothing was sent, so a run with purchases has another."""
        code = self.error.exit_code if self.error is not None else 0
        bought = self.report.get("cost_usd") or self.report.get("may_be_billed_usd")
        return Terminal.exit_code if code == InvalidInput.exit_code and bought else code


def run(
    file: File,
    values: Set = None,
    rehearse: Rehearse = False,
    out: Out = FILMS,
    max_usd: MaxUsd = None,
    on_ambiguous: OnAmbiguousOption = None,
    approve: Approve = None,
    pick: PickTake = None,
    allow_fallback: AllowFallback = False,
    trust_prices: TrustPrices = False,
    yes: Yes = False,
    progress: ProgressOption = Mode.AUTO,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Make a film. A job that was bought before is not bought again."""
    try:
        params, answers = _read_options(values or [], approve or [], pick or [])
        check_prefect_settings()
        refuse_linked_films(out)
        check_certificate()
        first: str | None = None
        with (
            Interruptible() as interruptible,
            costs_when_stopped(interruptible, as_json=as_json, is_rehearsal=rehearse),
        ):
            while True:
                ran = run_file(
                    file,
                    params,
                    rehearse=rehearse,
                    out=out,
                    max_usd=max_usd,
                    on_ambiguous=on_ambiguous,
                    answers=answers,
                    allow_fallback=allow_fallback,
                    trust_prices=trust_prices,
                    continues=first,
                    interruptible=interruptible,
                    progress=progress,
                    verbose=verbose,
                    unasked="--yes" if yes else "--json" if as_json else "",
                )
                try:
                    if as_json or not ask(ran.error, answers):
                        break
                except Interrupted as stopped:
                    ran = replace(ran, error=stopped, messages=[stopped.message])
                    break
                # For the person at the terminal it is one run: one sum, and one budget.
                first = first or ran.report["run_id"]
    except ShotgraphError as error:
        if as_json:
            from shotgraph.report import Report

            end_if_printed(error)
            end_with(Report(run_id="", error=error).as_json(), error)
        raise
    _end(ran, rehearse=rehearse, as_json=as_json)


def _end(ran: Ran, *, rehearse: bool, as_json: bool) -> None:
    if as_json:
        # The fields for scripts are fixed; the log and the film's folder have everything else.
        print_json({name: ran.report[name] for name in ran.report if name not in _NOT_PRINTED})
    else:
        print_report(ran.report, rehearse=rehearse)
    for line in [*ran.messages, *to_go_on(ran.report, ran.command)]:
        sys.stderr.write(f"{folded(line, sys.stderr)}\n")
    if ran.error is not None:
        sys.exit(ran.exit_code)


def _read_options(
    values: list[str], approve: list[str], pick: list[str]
) -> tuple[dict[str, str], TerminalAnswers]:
    """Read the options that are pairs; one error names every wrong pair."""
    from shotgraph.graph.bind import settings

    wrong: list[str] = []
    params: dict[str, str] = {}
    picked: dict[str, int] = {}
    try:
        params = settings(values)
    except InvalidInput as error:
        wrong.append(error.message)
    try:
        picked = picks(pick)
    except InvalidInput as error:
        wrong.append(error.message)
    if wrong:
        raise InvalidInput("\n".join(wrong))
    return params, TerminalAnswers(list(approve), picked)


def run_file(
    file: Path,
    params: Mapping[str, str],
    *,
    rehearse: bool,
    out: Path,
    max_usd: float | None,
    interruptible: Interruptible,
    on_ambiguous: str | None = None,
    answers: TerminalAnswers | None = None,
    allow_fallback: bool = False,
    trust_prices: bool = False,
    continues: str | None = None,
    progress: Mode = Mode.AUTO,
    verbose: bool = False,
    unasked: str = "",
) -> Ran:
    """Run a pipeline file with Prefect: on the configured server, or an embedded one.

    If no server is configured and the whole film is in the store, Prefect is not started. At a
    terminal, the run asks before it buys, unless `unasked` names the option that makes it not ask.

    Raises:
        Interrupted: A signal stopped the run.
        ShotgraphError: The run could not start.
    """
    from shotgraph.money.results import each_found_once
    from shotgraph.plan.run_command import as_command
    from shotgraph.report.film_folder import films_folder
    from shotgraph.report.film_place import check_place
    from shotgraph.settings import Settings

    # Problems of the file or the options are shown at once, before Prefect starts.
    store = Settings().store
    answers = answers or TerminalAnswers()
    graph = _read_graph(file, params, answers, store)
    if continues is None:
        check_place(graph, films_folder(out, rehearsal=rehearse))
    with each_found_once():  # the run's lookups are shared between both steps
        is_plain = not answers.approve and not answers.pick and continues is None
        if is_plain and (max_usd is None or isfinite(max_usd)):
            report = _found_whole(graph, out, rehearse=rehearse)
            if report is not None:
                return Ran(report.as_json())
        parameters = {
            "pipeline": str(file.resolve()),
            "params": dict(params),
            "rehearse": rehearse,
            "max_usd": max_usd,
            "out": str(out),
            "on_ambiguous": on_ambiguous,
            "approve": answers.approve,
            "pick": answers.pick,
            "allow_fallback": allow_fallback,
            "trust_prices": trust_prices,
            "continues": continues,
            # The store of the commands plan and jobs, whatever blocks a server has.
            "store": str(at_home(store, "the store").absolute()) if "://" not in store else store,
        }
        from shotgraph.cli.run_progress import progress_shown

        foreseen = _foreseen(graph, parameters, answers, progress, interruptible, unasked=unasked)
        note = foreseen.unasked if foreseen is not None else ""
        with progress_shown(progress, is_rehearsal=rehearse, verbose=verbose, note=note) as shown:
            interruptible.on_stop = shown.stopping if shown is not None else None
            if shown is not None and foreseen is not None:
                shown.planned(graph, foreseen.plan, foreseen.wall)
            ran = interruptible.run(partial(_run, parameters, shown, answers.backend))
    return replace(ran, command=as_command(parameters))


def _foreseen(
    graph: "Graph",
    parameters: dict[str, Any],
    answers: TerminalAnswers,
    progress: Mode,
    interruptible: Interruptible,
    *,
    unasked: str,
) -> Foreseen | None:
    """Plan the run, and ask the person at the terminal whether it may buy its jobs.

    The plan is for the fal that the run itself will use. If only Prefect knows it, Prefect starts
    first. If nobody is asked, a line names the purchases and the reason for not asking.
    """
    foreseen = None
    if parameters["continues"] is None:
        check_first(graph, parameters)
        fal = None
        if graph.is_paid and not parameters["rehearse"] and not is_of_environment():
            if not server_is_configured() and progress not in (Mode.JSON, Mode.QUIET):
                sys.stderr.write("Prefect starts first: the run takes fal from a block in it.\n")
            interruptible.begin()
            fal = fal_by_prefect()
        foreseen = asyncio.run(foresee(graph, parameters, fal))
        answers.backend = foreseen.backend if foreseen is not None else None
    if foreseen is not None and not parameters["rehearse"]:
        option = unasked or ("--max-usd" if parameters["max_usd"] is not None else "")
        why = f"{option} is given" if option else no_terminal()
        if not why:
            answers.agreed_usd = agree(foreseen.plan)
            foreseen = foreseen.within(answers.agreed_usd)
        elif progress not in (Mode.JSON, Mode.QUIET):
            foreseen = replace(foreseen, unasked=not_asked(foreseen.plan, why))
    # The agreed dollars also hold after a question about a step: all parts are one run.
    if answers.agreed_usd is not None:
        parameters["agreed_usd"] = float(answers.agreed_usd)
    return foreseen


def _read_graph(
    file: Path, params: Mapping[str, str], answers: TerminalAnswers, store: str
) -> "Graph":
    from shotgraph.graph import graph_of_file
    from shotgraph.plan.inputs import given_answers
    from shotgraph.store import open_store

    given = asyncio.run(given_answers(answers.approve, answers.pick, open_store(store)))
    return graph_of_file(file, params, answers=given)


def _found_whole(graph: "Graph", out: Path, *, rehearse: bool) -> "Report | None":
    # Clips of one fal are none of another: only a run knows the fal of a saved block.
    is_known = is_of_environment() if graph.is_paid and not rehearse else not server_is_configured()
    return asyncio.run(_made_before(graph, out, rehearse=rehearse)) if is_known else None


async def _made_before(graph: "Graph", out: Path, *, rehearse: bool) -> "Report | None":
    """Find the whole film in the store, so that Prefect need not start, which takes seconds."""
    from shotgraph.clock import SystemClock
    from shotgraph.inputs.hosts import REHEARSAL, backend_of
    from shotgraph.money.results import each_found_once
    from shotgraph.report.film_folder import films_folder
    from shotgraph.report.made_before import made_before
    from shotgraph.settings import Settings
    from shotgraph.store import open_store

    settings = Settings()
    with each_found_once():
        return await made_before(
            graph,
            open_store(settings.store),
            films_folder(out, rehearsal=rehearse),
            backend=REHEARSAL if rehearse else backend_of(settings.bases),
            clock=SystemClock(),
            certificate=settings.film_certificate(),
        )


async def _run(parameters: dict[str, Any], shown: "RunProgress | None", backend: str | None) -> Ran:
    from shotgraph.flows import FilmFailed, film
    from shotgraph.money.connection import only_at

    with only_at(backend), shown.hearing_the_log() if shown is not None else nullcontext():
        # Prefect's overloads can't infer the return type if the arguments are a dict.
        state = await cast("Awaitable[State[Any]]", film(**parameters, return_state=True))
    result = await state.aresult(raise_on_failure=False)
    if isinstance(result, FilmFailed):
        return Ran(result.report.as_json(), result.report.error, _messages(result.report))
    if isinstance(result, ShotgraphError):
        raise result
    if not isinstance(result, dict):
        raise Terminal(f"the run ended as {state.name}: {state.message or result}")
    waits = result.get("waits_for") or []
    return Ran(result, _undecided(waits[0]) if waits else None, [one["message"] for one in waits])


def _undecided(waits: dict[str, Any]) -> Undecided:
    error = Undecided(waits["message"])
    error.step, error.clips = waits["step"], waits["clips"]
    return error


def _messages(report: "Report") -> list[str]:
    found = [step.error.message for step in report.steps if step.error is not None]
    if report.error is not None and report.error.message not in found:
        found.append(report.error.message)
    return found
