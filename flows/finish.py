"""The end of a run: count its costs, export its films, write the report and the artifacts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from prefect import get_run_logger
from prefect.artifacts import acreate_link_artifact, acreate_markdown_artifact

from shotgraph.clock import SystemClock
from shotgraph.errors import FaultyClip, Retryable, ShotgraphError, Terminal
from shotgraph.graph import Graph, Node
from shotgraph.keys import Key
from shotgraph.making.decoding import nothing_decodes
from shotgraph.media.probe import Medium
from shotgraph.media.quality.flaw import flaws_of_json
from shotgraph.money.accounts import Account
from shotgraph.money.results import Result, Results
from shotgraph.plan import Plan
from shotgraph.plan.run_record import RunRecord
from shotgraph.report import Report, StepReport
from shotgraph.report.companions import clip_path, write_companions
from shotgraph.report.costs import accounted, with_costs
from shotgraph.report.film_folder import StagedFilms, named_films, staged_films
from shotgraph.report.film_place import NoPlaceForFilms
from shotgraph.report.manifest import Manifest, put_manifest
from shotgraph.report.markdown import markdown
from shotgraph.report.measured_cuts import as_shown, with_cuts
from shotgraph.report.pictures import Pictures
from shotgraph.report.provenance import given_entries, provenance
from shotgraph.report.signing import Certificate, with_signatures
from shotgraph.report.stories import with_stories
from shotgraph.settings import Settings
from shotgraph.store import Store
from shotgraph.tasks import Made
from shotgraph.tasks.progress_bar import artifact_key


@dataclass(frozen=True)
class Accounting:
    """The costs of one run.

    Attributes:
        account: The account of the run.
        plan: The plan that the run followed.
        rates: Dollars per second, by paid step; None if the step is not billed per second.
    """

    store: Store
    account: Account
    plan: Plan
    rates: Mapping[str, Decimal | None]

    async def report(self, report: Report, made: Mapping[str, Made]) -> Report:
        """Add the costs of each step, the run and the film to a report.

        If the store can't be read, the report has the costs of the purchases that this process has
        seen, and the log has the reason.
        """
        keys = {name: Key(one["key"]) for name, one in made.items()}
        try:
            return await with_costs(
                report, self.plan, self.account, self.store, keys=keys, rates=self.rates
            )
        except ShotgraphError as error:
            get_run_logger().warning(
                "The cost of the run could not be read from the ledger: %s. The report has the "
                "costs that this process has seen",
                error.message,
            )
            steps = await accounted(
                report.steps,
                self.plan,
                self.account,
                keys=keys,
                rates=self.rates,
                records=self.store.records,
                is_readable=False,
            )
            return replace(report, steps=steps)


def cannot_go_on(error: ShotgraphError) -> Terminal:
    """The error of a run that has purchases and can no longer be planned to its end."""
    if isinstance(error, NoPlaceForFilms):
        return Terminal(
            "the finished steps are paid for and in the store. The run bought nothing more: films "
            f"can't be written to {error.why}\nRun again with another --out (in a form of "
            "Prefect: out): nothing is bought twice"
        )
    return Terminal(
        "the finished steps are paid for and in the store, but the rest of the film does not fit "
        f"them. The run asked no question and bought nothing more: {error.message}\nCorrect the "
        "file, and run again: nothing is bought twice"
    )


UNDISTURBED_S = 5.0
"""Seconds after its first result in which a run draws no pictures: while a run with short jobs is
this young, its processors have other work."""


async def put_artifacts(manifest: Manifest, store: Store, folder: Path) -> None:
    """Write a run's artifacts: ``storyboard-<film>``, and a link to each film.

    A link needs ``SHOTGRAPH_VIEW_URL``, because the UI removes links to files of this machine.
    Without it, the storyboard names the film's path.
    """
    view_url = Settings().view_url
    where = str(folder.absolute())
    text = await markdown(manifest, Pictures(store, draws=0), view_url=view_url, folder=where)
    await acreate_markdown_artifact(
        text,
        key=artifact_key("storyboard", manifest.film),
        description=f"What the run made, and what it cost: {manifest.film}",
    )
    for film in manifest.films if view_url else ():
        await acreate_link_artifact(
            f"{view_url}{clip_path(film.medium)}",
            key=artifact_key("film", Path(film.file).stem),
            link_text=f"Play {film.file}",
            description=f"The film {film.file}",
        )


Written = TypeVar("Written")


async def write_outcome(
    graph: Graph,
    record: RunRecord,
    report: Report,
    made: Mapping[str, Made],
    store: Store,
    folder: Path,
    certificate: Certificate | None,
) -> Report:
    """Put a run's films into their folder, and write the report, the pages and the artifacts.

    A page that can't be written gives a line in the log; it fails no run.

    Args:
        graph: The film.
        record: The record of the run, from its beginning.
        report: The report so far; without an error, the run has made everything.
        made: The result of each step.
        folder: The folder for the films.
        certificate: The certificate that signs the films; None keeps their present signature.

    Returns:
        The report with the films (or the reason why they can't be put into their folder), and with
        the path of its storyboard.
    """
    if report.error is None:
        try:
            films = named_films(graph, await _results(graph, made, store))
            async with staged_films(films, store, folder) as staged:
                whole = replace(report, films=staged.films, deliveries=staged.further)
                return await _written(
                    graph, record, whole, made, store, folder, staged, certificate
                )
        except ShotgraphError as error:
            report = replace(report, error=error)
    return await _written(graph, record, report, made, store, folder)


async def _results(graph: Graph, made: Mapping[str, Made], store: Store) -> dict[str, Result]:
    """Read the results that are the graph's films and deliveries.

    Raises:
        Terminal: A result is missing in the store.
    """
    results: dict[str, Result] = {}
    steps = [film.step for film in graph.films] + [one.node for one in graph.deliveries]
    for step in steps:
        result = await Results(store).get(Key(made[step]["key"]))
        if result is None:
            raise Terminal(f"the store has lost what {step} has just made")
        results[step] = result
    return results


async def keep_manifest(
    graph: Graph, record: RunRecord, report: Report, made: Mapping[str, Made], store: Store
) -> None:
    """Keep the manifest of a run that waits for a person; it writes no files and no artifacts."""
    manifest = await _manifest(graph, record, report, made, store)
    if manifest is not None:
        await _tried("manifest", put_manifest(store, manifest))


async def _manifest(
    graph: Graph, record: RunRecord, report: Report, made: Mapping[str, Made], store: Store
) -> Manifest | None:
    """Make the manifest; None, with a line in the log, if that fails."""
    keys = {name: Key(one["key"]) for name, one in made.items()}
    writing = provenance(graph, record, report, keys, store, ended_at=SystemClock().now())
    return await _tried("manifest", writing)


async def _written(
    graph: Graph,
    record: RunRecord,
    report: Report,
    made: Mapping[str, Made],
    store: Store,
    folder: Path,
    films: StagedFilms | None = None,
    certificate: Certificate | None = None,
) -> Report:
    """Write the manifest, the companion files and the artifacts, and put the films in place.

    Raises:
        FilmNotWritten: A film can't be put in its place.
    """
    manifest = await _manifest(graph, record, report, made, store)
    page = None
    if manifest is not None:
        manifest = await _tried("list of cuts", with_cuts(manifest, store)) or manifest
        report = as_shown(report, manifest)
        for step in manifest.steps:
            for flaw in (flaw for flaw in step.flaws if flaw.kind == "seam"):
                get_run_logger().warning("%s: %s", step.name, flaw.line())
        if films is not None:
            writing = with_stories(films, manifest, store)
            films = await _tried("story of the film", writing) or films
            signing = with_signatures(films, manifest, store, certificate)
            films = await _tried("signature of the film", signing) or films
            report = replace(report, films=films.films, deliveries=films.further)
            report = as_shown(report, manifest)
        page = await _tried("storyboard", write_companions(manifest, store, folder, films))
    if films is not None:
        # The films are in place already, unless their page could not be written.
        films.put()
    if manifest is not None:
        await _tried("manifest", put_manifest(store, manifest))
        await _tried("artifact in Prefect", put_artifacts(manifest, store, folder))
    if page is not None:
        get_run_logger().info("The storyboard is %s", page)
    return replace(report, storyboard=page)


@asynccontextmanager
async def pictures_begun(graph: Graph, store: Store) -> AsyncIterator[Callable[[str, Made], None]]:
    """Draw the small pictures of finished steps while other steps still run: one at a time, and
    only while no clip is decoded, because a step that could begin waits for the decoder.

    The run never waits for a picture: when its steps have ended, the programs that write or open
    a page draw the missing pictures.
    """
    pictures, wanted = Pictures(store), asyncio.Queue[Medium]()
    drawing: asyncio.Task[None] | None = None

    async def draw() -> None:
        await asyncio.sleep(UNDISTURBED_S)
        # Most inputs are in the store when the first step has ended.
        entries = await given_entries(graph, store)
        for entry in entries:
            if entry.medium is not None:
                wanted.put_nowait(entry.medium)
        while True:
            medium = await wanted.get()
            await nothing_decodes()
            await pictures.of(medium, "preview")

    def begin(name: str, made: Made) -> None:
        nonlocal drawing
        if drawing is None:
            drawing = asyncio.create_task(draw())
        wanted.put_nowait(_medium(made))

    try:
        yield begin
    finally:
        if drawing is not None:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)


def _medium(made: Made) -> Medium:
    fields: Mapping[str, object] = made
    known = {name: fields[name] for name in Medium.model_fields if name in fields}
    return Medium.model_validate({**known, "frames": 0})


async def _tried(what: str, writing: Awaitable[Written]) -> Written | None:
    try:
        return await writing
    except ShotgraphError as error:
        get_run_logger().warning("The %s was not written: %s", what, error.message)
    except Exception as error:  # the film is made and paid for: an error here must not lose it
        get_run_logger().warning("The %s was not written: %s", what, type(error).__name__)
    return None


def failed_step(node: Node, error: BaseException) -> StepReport:
    """Report a step that has failed.

    Args:
        node: The step.
        error: The error that its task or its gate ended with.
    """
    if isinstance(error, TimeoutError):
        shown: ShotgraphError = Retryable(
            f"{node.name} took too long, and this run gave it up. Its purchases are on record: "
            "run again to continue; nothing is bought twice"
        )
    elif isinstance(error, ShotgraphError):
        shown = error
    else:
        shown = Terminal(f"{node.name}: an unexpected {type(error).__name__}: {error}")
    return StepReport(
        node.name,
        node.kind.name,
        "failed",
        shown.cost_usd,
        shown.request_id,
        error=shown,
        flaws=flaws_of_json(shown.faults) if isinstance(shown, FaultyClip) else (),
    )
