"""Make a plan: walk the graph, look up each step, add up the costs and the longest chain."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from shotgraph.clock import Clock, SystemClock
from shotgraph.endpoints import Endpoint
from shotgraph.endpoints.arguments import KLING_O1
from shotgraph.graph import Graph, Node
from shotgraph.graph.doubts import long_prompts, quoted_prompts
from shotgraph.graph.takes import best_of_takes
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.keys import Key
from shotgraph.making.file_prices import FilePrices, free_steps
from shotgraph.making.foreseen import foreseen
from shotgraph.making.foretold import output_seconds, video_seconds
from shotgraph.making.prepare import cuts_of, find_fits, known_cuts, piece_jobs
from shotgraph.making.quality_check import LookedAt
from shotgraph.making.step_jobs import LocalJob
from shotgraph.media.info import MediaInfo
from shotgraph.model.references import Asset, RemoteUrl, Sha256, StepOutput
from shotgraph.money.job import Job, chosen_seconds
from shotgraph.money.past_jobs import note_past_jobs, past_jobs
from shotgraph.money.prices import Prices
from shotgraph.money.results import Result
from shotgraph.plan.inputs import (
    WAITS,
    Inputs,
    PlannedGate,
    ResolvedInputs,
    gate_at,
    is_gate,
)
from shotgraph.plan.plan import DecidedBy, Plan, PlannedStep, StepState
from shotgraph.plan.purchase import (
    MANY,
    SOME,
    Durations,
    Lasting,
    OnRecord,
    Purchase,
    local_s,
    look_up,
    unseen,
)
from shotgraph.plan.standing import Standing, standing
from shotgraph.spec.problem import invalid
from shotgraph.store import Store


def longest_s(graph: Graph, planned: Mapping[str, PlannedStep]) -> int:
    """The seconds of the longest chain of steps that wait for each other.

    The time is at least the sum of all local steps, because they share one machine's processors.

    Args:
        graph: The film; its nodes are in order.
        planned: The planned steps, by node.
    """
    ends: dict[str, int] = {}
    for name, node in graph.nodes.items():
        begins = max((ends[before] for before in node.upstream()), default=0)
        ends[name] = begins + planned[name].seconds
    here_s = sum(step.seconds for step in planned.values() if step.state == "local")
    return max(here_s, *ends.values(), 0)


async def make_plan(
    graph: Graph,
    store: Store,
    *,
    backend: str,
    prices: Prices | None = None,
    clock: Clock | None = None,
    trust_prices: bool = False,
    rehearsal_url: str | None = None,
) -> Plan:
    """Plan a run; nothing is sent, fetched or recorded.

    Args:
        graph: The film.
        store: The store with results and records.
        backend: The server's name in content keys.
        prices: The prices of endpoints; the built-in table by default.
        clock: The clock, for jobs in flight.
        trust_prices: Whether the person who runs the film vouches for the prices in its file.
        rehearsal_url: The queue of the present rehearsal; None if no rehearsal is running yet.

    Raises:
        InvalidPipeline: A file that the pipeline names does not fit its step, a step asks for more
            than its video will have, or the price of a step is lower than its known price.
        Retryable: The store could not be read.
    """
    on_record = OnRecord(store, rehearsal_url)
    if len(graph.nodes) >= MANY:
        await on_record.list_all()
    elif len(graph.nodes) >= SOME:
        await on_record.list_results(len(graph.nodes))
    prices, clock = prices or Prices(), clock or SystemClock()
    jobs = await past_jobs(store.records, backend)
    note_past_jobs(store, backend, jobs)
    prices, durations = prices.with_bills(jobs), Durations.of_jobs(jobs)
    file_prices = FilePrices(prices, backend, trust_prices)
    planner = _Planner(Inputs(graph, store), on_record, durations, file_prices, clock)
    planner.inputs.problems.extend(free_steps(graph, prices))
    planned = {name: await planner.step(node) for name, node in graph.nodes.items()}
    if planner.inputs.problems:
        raise invalid(planner.inputs.problems, graph.document.text)
    paid = [node.endpoint for node in graph.nodes.values() if node.endpoint is not None]
    endpoints = list({endpoint.id: prices.priced(endpoint) for endpoint in paid}.values())
    steps = [planned[node.name] for node in graph.in_file_order()]
    nodes = graph.nodes.values()
    prompts = [one.headline() for one in (*long_prompts(nodes), *quoted_prompts(nodes))]
    doubts = [problem.headline() for problem in planner.inputs.doubts]
    warnings = [*prices.remarks(paid), *_unbounded(steps), *prompts, *doubts]
    return Plan(steps, longest_s(graph, planned), endpoints, warnings, planner.gates, doubts)


def _unbounded(steps: list[PlannedStep]) -> list[str]:
    names = [f"${step.name}" for step in steps if not step.is_bounded]
    if not names:
        return []
    return [f"the highest possible cost of a run is not known, because of {', '.join(names)}"]


_TO_BUY: tuple[StepState, ...] = ("buy", "unknown")


class _Planner:
    def __init__(
        self,
        inputs: Inputs,
        on_record: OnRecord,
        durations: Durations,
        file_prices: FilePrices,
        clock: Clock,
    ) -> None:
        self.inputs = inputs
        self.on_record = on_record
        self.durations = durations
        self.prices = file_prices.prices
        self.backend = file_prices.backend
        self.file_prices = file_prices
        self.clock = clock
        self.looked = LookedAt(inputs.store, keeps=False)
        self.keys: dict[str, Key] = {}
        self.gates: list[PlannedGate] = []

    async def step(self, node: Node) -> PlannedStep:
        """Plan one step, after the steps that it depends on."""
        taken = await self.inputs.of(node)
        job = taken.job(self.backend)
        planned = await self._planned(taken, job)
        key = job.key if job is not None and planned.key is None else planned.key
        return replace(planned, length_s=self.inputs.seconds_of(node.name), key=key)

    async def _planned(self, taken: ResolvedInputs, job: Job | LocalJob | None) -> PlannedStep:
        node = taken.node
        if is_gate(node):
            return await self._gate(taken)
        first = self.inputs.first_like(taken)
        so_far = await standing(job, node.checking, self.on_record, self.looked)
        found = so_far.found
        if found is not None:
            self.inputs.found(node, found)
            return self._there(taken, found, is_first=first is None)
        self.inputs.awaited(node, output_seconds(node, self.inputs.length_of))
        self.inputs.look_ahead(node)
        if node.endpoint is None:
            known, likely = await self.inputs.infos_known(taken), self.inputs.likely(taken)
            made_here = self.inputs.made_here(taken)
            known = [info or ahead for info, ahead in zip(known, made_here, strict=True)]
            does = foreseen(taken.arguments, known, likely)
            is_frame = node.kind.name == "frame"
            seconds = local_s(0 if is_frame else self.inputs.pixels_of(node.name))
            return PlannedStep(
                node.name, node.kind.name, "local", Decimal(0), seconds, does=tuple(does)
            )
        endpoint = self.prices.priced(node.endpoint)
        jobs: Sequence[Job | LocalJob | None] = so_far.left or [job]
        this, later = jobs[0], jobs[1:]
        bought = await self._paid(taken, this, endpoint)
        bought = self._with_price_checked(node, bought)
        bought, retakes_usd = await self._with_retakes(taken, bought, later, so_far, endpoint)
        planned = PlannedStep(
            node.name,
            node.kind.name,
            bought.state,
            bought.cost_usd,
            bought.lasting.seconds,
            bought.note,
            upper_bound=bought.upper_bound,
            is_bounded=bought.is_bounded,
            seen=bought.lasting.seen,
            request_id=bought.request_id,
            since=bought.since,
            doubtful=bought.doubtful,
            cancel_asked=bought.cancel_asked,
            why=bought.why,
            price_doubt=self._price_doubt(node, bought.state),
            faulty_takes=so_far.faulty_takes,
            retakes_usd=retakes_usd,
            key=this.key if isinstance(this, Job) else None,
        )
        if first is None:
            return planned
        note = f"the same job as ${first}"
        return replace(
            planned,
            cost_usd=Decimal(0),
            upper_bound=False,
            note=note,
            same_as=first,
            retakes_usd=Decimal(0),
        )

    def _there(self, taken: ResolvedInputs, found: Result, *, is_first: bool) -> PlannedStep:
        node = taken.node
        saved_usd = self._again_usd(taken, found) if is_first else Decimal(0)
        said = found.treatment.lines() if found.treatment is not None else []
        return PlannedStep(
            node.name,
            node.kind.name,
            "have",
            Decimal(0),
            0,
            saved_usd=saved_usd,
            key=self.keys.setdefault(node.name, found.key),
            does=tuple(said),
        )

    async def _with_retakes(
        self,
        taken: ResolvedInputs,
        bought: Purchase,
        later: Sequence[Job | LocalJob | None],
        so_far: Standing,
        endpoint: Endpoint,
    ) -> tuple[Purchase, Decimal]:
        """Add the retakes that a run may buy because of faults: a budget must hold all of them."""
        retakes = taken.node.checking.retakes
        if not retakes:
            return bought, Decimal(0)
        if not later and not so_far.left:  # an input does not exist yet, so there is no job
            most_usd = bought.cost_usd * retakes
        else:
            most_usd = sum(
                [
                    (await self._paid(taken, one, endpoint)).cost_usd
                    for one in later
                    if isinstance(one, Job) and await self.on_record.result(one) is None
                ],
                Decimal(0),
            )
        notes = [so_far.note]
        if most_usd:
            when = "retakes, if fal's clip has faults"
            if so_far.faulty_takes:
                when = "more retakes, if this one has faults too"
            notes.append(f"${most_usd:.2f} of this cost only for {when}")
        note = "; ".join(filter(None, [bought.note, *notes]))
        cost_usd, is_most = bought.cost_usd + most_usd, bought.upper_bound or most_usd > 0
        return replace(bought, cost_usd=cost_usd, upper_bound=is_most, note=note), most_usd

    def _with_price_checked(self, node: Node, bought: Purchase) -> Purchase:
        """Record the problem of a wrong price in the file."""
        wrong = self.file_prices.wrong(node) if bought.state in _TO_BUY else None
        if wrong is not None:
            self.inputs.problem(node, ("price_usd",), wrong.what, wrong.allowed)
        note = "; ".join(filter(None, [bought.note, self.file_prices.note(node)]))
        is_bounded = bought.is_bounded and not self._price_doubt(node, bought.state)
        return replace(bought, note=note, is_bounded=is_bounded)

    def _price_doubt(self, node: Node, state: StepState) -> str:
        return self.file_prices.doubt(node) if state in _TO_BUY else ""

    async def _gate(self, taken: ResolvedInputs) -> PlannedStep:
        node, store = taken.node, self.inputs.store
        gate = await gate_at(taken, store, self.clock)
        chosen = gate.decision.chosen if gate is not None and gate.decision is not None else None
        if compared := best_of_takes(node):
            return await self._best(taken, chosen, compared)
        if gate is not None:
            self.gates.append(gate)
        if chosen is None and self.backend == REHEARSAL:
            chosen = 1  # a rehearsal waits for nobody
        self.inputs.passed_on(taken, chosen)
        is_there = chosen is not None and self.inputs.is_there(node.name)
        note = "" if chosen is not None else WAITS
        state: StepState = "have" if is_there else "local"
        return PlannedStep(node.name, node.kind.name, state, Decimal(0), 0, note)

    async def _best(self, taken: ResolvedInputs, chosen: int | None, compared: int) -> PlannedStep:
        """Plan a pick that is decided by the faults of the takes, without a person."""
        node = taken.node
        takes = [ref.step for ref in taken.given if isinstance(ref, StepOutput)]
        # A person has asked for the takes beyond those that are compared.
        by: DecidedBy = "person" if chosen is not None or len(takes) > compared else "faults"
        if chosen is None and len(takes) > compared:
            chosen = len(takes)
        if chosen is None and all(self.inputs.is_there(take) for take in takes):
            chosen = await self.looked.best([self.keys.get(take) for take in takes])
        self.inputs.passed_on(taken, chosen)
        is_there = chosen is not None and self.inputs.is_there(node.name)
        note = f"take {chosen}" if chosen else "the take with the fewest faults is used"
        state: StepState = "have" if is_there else "local"
        return PlannedStep(
            node.name, node.kind.name, state, Decimal(0), 0, note, picked=chosen, picked_by=by
        )

    async def _paid(
        self, taken: ResolvedInputs, job: Job | LocalJob | None, endpoint: Endpoint
    ) -> Purchase:
        infos = await self.inputs.infos(taken)
        if not isinstance(job, Job) or infos is None:
            return self._unseen(taken, endpoint)
        job = replace(job, endpoint=endpoint)
        if taken.is_wrong(infos):
            return Purchase("buy", Decimal(0), Lasting(0))  # already recorded as a problem
        jobs, seconds, changes = await self._pieces(job, infos)
        found = await look_up(
            jobs, seconds, on_record=self.on_record, durations=self.durations, now=self.clock.now()
        )
        return replace(found, note="; ".join(filter(None, [found.note, *changes])))

    async def _pieces(
        self, job: Job, infos: Mapping[Sha256, MediaInfo]
    ) -> tuple[list[Job], list[Fraction], list[str]]:
        """Split a job into pieces that the model takes: jobs, their billed seconds, the changes."""
        price, chosen = job.endpoint.price, chosen_seconds(job.arguments)

        def billed(input_seconds: Fraction) -> Fraction:
            return price.seconds(input_seconds=input_seconds, chosen_seconds=chosen)

        if not job.endpoint.has_limits:
            return [job], [billed(job.input_seconds(infos))], []
        fits = await find_fits(job, infos, self._cuts)
        jobs = piece_jobs(job, fits)
        if fits.video is None:
            return jobs, [billed(job.input_seconds(infos))] * len(jobs), fits.changes()
        fit = fits.video[1]
        return jobs, [billed(fit.seconds(piece)) for piece in fit.pieces], fits.changes()

    async def _cuts(self, asset: Asset, info: MediaInfo) -> list[int]:
        known = await known_cuts(asset, info, self.inputs.store)
        if known is not None:
            return known
        return await cuts_of(asset, await self.inputs.path_of(asset), info)

    def _unseen(self, taken: ResolvedInputs, endpoint: Endpoint) -> Purchase:
        node = taken.node
        found = unseen(
            endpoint,
            video_seconds(node, self.inputs.length_of),
            chosen_seconds(node.arguments),
            durations=self.durations,
        )
        urls = [ref.url for _, _, ref in taken.media if isinstance(ref, RemoteUrl)]
        if not urls:
            return found
        known = found.note or "this is the highest possible cost"
        note = f"{urls[0]} has not been fetched yet; {known}"
        return replace(found, state="unknown", note=note, upper_bound=True)

    def _again_usd(self, taken: ResolvedInputs, found: Result) -> Decimal:
        """The price of buying a step again; if it was bought in pieces, the paid sum."""
        node = taken.node
        if node.endpoint is None:
            return Decimal(0)
        price = self.prices.rule(node.endpoint)
        seconds = video_seconds(node, self.inputs.length_of)
        limits = (node.endpoint.limits or KLING_O1).video
        if price.counts_input and (
            seconds is None or not limits.min_duration <= seconds <= limits.max_duration
        ):
            return found.cost_usd
        chosen = chosen_seconds(node.arguments)
        given = seconds or Fraction(0)
        return price.cost_usd(price.seconds(input_seconds=given, chosen_seconds=chosen))
