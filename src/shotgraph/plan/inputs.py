"""The inputs of a step, as far as they are known before they exist; and gates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel

from shotgraph.clock import Clock, SystemClock
from shotgraph.errors import MediaError
from shotgraph.graph import Graph, Node
from shotgraph.graph.takes import GivenAnswers
from shotgraph.inputs.known_media import known_asset
from shotgraph.keys import Key
from shotgraph.making.beyond import beyond
from shotgraph.making.foretold import NOTHING, Foretold, foretold
from shotgraph.making.step_jobs import CheckedStep, LocalJob
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media.source import why_not_opened
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.references import (
    Asset,
    LocalFile,
    MediaKind,
    MediaRef,
    RemoteUrl,
    Sha256,
    StepOutput,
    one,
)
from shotgraph.model.walk import FieldPath
from shotgraph.money.decisions import Decision, Decisions, decision_key
from shotgraph.money.job import Job
from shotgraph.money.results import Result
from shotgraph.spec import ApproveArguments, Problem
from shotgraph.store import Store


@dataclass(frozen=True)
class Expected:
    """The known properties of a step's output, which may not exist yet.

    Attributes:
        asset: The output; of several outputs, the first. None if it does not exist yet.
        seconds: The present or future length; None if it is not known.
        info: The probed properties, if the output exists.
        others: The other outputs, by their names.
        likely: The likely properties of an output that does not exist yet; None if there is no
            guess.
        foretold: The known properties of the video.
    """

    asset: Asset | None = None
    seconds: Fraction | None = None
    info: MediaInfo | None = None
    others: Mapping[str, Asset] = field(default_factory=dict)
    likely: MediaInfo | None = None
    foretold: Foretold = NOTHING

    def of(self, output: str | None) -> Asset | None:
        """The asset of an output by name, or of the first for None; None if it does not exist."""
        return self.asset if output is None else self.others.get(output)


@dataclass(frozen=True)
class ResolvedInputs:
    """The inputs of one step.

    Attributes:
        given: The media, as in the graph.
        arguments: The step's arguments, with assets for all media that are already known.
    """

    node: Node
    given: Sequence[MediaRef]
    arguments: BaseModel

    @cached_property
    def media(self) -> list[tuple[FieldPath, MediaKind | None, MediaRef]]:
        """The media with their fields and kinds, as assets if they are already known."""
        return list(media_in(self.arguments))

    @property
    def recipe(self) -> tuple[str, str, int, str]:
        """The parts that define the job of a step: equal for equal steps of different names."""
        node = self.node
        endpoint = node.endpoint.id if node.endpoint is not None else ""
        # A step with retakes differs from one without: it may end with another take.
        again = f" {node.checking.retakes}" if node.checking.retakes else ""
        # The final step differs too, because it is coded in another way.
        again += " final" if node.is_final else ""
        return node.kind.name + again, endpoint, node.take, self.arguments.model_dump_json()

    def job(self, backend: str) -> Job | LocalJob | None:
        """Make the job; None if an input is not known yet."""
        node = self.node
        step = CheckedStep(
            node.kind.name, node.arguments, node.endpoint, node.take, is_final=node.is_final
        )
        return step.job(node.name, self.arguments, backend)

    def is_wrong(self, infos: Mapping[Sha256, MediaInfo]) -> bool:
        """Whether a medium is not of the wanted kind."""
        return any(
            wanted is not None and isinstance(ref, Asset) and infos[ref.sha256].kind != wanted
            for _, wanted, ref in self.media
        )


class Inputs:
    """The inputs of all steps: files, URLs and the outputs of earlier steps.

    Attributes:
        store: The store.
        problems: The problems of the files that a pipeline names, and of steps that ask for more
            than their videos will have.
        doubts: The steps that ask for more than their videos may have.
    """

    def __init__(self, graph: Graph, store: Store) -> None:
        self.store = store
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []
        self._graph = graph
        self._expected: dict[str, Expected] = {}
        self._first: dict[tuple[str, str, int, str], str] = {}
        self._same_as: dict[str, str] = {}
        self._files: dict[LocalFile, MediaInfo] = {}
        self._paths: dict[Sha256, Path] = {}
        self._assets: dict[tuple[MediaRef, MediaKind | None], MediaRef] = {}

    def problem(self, node: Node, path: FieldPath, what: str, allowed: str) -> None:
        """Record a problem of a step."""
        self.problems.append(self._graph.problem(node, path, what, allowed=allowed))

    async def of(self, node: Node) -> ResolvedInputs:
        """Resolve the inputs of a step, after the inputs of all earlier steps."""
        media = list(node.media())
        for path, kind, ref in media:
            if isinstance(ref, LocalFile):
                await self._look_at(node, path, kind, ref)
        kinds = {ref: kind for _, kind, ref in media}
        arguments = with_media(node.arguments, lambda ref: self._known(ref, kinds.get(ref)))
        return ResolvedInputs(node, [ref for _, _, ref in media], arguments)

    async def _look_at(
        self, node: Node, path: FieldPath, kind: MediaKind | None, ref: LocalFile
    ) -> None:
        try:
            info = self._files.get(ref) or await probe(ref.file)
        except MediaError as error:
            other = why_not_opened(ref.file, kind) if kind is not None else None
            what, allowed = other or ("", "")
            self.problem(node, path, f"{ref.file} {what}" if what else error.message, allowed)
            return
        self._files[ref] = info
        if kind is not None and info.kind != kind:
            what = f"{ref.file.name}: it holds {one(info.kind)}; allowed: {one(kind)}"
            self.problems.append(self._graph.problem(node, path, what))

    def _known(self, ref: MediaRef, kind: MediaKind | None) -> MediaRef:
        if isinstance(ref, StepOutput):
            made = self._expected[ref.step].of(ref.output)
            first = self._same_as.get(ref.step, ref.step)
            return made or ref.model_copy(update={"step": first})
        if isinstance(ref, LocalFile) and ref not in self._files:
            return ref
        cached = (ref, kind)
        if cached not in self._assets:
            known = known_asset(ref, kind, self.store)
            self._assets[cached] = known
            if isinstance(known, Asset) and isinstance(ref, LocalFile):
                self._paths[known.sha256] = ref.file
        return self._assets[cached]

    def first_like(self, taken: ResolvedInputs) -> str | None:
        """The earlier step with the same job, which is done once; None if there is none."""
        name = taken.node.name
        first = self._first.setdefault(taken.recipe, name)
        if first == name:
            return None
        self._same_as[name] = first
        return first

    def found(self, node: Node, result: Result) -> None:
        """Record the result of a step."""
        kept = result.outputs or {}
        outputs = node.endpoint.outputs if node.endpoint is not None else ()
        others = {one.name: kept[one.path].asset for one in outputs if one.path in kept}
        info = result.info
        self._expected[node.name] = Expected(
            result.asset, info.duration, info, others, foretold=Foretold.of(info)
        )

    def _likely_join(self, node: Node) -> MediaInfo | None:
        """The likely properties of a film, if all guesses about its clips are right."""

        def guessed(ref: MediaRef) -> Foretold:
            info = self._likely(ref)
            return Foretold.of(info) if info is not None else NOTHING

        return foretold(node, guessed, None).info

    def awaited(self, node: Node, seconds: Fraction | None) -> None:
        """Record the length of a step's future output; None if it is not known."""
        likely = None
        if node.kind.name in _KEEP_SHAPE:
            videos = [self._likely(ref) for _, kind, ref in node.media() if kind == "video"]
            likely = videos[0] if videos else None
        elif node.kind.name == "concat":
            likely = self._likely_join(node)
        ahead = foretold(node, self._foretold, seconds)
        if ahead.info is not None and ahead.info.kind == "video":  # the exact length
            seconds = ahead.info.duration
        self._expected[node.name] = Expected(seconds=seconds, likely=likely, foretold=ahead)

    def look_ahead(self, node: Node) -> None:
        """Record the places where a future step asks for more than its videos will have."""
        for found in beyond(node, self._foretold):
            noted = self.problems if found.is_certain else self.doubts
            what = f"{found.what}; a run would fail here" if found.is_certain else found.what
            problem = self._graph.problem(node, found.path, what)
            if str(problem.location) not in {str(each.location) for each in noted}:
                noted.append(problem)

    def _foretold(self, ref: MediaRef) -> Foretold:
        if isinstance(ref, LocalFile) and ref in self._files:
            return Foretold.of(self._files[ref])
        if isinstance(ref, StepOutput) and ref.output is None:
            return self._expected[ref.step].foretold
        return NOTHING

    def likely(self, taken: ResolvedInputs) -> list[MediaInfo | None]:
        """The present or likely properties of a step's inputs; None for each without a guess."""
        return [self._likely(ref) for ref in taken.given]

    def _likely(self, ref: MediaRef) -> MediaInfo | None:
        if isinstance(ref, LocalFile):
            return self._files.get(ref)
        if isinstance(ref, StepOutput) and ref.output is None:
            made = self._expected[ref.step]
            if made.info or made.foretold.info:
                return made.info or made.foretold.info
            shape = made.likely or made.foretold.shape
            if shape is None or made.seconds is None:
                return shape
            return shape.model_copy(update={"duration": made.seconds})
        return None

    def passed_on(self, taken: ResolvedInputs, chosen: int | None) -> None:
        """Record the number of the clip that a gate passes on, from 1; None if undecided."""
        refs = [ref for ref in taken.given if isinstance(ref, StepOutput)]
        if chosen is not None and 1 <= chosen <= len(refs):
            self._expected[taken.node.name] = self._expected[refs[chosen - 1].step]
        else:
            self.awaited(taken.node, self.length_of(taken.given[0]))

    def is_there(self, step: str) -> bool:
        """Whether the output of a step exists."""
        return self._expected[step].asset is not None

    def length_of(self, ref: MediaRef) -> Fraction | None:
        """The present or future length of a video, in seconds; None if it is not known."""
        if isinstance(ref, StepOutput):
            return self._expected[ref.step].seconds if ref.output is None else None
        if isinstance(ref, LocalFile) and ref in self._files:
            return self._files[ref].duration
        return None

    def seconds_of(self, node: str) -> Fraction | None:
        """The present or future length of a node's video, in seconds; None if it is not known."""
        made = self._expected.get(node)
        if made is None or (made.info is not None and made.info.kind == "image"):
            return None
        return made.seconds

    def pixels_of(self, node: str) -> int | None:
        """The likely number of pixels of all frames of a node; None if its length isn't known."""
        made = self._expected[node]
        info = made.foretold.info or made.likely or made.foretold.shape
        if made.seconds is None:
            return None
        size = info.width * info.height if info is not None else 1920 * 1080
        return int(made.seconds * size * ((info and info.frame_rate) or 24))

    async def path_of(self, asset: Asset) -> Path:
        """The path of the file of a step's input."""
        return self._paths.get(asset.sha256) or await self.store.assets.file(asset)

    async def infos(self, taken: ResolvedInputs) -> dict[Sha256, MediaInfo] | None:
        """The probed properties of a step's inputs, by hash; None if an input is missing."""
        infos: dict[Sha256, MediaInfo] = {}
        for given, (_, _, ref) in zip(taken.given, taken.media, strict=True):
            if not isinstance(ref, Asset):
                return None
            info = await self._info(given, ref)
            if info is None:
                return None
            infos[ref.sha256] = info
        return infos

    async def infos_known(self, taken: ResolvedInputs) -> list[MediaInfo | None]:
        """The probed properties of a step's inputs, in order; None for each unprobed input."""
        # An input from a URL would have to be fetched from a bucket, only for a message.
        pairs = zip(taken.given, taken.media, strict=True)
        return [
            await self._info(given, ref)
            if isinstance(ref, Asset) and not isinstance(given, RemoteUrl)
            else None
            for given, (_, _, ref) in pairs
        ]

    def made_here(self, taken: ResolvedInputs) -> list[MediaInfo | None]:
        """The properties of a step's inputs that this machine will make; None if not known."""
        return [self._foretold(ref).info for ref in taken.given]

    async def _info(self, given: MediaRef, asset: Asset) -> MediaInfo | None:
        if isinstance(given, LocalFile):
            return self._files.get(given)
        if isinstance(given, StepOutput) and given.output is None:
            return self._expected[given.step].info
        if await self.store.assets.size_bytes(asset.sha256) is None:
            return None
        return await self.store.assets.info(asset)


GATES = ("approve", "pick")
_KEEP_SHAPE = ("continued", "edit", "trim", "soundtrack", "speed", *GATES)
"""Kinds of steps that make a video of the same size and rate as their first input."""
WAITS = "waits for a person"
FEWEST_TAKES = 2
"""The fewest takes that a person can pick from."""


@dataclass(frozen=True)
class PlannedGate:
    """A gate with all of its clips, so that a person can decide.

    Attributes:
        key: The key of the decision.
        clips: The clips that the person sees, in order.
        decision: The latest decision; None if there is none yet.
    """

    node: Node
    key: Key
    clips: Sequence[Asset]
    decision: Decision | None

    @property
    def question(self) -> str:
        """The question to the person; empty if the file has none."""
        return question_of(self.node)


def is_gate(node: Node) -> bool:
    """Whether a person decides at this node."""
    return node.kind.name in GATES


def question_of(node: Node) -> str:
    """The question of a gate; empty if the file has none."""
    arguments = node.arguments
    return arguments.message if isinstance(arguments, ApproveArguments) else ""


def asked(question: str, clips: int) -> str:
    """The question of a gate; the usual question if the file has none."""
    return question or ("Is it right?" if clips == 1 else "Which take should the film use?")


async def gate_at(taken: ResolvedInputs, store: Store, clock: Clock) -> PlannedGate | None:
    """Find a gate's clips and its latest decision; None if a clip does not exist yet.

    Raises:
        Retryable: The store could not be read.
    """
    clips = [ref for _, _, ref in taken.media if isinstance(ref, Asset)]
    if len(clips) < len(taken.media):
        return None
    key = decision_key(question_of(taken.node), [clip.sha256 for clip in clips])
    return PlannedGate(taken.node, key, clips, await Decisions(store, clock).latest(key))


async def given_answers(
    approve: Sequence[str], pick: Mapping[str, int], store: Store
) -> GivenAnswers:
    """Collect the answers that the run's options give, to check them before it starts.

    Raises:
        Retryable: The store could not be read.
    """
    # A pick has at least two takes. People may have added more.
    if not any(take > FEWEST_TAKES for take in pick.values()):
        return GivenAnswers(approve, pick)
    added = await Decisions(store, SystemClock()).added_takes()
    return GivenAnswers(approve, pick, added)
