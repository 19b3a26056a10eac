"""Lay out the nodes of a graph: one for each run, round and take of a step."""

from dataclasses import replace
from typing import Any, get_args

from shotgraph.endpoints import Tier
from shotgraph.graph.bind import Bound
from shotgraph.graph.derived_nodes import continuing
from shotgraph.graph.meanings import Meanings, Named, NodeOutputs, Scope
from shotgraph.graph.node import Node, merged, of_kinds, output_kinds
from shotgraph.graph.resolve import Resolver
from shotgraph.graph.room import Room
from shotgraph.graph.runs import Run, Runner
from shotgraph.graph.takes import pick_node
from shotgraph.graph.used import Used
from shotgraph.model.references import StepOutput
from shotgraph.spec import ApproveArguments, Pipeline, Problem, Step
from shotgraph.spec.checked import check, shown
from shotgraph.spec.document import Path
from shotgraph.spec.fal_arguments import FalArguments, schema_findings
from shotgraph.spec.meant import nearest_name


def tier_of(step: Step, resolver: Resolver) -> Tier:
    """Read a step's tier; a wrong tier is noted, and replaced by ``standard``."""
    path = ("steps", step.name, step.kind.name, "tier")
    if "tier" not in step.body:
        return "standard"
    tiers: dict[str, Tier] = {tier: tier for tier in get_args(Tier)}
    named = resolver.named(step.body["tier"], path)
    if named is None:
        return "standard"
    if named.is_made_up:
        return "standard"
    if not isinstance(named.value, str) or named.media is not None or named.value not in tiers:
        resolver.note(
            path,
            f"{shown(named.value)} is no tier",
            allowed=", ".join(tiers),
            nearest=nearest_name(str(named.value), tiers),
        )
        return "standard"
    return tiers[named.value]


class Layout:
    """Lays out a pipeline.

    Args:
        bound: The values of the parameters.
        problems: The list to which problems are added.
        prefix: The prefix of the nodes' names, if another file uses this pipeline.
        inside: The files that use this pipeline, outermost first.
        room: The parts that the film may still get, in all files.
        made_up: Whether values from another file may be placeholders.

    Attributes:
        nodes: All nodes; nodes with problems have stand-ins.
        unsure: The names of nodes with stand-ins.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        bound: Bound,
        problems: list[Problem],
        *,
        prefix: str = "",
        inside: tuple[str, ...] = (),
        room: Room | None = None,
        made_up: bool = False,
    ) -> None:
        self.pipeline = pipeline
        self.bound = bound
        self.problems = problems
        self.prefix = prefix
        self.inside = inside
        self.nodes: dict[str, Node] = {}
        self.unsure: set[str] = set()
        self.used: dict[str, Layout] = {}
        self.meanings = Meanings(pipeline, bound, self._outputs_of, self._note)
        self._room = room or Room()
        self._made_up = made_up or bool(bound.made_up)
        self._runner = Runner(pipeline, self.meanings, self._note, self._made_by, self._room)
        self._runs: dict[str, list[Run]] = {}
        self._outputs: dict[str, NodeOutputs | None] = {}
        self._looking: list[str] = []

    def lay_out(self) -> None:
        """Make the nodes in the order of the file, and note problems."""
        for step in self.pipeline.steps.values():
            runs = self._runs_of(step)
            needs = tuple(node for need in step.needs for node in self._nodes_of(need))
            for run in runs:
                self._lay_out_run(step, run, needs)

    def films(self) -> tuple[StepOutput, ...]:
        """The file's output; empty, with a problem, if it is not known."""
        named = self.output()
        if named is None:
            return ()
        values = named.value if isinstance(named.value, list) else [named.value]
        return tuple(values[-1:] if named.last_for_one else values)

    def output(self) -> Named | None:
        """The meaning of the file's output; None, with a problem, if no step makes it."""
        reference = self.pipeline.output
        if not reference.name:
            return None
        if reference.name in self.pipeline.params:
            steps = ", ".join(f"${name}" for name in self.pipeline.steps)
            what = f"{reference} is a parameter: nothing would be made"
            self._note(("output",), what, allowed=steps)
            return None
        return self.meanings.find(reference, {}, ("output",))

    def _note(self, path: Path, what: str, **more: Any) -> None:
        document = self.pipeline.document
        if not document.is_unread(path):
            self.problems.append(document.problem(path, what, **more))

    def _runs_of(self, step: Step) -> list[Run]:
        if step.name not in self._runs:
            if step.name in self._looking:
                ring = [*self._looking[self._looking.index(step.name) :], step.name]
                what = f"the steps wait for each other: {' → '.join(f'${name}' for name in ring)}"
                self._note(("steps", step.name), what, of_key=True)
                return []
            self._looking.append(step.name)
            self._runs[step.name] = self._runner.runs(step)
            self._looking.pop()
        return self._runs[step.name]

    def _outputs_of(self, name: str) -> NodeOutputs | None:
        """The outputs of a step in all its runs."""
        step = self.pipeline.steps[name]
        if name not in self._outputs:
            self._outputs[name] = merged(step, [run.outputs for run in self._runs_of(step)])
        return self._outputs[name]

    def _made_by(self, step: Step, name: str, scope: Scope) -> NodeOutputs | None:
        """The outputs of one run of a step."""
        full = f"{self.prefix}{name}"
        if step.kind.name != "use":
            kinds = output_kinds(step, self.pipeline.folder)
            return of_kinds(full, kinds) if kinds else None
        layout = self._use(step, full, scope)
        output = layout.output() if layout is not None else None
        return {"output": replace(output, role="step")} if output is not None else None

    def _use(self, step: Step, full: str, scope: Scope) -> "Layout | None":
        if self._room.runs < 0:  # it is reported; more files would only be work
            return None
        inner = Used(
            self.pipeline, self.meanings, scope, self._note, self.inside, self.problems, self._room
        ).read(step)
        if inner is None:
            return None
        layout = Layout(
            inner.pipeline,
            inner.bound,
            self.problems,
            prefix=f"{full}/",
            inside=(*self.inside, str(inner.path)),
            room=self._room,
            made_up=self._made_up,
        )
        layout.lay_out()
        self.used[full] = layout
        self.unsure |= layout.unsure
        return layout

    def _lay_out_run(self, step: Step, run: Run, needs: tuple[str, ...]) -> None:
        full = f"{self.prefix}{run.name}"
        if step.kind.name == "use":
            inner = self.used[full].nodes if full in self.used else {}
            self._room.take_values(
                len(inner) * len(needs), self.pipeline.document, ("steps", step.name)
            )
            self.nodes |= {
                name: replace(node, needs=(*node.needs, *needs)) for name, node in inner.items()
            }
        else:
            node = self._node(step, run, full, needs)
            nodes = _takes(node, step)
            if step.continues and full not in self.unsure:
                nodes = continuing(nodes, full)
            self.nodes |= {one.name: one for one in nodes}

    def _nodes_of(self, name: str) -> list[str]:
        """The names of a step's nodes, wherever the step is in the file."""
        step = self.pipeline.steps.get(name)
        self.meanings.used.add(name)
        names: list[str] = []
        for run in self._runs_of(step) if step is not None else ():
            full = f"{self.prefix}{run.name}"
            if step is not None and step.kind.name == "use":
                names += self.used[full].nodes if full in self.used else ()
            elif step is not None:
                names += _take_names(full, step)
        return names

    def _node(self, step: Step, run: Run, full: str, needs: tuple[str, ...]) -> Node:
        resolver = Resolver(self.pipeline, self.meanings, run.scope, self._note, self._room)
        source, base = self.pipeline.document, ("steps", step.name, step.kind.name)
        self._room.take_values(len(needs) * step.takes, source, base[:2])
        step = resolver.meant(step)
        tier, body = tier_of(step, resolver), resolver.body(step)
        model = step.kind.arguments
        checked = check(model, body, source, base, unsure=resolver.unsure)
        self.problems += checked.problems
        arguments = checked.value or model.model_construct(**body)
        endpoint = step.kind.tiers.get(tier)
        is_whole = checked.value is not None and not checked.problems and not resolver.failed
        if isinstance(checked.value, ApproveArguments):
            self._check_that_a_step_makes_it(step, checked.value, checked.unsure)
        if is_whole and isinstance(arguments, FalArguments) and not resolver.unsure:
            endpoint = arguments.endpoint_used()
        if isinstance(checked.value, FalArguments) and not self._made_up:
            self._check_by_schema(checked.value, base, checked.unsure)
        if not is_whole:
            self.unsure |= {full, *_take_names(full, step)}
        return Node(
            full,
            step.name,
            step.kind,
            arguments,
            endpoint,
            source,
            needs,
            on_length=step.on_length,
            checking=step.checking,
        )

    def _check_that_a_step_makes_it(
        self, step: Step, arguments: ApproveArguments, unsure: set[Path]
    ) -> None:
        field = "image" if arguments.image else "video"
        if not isinstance(arguments.seen(), StepOutput) and (field,) not in unsure:
            here = ("steps", step.name, "approve", field)
            self._note(here, "no step makes this file, so there is nothing to wait for")

    def _check_by_schema(self, arguments: FalArguments, base: Path, unsure: set[Path]) -> None:
        """Check a step against the endpoint's document, if its `schema` names one."""
        if arguments.schema is None:
            return
        for found in schema_findings(arguments):
            if any(found.path[: len(path)] == path for path in unsure):
                continue
            self._note(
                (*base, *found.path),
                found.what,
                allowed=found.allowed,
                nearest=found.nearest,
                of_key=found.of_name,
            )


def _takes(node: Node, step: Step) -> list[Node]:
    """Make the takes, and the node at which one of them is picked."""
    names = _take_names(node.name, step)
    if step.takes > 1 and step.pick != "first":
        each = node
        if step.checking.mode == "stop":
            # The pick stops if its best take has faults; then a person sees the takes and decides.
            each = replace(node, checking=replace(step.checking, mode="warn"))
        takes = [replace(each, name=name, take=take) for take, name in enumerate(names[:-1], 1)]
        return [*takes, pick_node(node, takes, best=step.pick == "best")]
    return [replace(node, name=name, take=take) for take, name in enumerate(names, start=1)]


def _take_names(full: str, step: Step) -> list[str]:
    """The names of the takes and the pick; other steps refer to the node with the step's name."""
    if step.takes > 1 and step.pick != "first":
        return [*(f"{full} take {take}" for take in range(1, step.takes + 1)), full]
    return [full, *(f"{full} take {take}" for take in range(2, step.takes + 1))]
