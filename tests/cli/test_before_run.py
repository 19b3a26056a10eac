"""What is said before Prefect starts: no key, over a budget, and what a run will buy."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr

from shotgraph.cli import before_run
from shotgraph.cli import run as command
from shotgraph.cli.before_run import (
    Foreseen,
    agree,
    check_first,
    foresee,
    is_of_environment,
    not_asked,
)
from shotgraph.cli.deciding import TerminalAnswers
from shotgraph.cli.fal_of_run import FalOfRun, has_key_block
from shotgraph.cli.interruptible import Interruptible
from shotgraph.cli.printing import Mode
from shotgraph.errors import Interrupted, InvalidInput, MissingKey, OverBudget, StoreRefused
from shotgraph.graph import Graph, graph_of_file
from shotgraph.inputs.hosts import FalBases, backend_of
from shotgraph.money.budget import Budget
from shotgraph.money.connection import FalConnection
from shotgraph.plan import Plan, PlannedStep
from shotgraph.plan.budgets import AGREED_USD
from tests.cli.command import Desk
from tests.cli.terminal import at_terminal
from tests.cli.test_progress_lines import Screen

PARAMETERS: dict[str, Any] = {"rehearse": False, "max_usd": None, "trust_prices": False}
TABLES = (
    "CREATE TABLE block_type (id, slug)",
    "CREATE TABLE block_document (name, block_type_id)",
    "INSERT INTO block_type VALUES (1, 'fal-credentials'), (2, 'media-store')",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Prefect's folder, and an environment with nothing but it and a store."""
    for name in ("FAL_KEY", "PREFECT_API_URL", "PREFECT_PROFILE", "SHOTGRAPH_DAILY_BUDGET_USD"):
        monkeypatch.delenv(name, raising=False)
    found = tmp_path / "prefect"
    found.mkdir()
    monkeypatch.setenv("PREFECT_HOME", str(found))
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    # Nobody answers there, at once: today's prices are not asked of fal.
    monkeypatch.setenv("SHOTGRAPH_FAL_API_URL", "http://127.0.0.1:9")
    return found


def save_block(home: Path, name: str, kind: int) -> None:
    with sqlite3.connect(home / "prefect.db") as database:
        for statement in TABLES:
            database.execute(statement)
        database.execute("INSERT INTO block_document VALUES (?, ?)", (name, kind))
    database.close()


async def test_without_a_key_anywhere_it_is_said_before(home: Path, folder: Path) -> None:
    graph = graph_of_file(folder / "film.yaml", {})
    with pytest.raises(MissingKey, match='FalCredentials block named "default"'):
        check_first(graph, PARAMETERS)
    check_first(graph, {**PARAMETERS, "rehearse": True})
    rehearsed = await foresee(graph, {**PARAMETERS, "rehearse": True})
    assert rehearsed is not None
    assert rehearsed.plan.cost_usd > 0


async def test_with_a_saved_block_its_fal_is_planned_for(home: Path, folder: Path) -> None:
    assert is_of_environment()
    save_block(home, "default", 1)
    assert not is_of_environment()
    graph = graph_of_file(folder / "film.yaml", {})
    check_first(graph, PARAMETERS)
    bases = FalBases(queue_url="http://127.0.0.1:9/of-the-block", api_url="http://127.0.0.1:9")
    fal = FalOfRun.at(FalConnection(bases, SecretStr("id:secret"), backend_of(bases)))
    foreseen = await foresee(graph, PARAMETERS, fal)
    assert foreseen is not None
    assert foreseen.backend == "http://127.0.0.1:9/of-the-block"
    with pytest.raises(OverBudget):
        await foresee(graph, {**PARAMETERS, "pipeline": "film.yaml", "max_usd": 0.01}, fal)


async def test_over_a_budget_it_is_said_before(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", "id:secret")
    graph = graph_of_file(folder / "film.yaml", {})
    too_low = {**PARAMETERS, "pipeline": "film.yaml", "max_usd": 0.01}
    with pytest.raises(OverBudget, match=r"its --max-usd is \$0.01.*\n  shotgraph run film.yaml"):
        await foresee(graph, too_low)
    with pytest.raises(InvalidInput, match="--max-usd is nan"):
        check_first(graph, {**PARAMETERS, "max_usd": float("nan")})
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert await foresee(graph, too_low) is not None, "its server keeps a record of the refusal"


@pytest.mark.parametrize(("flags", "why"), [
    (0, "Permission denied"),
    (os.ST_RDONLY, "Read-only file system"),
])  # fmt: skip
def test_a_store_that_may_not_be_written_is_said_before(
    home: Path, folder: Path, flags: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=flags))
    # The tests' user may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    graph = graph_of_file(folder / "film.yaml", {})
    with pytest.raises(StoreRefused, match=r"can't keep anything in .*SHOTGRAPH_STORE") as refused:
        check_first(graph, {**PARAMETERS, "rehearse": True})
    assert why in refused.value.message


@pytest.mark.parametrize(
    ("name", "kind", "found"), [("default", 1, True), ("default", 2, False), ("mine", 1, False)]
)
def test_a_saved_key_is_found_by_its_name_and_kind(
    home: Path, name: str, kind: int, found: bool
) -> None:
    assert has_key_block() is False, "there is no database yet"
    save_block(home, name, kind)
    assert has_key_block() is found


def test_of_another_database_nothing_is_known(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "prefect.db").write_bytes(b"no database at all, and longer than a header is")
    assert has_key_block() is None
    (home / "profiles.toml").write_text(
        'active = "a"\n[profiles.a]\nPREFECT_SERVER_DATABASE_CONNECTION_URL = "postgresql://x"\n'
    )
    (home / "prefect.db").unlink()
    assert has_key_block() is None
    (home / "profiles.toml").unlink()
    monkeypatch.setenv("PREFECT_API_DATABASE_CONNECTION_URL", "postgresql://x")
    assert has_key_block() is None


def step(name: str, usd: str, **more: Any) -> PlannedStep:
    return PlannedStep(name, more.pop("kind", "edit"), "buy", Decimal(usd), 60, **more)


def asked(monkeypatch: pytest.MonkeyPatch, plan: Plan, answer: bool) -> tuple[str, Any]:
    said = []

    def says_yes(question: str) -> bool:
        said.append(question)
        return answer

    monkeypatch.setattr(before_run, "says_yes", says_yes)
    agreed = agree(plan)
    return said[0] if said else "", agreed


def test_it_asks_how_many_shots_for_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan([step("dawn", "0.84"), step("dusk", "0.84"), step("same", "0", same_as="dawn")])
    assert asked(monkeypatch, plan, True) == (
        "This run will buy 2 shots for at most $1.68. Continue?", Decimal("1.68")
    )  # fmt: skip
    assert asked(monkeypatch, Plan([step("dawn", "0")]), True) == ("", None)
    open_end = Plan([step("dawn", "0.84"), step("x", "0.5", kind="fal", is_bounded=False)])
    question, agreed = asked(monkeypatch, open_end, True)
    assert "for $1.34, or more" in question
    assert agreed is None, "no wall where nobody knows the most"
    with pytest.raises(Interrupted, match="Nothing was bought"):
        asked(monkeypatch, plan, False)


@pytest.fixture
def foreseen(monkeypatch: pytest.MonkeyPatch) -> Foreseen:
    """What a run will do, that the command finds."""
    found = Foreseen(
        Plan([step("dawn", "0.84"), step("dusk", "1.26")]),
        Budget(name="x", limit_usd=Decimal(5)),
        backend="fal",
    )

    async def foresee(*_: object) -> Foreseen:
        return found

    monkeypatch.setattr(command, "foresee", foresee)
    monkeypatch.setattr(command, "check_first", lambda *_: None)
    monkeypatch.setattr(command, "is_of_environment", lambda: True)
    monkeypatch.setattr(command, "agree", lambda plan: plan.cost_usd)
    return found


ASKED = "This run buys 2 shots for at most $2.10 without asking, because "


@pytest.mark.parametrize(
    ("max_usd", "unasked", "terminals", "why"),
    [
        (None, "", (True, False), "stderr is no terminal"),
        (None, "", (False, True), "stdin is no terminal"),
        (None, "--yes", (True, True), "--yes is given"),
        (None, "--json", (True, True), "--json is given"),
        (3.0, "", (True, True), "--max-usd is given"),
        (None, "", (True, True), None),
    ],
)
def test_where_nobody_is_asked_a_line_says_what_is_bought(
    foreseen: Foreseen,
    max_usd: float | None,
    unasked: str,
    terminals: tuple[bool, bool],
    why: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streams = [Screen(is_tty=is_tty) for is_tty in terminals]
    for name, stream in zip(("stdin", "stderr"), streams, strict=True):
        monkeypatch.setattr(f"sys.{name}", stream)

    def begin(mode: Mode = Mode.AUTO, *, rehearse: bool = False) -> tuple[str, Decimal | None]:
        answers, graph = TerminalAnswers(), cast("Graph", SimpleNamespace(is_paid=True))
        nothing = cast("Interruptible", None)
        given = {"max_usd": max_usd, "rehearse": rehearse, "continues": None}
        found = command._foreseen(graph, given, answers, mode, nothing, unasked=unasked)
        assert found is not None
        is_agreed = found.wall == Budget(name=AGREED_USD, limit_usd=Decimal("2.10"))
        assert is_agreed is (answers.agreed_usd is not None)
        assert streams[1].getvalue() == "", "a run that may be refused buys nothing yet"
        return found.unasked, answers.agreed_usd

    agreed = Decimal("2.10") if why is None else None
    assert begin() == (f"{ASKED}{why}" if why else "", agreed)
    assert begin(Mode.JSON) == begin(Mode.QUIET) == ("", agreed)
    assert begin(rehearse=True) == ("", None)


@pytest.mark.parametrize("rehearse", [False, True])
def test_where_a_block_may_be_it_is_read_before_the_question(
    rehearse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[object] = []
    of_block = FalOfRun("http://127.0.0.1:9/of-the-block")

    class Beginning:
        def begin(self) -> None:
            order.append("Prefect begins")

    async def foresee(_: object, __: object, fal: FalOfRun | None) -> Foreseen:
        order.append(fal)
        backend = fal.backend if fal is not None else "rehearsal"
        return Foreseen(Plan([step("dawn", "0.84")]), None, backend=backend)

    monkeypatch.setattr(command, "check_first", lambda *_: None)
    monkeypatch.setattr(command, "is_of_environment", lambda: False)
    monkeypatch.setattr(command, "fal_by_prefect", lambda: of_block)
    monkeypatch.setattr(command, "foresee", foresee)
    answers, graph = TerminalAnswers(), cast("Graph", SimpleNamespace(is_paid=True))
    given = {"max_usd": None, "rehearse": rehearse, "continues": None}
    begins = cast("Interruptible", Beginning())
    command._foreseen(graph, given, answers, Mode.AUTO, begins, unasked="--yes")
    assert order == ([None] if rehearse else ["Prefect begins", of_block])
    assert answers.backend == ("rehearsal" if rehearse else of_block.backend)


def test_what_may_cost_more_is_said_and_of_nothing_nothing() -> None:
    open_end = Plan([step("x", "0.5", kind="fal", is_bounded=False)])
    assert not_asked(open_end, "so") == (
        "This run buys 1 shot for $0.50 without asking, because so. The cost may be higher, "
        "because the price of some shots is not known"
    )
    assert not_asked(Plan([step("dawn", "0")]), "so") == ""


class WithoutServer:
    """Runs what a command runs, and starts no Prefect for it."""

    def run(self, begin: Callable[[], Coroutine[Any, Any, command.Ran]]) -> command.Ran:
        return asyncio.run(begin())


def test_what_was_agreed_to_binds_the_run_after_a_question_too(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []

    async def ran(parameters: dict[str, Any], _: object, backend: str | None) -> command.Ran:
        told.append({**parameters, "backend": backend})
        return command.Ran({})

    monkeypatch.setattr(command, "_run", ran)
    command.run_file(
        folder / "film.yaml",
        {},
        rehearse=False,
        out=folder,
        max_usd=None,
        answers=TerminalAnswers(agreed_usd=Decimal("2.10"), backend="fal"),
        continues="the first part",
        interruptible=cast("Interruptible", WithoutServer()),
        progress=Mode.QUIET,
    )
    assert [(one["max_usd"], one["agreed_usd"], one["backend"]) for one in told] == [
        (None, 2.1, "fal")
    ]


@pytest.mark.slow
def test_a_person_who_says_no_has_bought_nothing_and_waited_for_nothing(offline: Desk) -> None:
    here = Desk(offline.folder, {**offline.env, "FAL_KEY": "id:secret"})
    here.env["SHOTGRAPH_FAL_API_URL"] = "http://127.0.0.1:9"
    with at_terminal(here, "run", "film.yaml") as terminal:
        while "Continue? [y/N]:" not in terminal.said:
            assert terminal.is_running(), terminal.said
            time.sleep(0.02)
        terminal.press(b"n\n")
        assert terminal.ended(300) == 130
        assert "This run will buy 2 shots for at most $" in terminal.said
        assert terminal.said.endswith("Nothing was bought, and nothing is running\n")
    assert not (offline.folder / "films").exists()


@pytest.mark.slow
def test_without_a_key_no_prefect_is_started(offline: Desk) -> None:
    ran = offline.run("run", "film.yaml", PYTHONPROFILEIMPORTTIME="1")
    assert ran.code == 2
    assert ran.err.count("there is no key for fal") == 1
    assert "prefect.flows" not in ran.err
