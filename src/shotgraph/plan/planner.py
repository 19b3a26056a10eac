"""Walks a graph in order, and finds out of each step what is there and what it would cost."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from shotgraph.endpoints import VIDEO_INPUT, Endpoint, KlingArguments
from shotgraph.endpoints.fit import length_misfit, misfits
from shotgraph.errors import MediaError
from shotgraph.fal.job import Job, chosen_seconds
from shotgraph.fal.known_now import known_now
from shotgraph.graph import Graph, Node
from shotgraph.ledger import Accepted, Ledger, Result, Results
from shotgraph.local import LocalJob
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media_fields import media_in, with_media
from shotgraph.media_ref import Asset, LocalFile, MediaKind, MediaRef, RemoteUrl, StepOutput, one
from shotgraph.plan.plan import Plan, PlannedStep, State
from shotgraph.spec import ConcatArguments, Problem, TrimArguments
from shotgraph.spec.problem import invalid
from shotgraph.store import Store

LOCAL_S = 10
"""How long a local step is taken to need, in seconds, before it has been seen to run."""


@dataclass(frozen=True)
class _Expected:
    """What is known of a medium before it is there: perhaps its bytes, perhaps its length."""

    asset: Asset | None = None
    seconds: Fraction | None = None


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
        self.assets: dict[tuple[MediaRef, MediaKind], MediaRef] = {}
        self.problems: list[Problem] = []

    async def step(self, node: Node) -> PlannedStep:
        await self._look_at_files(node)
        self._look_at_lengths(node)
        found = await self._result(node)
        if found is not None:
            self.expected[node.name] = _Expected(found.asset, found.info.duration)
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
            if node.endpoint is not None:
                found = misfits(info, kind)
            else:
                said = f"it holds {one(info.kind)}; allowed: {one(kind)}"
                found = [] if info.kind == kind else [said]
            self.problems += [
                self.graph.problem(node, path, f"{ref.file.name}: {what}") for what in found
            ]

    def _look_at_lengths(self, node: Node) -> None:
        """Find clips that steps before it will make too short or too long for it."""
        for path, kind, ref in node.media():
            if kind != "video" or node.endpoint is None or not isinstance(ref, StepOutput):
                continue
            seconds = self.expected[ref.step].seconds
            if seconds is not None and (said := length_misfit(seconds)):
                self.problems.append(self.graph.problem(node, path, f"${ref.step}: {said}"))

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
        attempt = await self.ledger.latest(job.key) if job is not None else None
        if attempt is not None and attempt.state in ("in_flight", "succeeded"):
            accepted = attempt.find(Accepted)
            request = accepted.request_id if accepted else ""
            note = f"request {request}, sent {accepted.at:%Y-%m-%d %H:%M} UTC" if accepted else ""
            return _planned(node, "in_flight", seconds=endpoint.usual_s, note=note)
        cost_usd = endpoint.price.cost_usd(self._billed_seconds(node, endpoint))
        if attempt is not None and attempt.state in ("sending", "unknown"):
            note = "sent before, and the answer was lost"
            return _planned(node, "unknown", cost_usd, endpoint.usual_s, note)
        unseen = self._unseen_urls(node)
        if unseen:
            note = f"{unseen[0]} has not been fetched yet; this is the most that it can cost"
            return _planned(node, "unknown", cost_usd, endpoint.usual_s, note)
        note = "it failed at fal before" if attempt and attempt.state == "failed" else ""
        return _planned(node, "buy", cost_usd, endpoint.usual_s, note)

    def _unseen_urls(self, node: Node) -> list[str]:
        left = media_in(self._resolved(node).arguments)
        return [ref.url for _, _, ref in left if isinstance(ref, RemoteUrl)]

    def _billed_seconds(self, node: Node, endpoint: Endpoint) -> Fraction:
        if endpoint.price.billed_on == "chosen":
            assert isinstance(node.arguments, KlingArguments)  # noqa: S101
            return chosen_seconds(node.arguments)
        videos = [ref for _, kind, ref in node.media() if kind == "video"]
        return sum((self._seconds_of(ref) for ref in videos), Fraction(0))

    def _seconds_of(self, ref: MediaRef) -> Fraction:
        """How long a video is; the most that fal takes, where nothing is known of it."""
        seconds = None
        if isinstance(ref, StepOutput):
            seconds = self.expected[ref.step].seconds
        elif isinstance(ref, LocalFile) and ref in self.files:
            seconds = self.files[ref].duration
        return VIDEO_INPUT.max_duration if seconds is None else seconds

    def _output_seconds(self, node: Node) -> Fraction | None:
        arguments = node.arguments
        if isinstance(arguments, TrimArguments):
            return arguments.length()
        if isinstance(arguments, ConcatArguments):
            overlaps = (len(arguments.clips) - 1) * arguments.transition.seconds
            return sum((self._seconds_of(clip) for clip in arguments.clips), Fraction(0)) - overlaps
        if node.endpoint is not None:
            return self._billed_seconds(node, node.endpoint)
        return None


def _recipe(node: Node) -> tuple[str, str, int, str]:
    endpoint = node.endpoint.id if node.endpoint is not None else ""
    return node.kind.name, endpoint, node.take, node.arguments.model_dump_json()


def _planned(
    node: Node, state: State, cost_usd: Decimal = Decimal(0), seconds: int = 0, note: str = ""
) -> PlannedStep:
    return PlannedStep(node.name, node.kind.name, state, cost_usd, seconds, note)
