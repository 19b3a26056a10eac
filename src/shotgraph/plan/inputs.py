"""What is known of the inputs of a step before they exist, and the gates before it."""

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
    """Perhaps its bytes, perhaps its length.

    Attributes:
        asset: What a step makes; of several things, the first.
        likely: What it will look like while it is not there yet; None if nobody can guess.
        others: The others, by their names.
        foretold: What is known of its video.
    """

    asset: Asset | None = None
    seconds: Fraction | None = None
    info: MediaInfo | None = None
    others: Mapping[str, Asset] = field(default_factory=dict)
    likely: MediaInfo | None = None
    foretold: Foretold = NOTHING

    def of(self, output: str | None) -> Asset | None:
        """One of the things that a step makes; None for the first."""
        return self.asset if output is None else self.others.get(output)


@dataclass(frozen=True)
class ResolvedInputs:
    """What one step takes.

    Attributes:
        given: Its media, as the graph has them.
        arguments: The step's, with every asset put in that is known by now.
    """

    node: Node
    given: Sequence[MediaRef]
    arguments: BaseModel

    @cached_property
    def media(self) -> list[tuple[FieldPath, MediaKind | None, MediaRef]]:
        """The same media, assets where they are known by now."""
        return list(media_in(self.arguments))

    @property
    def recipe(self) -> tuple[str, str, int, str]:
        """What it does, whatever it is called: equal for equal steps."""
        node = self.node
        endpoint = node.endpoint.id if node.endpoint is not None else ""
        # One that may be taken again is not the same as one that may not: it may end as another.
        again = f" {node.checking.retakes}" if node.checking.retakes else ""
        # Nor is one that is coded otherwise.
        again += " final" if node.is_final else ""
        return node.kind.name + again, endpoint, node.take, self.arguments.model_dump_json()

    def job(self, backend: str) -> Job | LocalJob | None:
        """Make the job, if all that it takes is known."""
        node = self.node
        step = CheckedStep(
            node.kind.name, node.arguments, node.endpoint, node.take, is_final=node.is_final
        )
        return step.job(node.name, self.arguments, backend)

    def is_wrong(self, infos: Mapping[Sha256, MediaInfo]) -> bool:
        """Tell whether a medium is not of the kind that is wanted."""
        return any(
            wanted is not None and isinstance(ref, Asset) and infos[ref.sha256].kind != wanted
            for _, wanted, ref in self.media
        )


class Inputs:
    """Files, URLs and what earlier steps make.

    Attributes:
        store: Where what is there is.
        problems: What is wrong with the files that a pipeline names, and what its steps ask of
            videos that these can't have.
        doubts: What they ask of videos that these may not have.
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
        """Note what is wrong with a step."""
        self.problems.append(self._graph.problem(node, path, what, allowed=allowed))

    async def of(self, node: Node) -> ResolvedInputs:
        """Resolve the inputs of a step, after those of all earlier steps."""
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
        """The earlier step with the same job, if there is one: the job is done once."""
        name = taken.node.name
        first = self._first.setdefault(taken.recipe, name)
        if first == name:
            return None
        self._same_as[name] = first
        return first

    def found(self, node: Node, result: Result) -> None:
        """Note the result of a step."""
        kept = result.outputs or {}
        outputs = node.endpoint.outputs if node.endpoint is not None else ()
        others = {one.name: kept[one.path].asset for one in outputs if one.path in kept}
        info = result.info
        self._expected[node.name] = Expected(
            result.asset, info.duration, info, others, foretold=Foretold.of(info)
        )

    def _likely_join(self, node: Node) -> MediaInfo | None:
        """What a film will look like if all of its clips look as is guessed."""

        def guessed(ref: MediaRef) -> Foretold:
            info = self._likely(ref)
            return Foretold.of(info) if info is not None else NOTHING

        return foretold(node, guessed, None).info

    def awaited(self, node: Node, seconds: Fraction | None) -> None:
        """Note the length of a step's future output; None if it is not known."""
        likely = None
        if node.kind.name in _KEEP_SHAPE:
            videos = [self._likely(ref) for _, kind, ref in node.media() if kind == "video"]
            likely = videos[0] if videos else None
        elif node.kind.name == "concat":
            likely = self._likely_join(node)
        ahead = foretold(node, self._foretold, seconds)
        if ahead.info is not None and ahead.info.kind == "video":  # to the frame
            seconds = ahead.info.duration
        self._expected[node.name] = Expected(seconds=seconds, likely=likely, foretold=ahead)

    def look_ahead(self, node: Node) -> None:
        """Note what a step that is not made yet asks of its videos beyond what they will have."""
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
        """What the inputs of a step are, or will look like; None for each that can't be guessed."""
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
        """Note the clip that a gate passes on, from 1; None if that is not decided."""
        refs = [ref for ref in taken.given if isinstance(ref, StepOutput)]
        if chosen is not None and 1 <= chosen <= len(refs):
            self._expected[taken.node.name] = self._expected[refs[chosen - 1].step]
        else:
            self.awaited(taken.node, self.length_of(taken.given[0]))

    def is_there(self, step: str) -> bool:
        """Whether the output of a step is known."""
        return self._expected[step].asset is not None

    def length_of(self, ref: MediaRef) -> Fraction | None:
        """How long a video is, or will be, in seconds; None if that is not known."""
        if isinstance(ref, StepOutput):
            return self._expected[ref.step].seconds if ref.output is None else None
        if isinstance(ref, LocalFile) and ref in self._files:
            return self._files[ref].duration
        return None

    def seconds_of(self, node: str) -> Fraction | None:
        """How long the video of a node is, or will be, in seconds; None if that is not known."""
        made = self._expected.get(node)
        if made is None or (made.info is not None and made.info.kind == "image"):
            return None
        return made.seconds

    def pixels_of(self, node: str) -> int | None:
        """About how many pixels all frames of a node will have; None if its length isn't known."""
        made = self._expected[node]
        info = made.foretold.info or made.likely or made.foretold.shape
        if made.seconds is None:
            return None
        size = info.width * info.height if info is not None else 1920 * 1080
        return int(made.seconds * size * ((info and info.frame_rate) or 24))

    async def path_of(self, asset: Asset) -> Path:
        """The file of one input of a step."""
        return self._paths.get(asset.sha256) or await self.store.assets.file(asset)

    async def infos(self, taken: ResolvedInputs) -> dict[Sha256, MediaInfo] | None:
        """The probed inputs of a step, by their hashes; None if one does not exist yet."""
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
        """The inputs of a step as they were probed, in order; None for each that was not."""
        # What came from a URL would have to be fetched out of a bucket, only to be spoken of.
        pairs = zip(taken.given, taken.media, strict=True)
        return [
            await self._info(given, ref)
            if isinstance(ref, Asset) and not isinstance(given, RemoteUrl)
            else None
            for given, (_, _, ref) in pairs
        ]

    def made_here(self, taken: ResolvedInputs) -> list[MediaInfo | None]:
        """The inputs of a step, as this machine will make them out of what is there."""
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
"""Kinds that make a video in the shape of the first that they take."""
WAITS = "waits for a person"
FEWEST_TAKES = 2
"""The fewest takes that a person can pick from."""


@dataclass(frozen=True)
class PlannedGate:
    """A gate whose clips all exist, so that a person can decide.

    Attributes:
        key: The decision's.
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
    """The question of a gate, or the usual one where the file has none."""
    return question or ("Is it right?" if clips == 1 else "Which one goes on?")


async def gate_at(taken: ResolvedInputs, store: Store, clock: Clock) -> PlannedGate | None:
    """Find the decision at a gate; None if its clips don't exist yet.

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
    """Collect the answers that were given with a run, to check them before it starts.

    Raises:
        Retryable: The store could not be read.
    """
    # At a pick there are at least two takes. People may have added more.
    if not any(take > FEWEST_TAKES for take in pick.values()):
        return GivenAnswers(approve, pick)
    added = await Decisions(store, SystemClock()).added_takes()
    return GivenAnswers(approve, pick, added)
