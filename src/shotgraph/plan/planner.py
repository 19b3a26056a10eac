"""Walks a graph in order, and finds out of each step what is there and what it would cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from shotgraph.endpoints import VIDEO_INPUT, Endpoint, KlingArguments
from shotgraph.errors import MediaError
from shotgraph.fal.job import Job, chosen_seconds
from shotgraph.fal.known_now import known_now
from shotgraph.fitting import OF_LONG, cuts_of, find_fits, known_cuts, piece_jobs
from shotgraph.graph import Graph, Node
from shotgraph.ledger import Ledger, Result, Results
from shotgraph.local import LocalJob
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media_fields import media_in, with_media
from shotgraph.media_ref import (
    Asset,
    LocalFile,
    MediaKind,
    MediaRef,
    RemoteUrl,
    Sha256,
    StepOutput,
    one,
)
from shotgraph.plan.plan import Plan, PlannedStep, State
from shotgraph.plan.purchase import Purchase, look_up, unseen
from shotgraph.spec import ConcatArguments, Problem, SoundtrackArguments, TrimArguments
from shotgraph.spec.problem import invalid
from shotgraph.store import Store

LOCAL_S = 10
"""How long a local step is taken to need, in seconds, before it has been seen to run."""


@dataclass(frozen=True)
class _Expected:
    """What is known of a medium before it is there: perhaps its bytes, perhaps its length."""

    asset: Asset | None = None
    seconds: Fraction | None = None
    info: MediaInfo | None = None


async def make_plan(graph: Graph, store: Store, *, backend: str) -> Plan:
    """Plan a run; nothing is sent, fetched or kept.

    Raises:
        InvalidPipeline: A file that the pipeline names does not fit the step that takes it.
        Retryable: The store could not be read.
    """
    planner = _Planner(graph, store, backend)
    planned = {name: await planner.step(node) for name, node in graph.nodes.items()}
    if planner.problems:
        raise invalid(planner.problems, graph.document.text)
    return Plan([planned[node.name] for node in graph.in_file_order()])


class _Planner:
    def __init__(self, graph: Graph, store: Store, backend: str) -> None:
        self.graph = graph
        self.store = store
        self.backend = backend
        self.ledger = Ledger(store.records)
        self.results = Results(store)
        self.expected: dict[str, _Expected] = {}
        self.first_of: dict[tuple[str, str, int, str], str] = {}
        self.same_as: dict[str, str] = {}
        self.files: dict[LocalFile, MediaInfo] = {}
        self.paths: dict[LocalFile, Sha256] = {}
        self.assets: dict[tuple[MediaRef, MediaKind], MediaRef] = {}
        self.problems: list[Problem] = []

    async def step(self, node: Node) -> PlannedStep:
        await self._look_at_files(node)
        found = await self._result(node)
        if found is not None:
            self.expected[node.name] = _Expected(found.asset, found.info.duration, found.info)
            return _planned(node, "have")
        self.expected[node.name] = _Expected(seconds=self._output_seconds(node))
        self._note_equal(node)
        if node.endpoint is None:
            return _planned(node, "local", seconds=LOCAL_S)
        planned = await self._paid(node, node.endpoint)
        if (first := self.same_as.get(node.name)) is not None:
            return replace(planned, cost_usd=Decimal(0), note=f"the same job as ${first}")
        return planned

    async def _look_at_files(self, node: Node) -> None:
        for path, kind, ref in node.media():
            if not isinstance(ref, LocalFile):
                continue
            try:
                info = self.files.get(ref) or await probe(ref.file)
            except MediaError as error:
                self.problems.append(self.graph.problem(node, path, error.message))
                continue
            self.files[ref] = info
            if info.kind != kind:
                what = f"{ref.file.name}: it holds {one(info.kind)}; allowed: {one(kind)}"
                self.problems.append(self.graph.problem(node, path, what))

    def _resolved(self, node: Node) -> Node:
        """Put in every asset that is known by now."""
        kinds = {ref: kind for _, kind, ref in node.media()}

        def known(ref: MediaRef) -> MediaRef:
            if isinstance(ref, StepOutput):
                first = self.same_as.get(ref.step, ref.step)
                return self.expected[ref.step].asset or StepOutput(step=first, kind=ref.kind)
            if isinstance(ref, LocalFile) and ref not in self.files:
                return ref
            cached = (ref, kinds[ref])
            if cached not in self.assets:
                self.assets[cached] = known_now(ref, kinds[ref], self.store)
            return self.assets[cached]

        return replace(node, arguments=with_media(node.arguments, known))

    def _job(self, node: Node) -> Job | LocalJob | None:
        """Make the node's job, if all that it takes is known."""
        resolved = self._resolved(node)
        if not all(isinstance(ref, Asset) for _, _, ref in media_in(resolved.arguments)):
            return None
        if resolved.endpoint is None:
            return LocalJob(node.name, node.kind.name, resolved.arguments)
        assert isinstance(resolved.arguments, KlingArguments)  # noqa: S101
        return Job(node.name, resolved.endpoint, resolved.arguments, node.take, self.backend)

    def _note_equal(self, node: Node) -> None:
        """Note whether a step before it does the very same: it is made, and bought, once."""
        first = self.first_of.setdefault(_recipe(self._resolved(node)), node.name)
        if first != node.name:
            self.same_as[node.name] = first

    async def _result(self, node: Node) -> Result | None:
        job = self._job(node)
        return await self.results.get(job.key) if job is not None else None

    async def _paid(self, node: Node, endpoint: Endpoint) -> PlannedStep:
        job = self._job(node)
        infos = await self._infos(node)
        if isinstance(job, Job) and infos is not None:
            found, changes = await self._looked_up(job, infos)
        else:
            found, changes = self._unseen(node, endpoint), []
        seconds = endpoint.usual_s
        unseen_urls = self._unseen_urls(node)
        if unseen_urls:
            note = f"{unseen_urls[0]} has not been fetched yet; this is the most that it can cost"
            return _planned(node, "unknown", found.cost_usd, seconds, note)
        note = "; ".join(filter(None, [found.note, *changes]))
        return _planned(node, found.state, found.cost_usd, seconds, note)

    async def _looked_up(
        self, job: Job, infos: Mapping[Sha256, MediaInfo]
    ) -> tuple[Purchase, list[str]]:
        """Find what a job becomes when it is made to fit, and what is on record of that."""
        if any(infos[asset.sha256].kind != asset.kind for asset in job.assets()):
            return Purchase("buy", Decimal(0)), []  # a problem by now
        fits = await find_fits(job, infos, self._cuts)
        jobs = piece_jobs(job, fits)
        if job.endpoint.price.billed_on == "chosen":
            seconds = [chosen_seconds(job.arguments)] * len(jobs)
        elif fits.video is not None:
            fit = fits.video[1]
            seconds = [fit.seconds(piece) for piece in fit.pieces]
        else:
            seconds = [job.input_seconds(infos)]
        found = await look_up(jobs, seconds, ledger=self.ledger, results=self.results)
        return found, fits.changes()

    async def _cuts(self, asset: Asset, info: MediaInfo) -> list[int]:
        known = await known_cuts(asset, info, self.store)
        if known is not None:
            return known
        here = next((ref.file for ref, at in self.paths.items() if at == asset.sha256), None)
        path = here or await self.store.assets.file(asset)
        return await cuts_of(path, info)

    async def _infos(self, node: Node) -> dict[Sha256, MediaInfo] | None:
        """What every medium of a node holds, by its bytes; None if one is not there yet."""
        infos: dict[Sha256, MediaInfo] = {}
        both = zip(node.media(), self._resolved(node).media(), strict=True)
        for (_, _, given), (_, _, ref) in both:
            if not isinstance(ref, Asset):
                return None
            if isinstance(given, StepOutput):
                info = self.expected[given.step].info
            elif isinstance(given, LocalFile):
                info = self.files.get(given)
                self.paths[given] = ref.sha256
            else:
                info = await self._stored(ref)
            if info is None:
                return None
            infos[ref.sha256] = info
        return infos

    async def _stored(self, asset: Asset) -> MediaInfo | None:
        if await self.store.assets.size_bytes(asset.sha256) is None:
            return None
        return await probe(await self.store.assets.file(asset))

    def _unseen(self, node: Node, endpoint: Endpoint) -> Purchase:
        arguments = node.arguments
        assert isinstance(arguments, KlingArguments)  # noqa: S101
        if endpoint.price.billed_on == "chosen":
            return Purchase("buy", endpoint.price.cost_usd(chosen_seconds(arguments)))
        return unseen(endpoint, self._video_seconds(node), is_split=endpoint.kind in OF_LONG)

    def _unseen_urls(self, node: Node) -> list[str]:
        left = media_in(self._resolved(node).arguments)
        return [ref.url for _, _, ref in left if isinstance(ref, RemoteUrl)]

    def _video_seconds(self, node: Node) -> Fraction | None:
        """How long the video that a node takes is; None if that is not known."""
        known = [self._known_seconds(ref) for _, kind, ref in node.media() if kind == "video"]
        return known[0] if known else None

    def _known_seconds(self, ref: MediaRef) -> Fraction | None:
        if isinstance(ref, StepOutput):
            return self.expected[ref.step].seconds
        return (
            self.files[ref].duration if isinstance(ref, LocalFile) and ref in self.files else None
        )

    def _seconds_of(self, ref: MediaRef) -> Fraction:
        """How long a video is; the most that fal takes, where nothing is known of it."""
        seconds = self._known_seconds(ref)
        return VIDEO_INPUT.max_duration if seconds is None else seconds

    def _output_seconds(self, node: Node) -> Fraction | None:
        arguments = node.arguments
        if isinstance(arguments, TrimArguments):
            return arguments.length()
        if isinstance(arguments, ConcatArguments):
            overlaps = (len(arguments.clips) - 1) * arguments.transition.seconds
            return sum((self._seconds_of(clip) for clip in arguments.clips), Fraction(0)) - overlaps
        if isinstance(arguments, SoundtrackArguments):
            return self._seconds_of(arguments.video)
        if node.endpoint is not None:
            if node.endpoint.price.billed_on == "input":
                return self._video_seconds(node)
            assert isinstance(arguments, KlingArguments)  # noqa: S101
            return chosen_seconds(arguments)
        return None


def _recipe(node: Node) -> tuple[str, str, int, str]:
    endpoint = node.endpoint.id if node.endpoint is not None else ""
    return node.kind.name, endpoint, node.take, node.arguments.model_dump_json()


def _planned(
    node: Node, state: State, cost_usd: Decimal = Decimal(0), seconds: int = 0, note: str = ""
) -> PlannedStep:
    return PlannedStep(node.name, node.kind.name, state, cost_usd, seconds, note)
