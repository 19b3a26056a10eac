"""Runs that buy, and everything that can befall them, in any order.

Three processes want two takes of one shot: two jobs that look the same at fal. Each goes from
place to place only when the machine lets it, and may stand at one for as long as it takes.
"""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, Literal

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shotgraph.errors import Ambiguous, Retryable
from shotgraph.failpoints import Failpoint
from shotgraph.money.budget import Budget
from shotgraph.money.buy import Bought, buy
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from shotgraph.store import open_store
from tests.crash.one_run import BUDGET, job_of
from tests.crash.oracle import Book, Verdict, judge
from tests.crash.order import Shot
from tests.money.connected import connected_to

from .fal import Fal
from .hand_clock import HandClock, ProcessClock
from .process import Process

WINDOWS = Windows(send_s=30, reply_s=60, start_s=1, run_s=200, lag_s=100, skew_s=10, look_s=40)
SAFE_S = WINDOWS.until_safe.total_seconds()
FAST_S = (0.0, 5.0, -5.0)
"""How far ahead each process's clock is: two of them are as far apart as the windows allow."""
TRIES = 12
"""How many runs, one after the other, are enough once nothing goes wrong any more."""

SPOILT_BY: dict[str, dict[str, Any]] = {
    "drop": {"kind": "drop"},
    "truncated": {"kind": "truncated"},
    "502": {"kind": "status", "status": 502, "body": "nginx"},
    "429": {"kind": "refuse", "status": 429},
    "409": {"kind": "refuse", "status": 409},
}
"""What becomes of a submission: it is taken and its answer lost, or it is refused."""
SPOILT = list(SPOILT_BY)
REFUSED = ("429", "409")

Listing = Literal["running hidden", "running shown", "late"]


@dataclass
class Scene:
    """What the examples share: a server, the time, and what was seen.

    Attributes:
        steps: Rules that were carried out.
        places: Failpoints at which processes stood.
        deaths: How many of them died.
        lost_answers: Jobs that were taken, and whose answer was lost.
        films: Takes that were made in the end.
    """

    fal: Fal
    time: HandClock
    folder: Path
    numbers: "count[int]" = field(default_factory=count)
    steps: int = 0
    places: set[Failpoint] = field(default_factory=set)
    deaths: int = 0
    lost_answers: int = 0
    films: int = 0
    verdict: Verdict = field(default_factory=Verdict)


class Purchases(RuleBasedStateMachine):
    """One store, and fal.

    A rule that has nothing to do is drawn all the same: how many places a run passes is up to the
    speed of a real server, and what is drawn must not be.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene, self.fal = scene, scene.fal
        self.name = f"film-{next(scene.numbers)}"
        self.store = str(scene.folder / self.name)
        self.connection = connected_to(scene.fal.server)
        self.takes = [Shot(prompt=self.name, take=take) for take in (1, 2)]
        self.running: list[Process] = []
        self.posts = 0
        self.spoilt: tuple[str, bool] | None = None
        self.held = ""
        self.fal.forget()

    @initialize(listing=st.sampled_from(["running hidden", "running shown", "late"]))
    def list_requests(self, listing: Listing) -> None:
        """fal lists what runs, or not; or it lists what has ended as late as it may."""
        if listing == "running shown":
            self.fal.fault(kind="listing_shows_running")
        if listing == "late":
            self.fal.fault(kind="listing_late", seconds=WINDOWS.lag_s - 1)

    @rule(take=st.integers(0, 1))
    def start(self, take: int) -> None:
        """Somebody starts a run."""
        if len(self.running) == len(FAST_S):
            return
        self.scene.steps += 1
        process = self._process(take, FAST_S[len(self.running)])
        if not process.has_ended:
            self.running.append(process)

    @rule(which=st.integers(0, 2), places=st.integers(1, 12))
    def go_on(self, which: int, places: int) -> None:
        """A run goes on for some places; the others stand still."""
        if not self.running:
            return
        process = self.running[which % len(self.running)]
        for _ in range(places):
            self.scene.steps += 1
            self._step(process)
            if process.has_ended:
                self.running.remove(process)
                return

    @rule(which=st.integers(0, 2))
    def kill(self, which: int) -> None:
        """A run dies where it stands."""
        if not self.running:
            return
        self.scene.steps += 1
        self.scene.deaths += 1
        process = self.running.pop(which % len(self.running))
        process.tell("die")

    @rule(seconds=st.sampled_from([1, 29, 31, 99, 101, SAFE_S - 1, SAFE_S + 1]))
    def pass_time(self, seconds: float) -> None:
        """Time passes, for all of them."""
        self.scene.steps += 1
        self._pass(seconds)

    @rule(
        what=st.sampled_from(["spoil", "spoil", "fail", "break the list", "hold", "let go"]),
        how=st.sampled_from(SPOILT),
    )
    def befall(self, what: str, how: str) -> None:
        """Something goes wrong at fal, or is slow there."""
        is_so = {"spoil": self.spoilt is not None, "hold": self.held, "let go": not self.held}
        if is_so.get(what):
            return
        self.scene.steps += 1
        if what == "spoil":
            self.spoilt = self.fal.fault(**SPOILT_BY[how], at="submit", times=1), how in REFUSED
        elif what == "fail":
            self.fal.fault(
                kind="fail_request", status=503, error_type="runner_disconnected", times=1
            )
        elif what == "break the list":
            self.fal.fault(kind="status", at="listing", status=502, body="nginx", times=1)
        elif what == "hold":
            self.held = self.fal.fault(kind="hold", state="IN_PROGRESS")
        else:
            self._let_go()

    @invariant()
    def each_take_is_paid_once(self) -> None:
        """What was accepted and has not failed is at most one job for each take."""
        accepted = [job for job in self.fal.jobs() if (job["status_code"] or 200) < 400]
        assert len(accepted) <= len(self.takes), "a take is paid for twice"

    def teardown(self) -> None:
        """Everything works again: each take is made, whoever still stands somewhere wakes late."""
        if self.held:
            self._let_go()
        self.fal.lift()
        self.spoilt = None
        sleepers, self.running = self.running, []
        for take in range(len(self.takes)):
            self._make(take)
        accepted = len(self.fal.jobs())
        for process in sleepers:
            while not process.has_ended:
                self._step(process)
        assert len(self.fal.jobs()) == accepted, "who woke late has bought"
        self._judge()

    def _process(self, take: int, fast_s: float) -> Process:
        job = job_of(self.takes[take], self.connection.backend)

        async def work(process: Process) -> Bought:
            session = Session(
                fal=self.connection,
                store=open_store(self.store),
                clock=ProcessClock(self.scene.time, fast_s, process.sleep),
                say=lambda line: None,
                windows=WINDOWS,
                budgets=[BUDGET, Budget(name="takes", limit_usd=Decimal(100))],
            )
            return await buy(session, job)

        return Process(work)

    def _step(self, process: Process) -> None:
        if process.wakes_at is not None:
            self._pass(max(0.0, process.wakes_at - self.scene.time.passed_s))
        process.tell("go on")
        while process.at is Failpoint.DEADLINE_CHECKED:
            # Between the look at the clock and the first byte nothing can be kept from leaving;
            # that this takes no longer than an answer may is what the windows are for.
            process.tell("go on")
        if process.at is not None:
            self.scene.places.add(process.at)
        if process.at is Failpoint.POST_SENT:
            self._until_fal_has_it()

    def _until_fal_has_it(self) -> None:
        if self.spoilt is not None:
            fault, refused = self.spoilt
            self.fal.until_used(fault)
            self.spoilt = None
            if refused:
                return
            self.scene.lost_answers += 1
        self.posts += 1
        self.fal.until_submits(self.posts)
        if not self.held:
            self.fal.until_all_have_ended()

    def _pass(self, seconds: float) -> None:
        since = self.fal.running_since() if self.held else None
        if since is not None:
            runs_s = (self.scene.time.now() - since).total_seconds() + seconds
            if runs_s >= WINDOWS.run_s:
                self._let_go()
        self.scene.time.passed_s += seconds

    def _let_go(self) -> None:
        self.fal.remove(self.held)
        self.held = ""
        self.fal.until_all_have_ended()

    def _make(self, take: int) -> None:
        for _ in range(TRIES):
            process = self._process(take, 0)
            while not process.has_ended:
                self._step(process)
            if process.bought is not None:
                return
            assert isinstance(process.error, Ambiguous | Retryable), process.error
            self._pass(SAFE_S / 2)
        raise AssertionError(f"it is not made by {TRIES} runs; the last one said: {process.error}")

    def _judge(self) -> None:
        verdict = asyncio.run(self._verdict())
        assert Verdict(**{**vars(verdict), "left_behind": 0}).is_clean, verdict
        intents = len(list(Path(self.store).glob("attempts/*/*/intent.json")))
        assert len(self.fal.jobs()) <= intents, "an attempt was sent more than once"
        self.scene.films += len(self.takes)
        self.scene.verdict += Verdict(**{**vars(verdict), "left_behind": 0})

    async def _verdict(self) -> Verdict:
        async with httpx.AsyncClient(timeout=300) as http:
            return await judge(
                self.takes,
                location=self.store,
                backend=self.connection.backend,
                book=Book(self.fal.jobs()),
                http=http,
            )
