"""Signals in the worst moments: each stops the run, and nothing waits without a limit."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from types import FrameType
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from shotgraph.cli import embedded_server, interruptible, stopped_run
from shotgraph.cli import prefect_checks as prefect_server
from shotgraph.cli.interruptible import Interruptible
from shotgraph.errors import Interrupted
from shotgraph.tasks import stopping


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set in place of ending the process; no server is started, and no signal left changed."""
    event = threading.Event()
    before = {number: signal.getsignal(number) for number in interruptible._SIGNALS}
    monkeypatch.setattr(interruptible, "_exit", event.set)
    monkeypatch.setattr(interruptible, "_quieten_prefect", lambda: None)
    monkeypatch.setattr(interruptible, "prefect_api", lambda meanwhile: nullcontext())
    monkeypatch.setattr(stopping, "_signals", set())
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield event
    for number, handler in before.items():
        signal.signal(number, handler)


async def unwanted() -> None:
    pytest.fail("it began")


def in_line(number: int, stop: Callable[[], None]) -> Callable[[FrameType, str, Any], Any]:
    """A trace function that stops once more before one of the lines that a stop goes through."""
    left = number

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                stop()
        return trace

    return trace


@pytest.mark.usefixtures("ended")
def test_a_second_signal_in_the_middle_of_the_first() -> None:
    before = sys.gettrace()
    for line in range(1, 60):
        run: interruptible._Run[None] = interruptible._Run(unwanted)
        sys.settrace(in_line(line, lambda run=run: run.stop(signal.SIGINT)))  # type: ignore[misc]
        try:
            run.stop(signal.SIGINT)
        finally:
            sys.settrace(before)
        assert run.is_stopped
        assert stopping.signalled_by_person()


@pytest.mark.usefixtures("ended")
def test_what_is_heard_where_no_exception_gets_through_is_not_lost() -> None:
    def heard(here: Interruptible) -> Interruptible:
        with suppress(KeyboardInterrupt):  # as Python does in a callback of its own
            signal.raise_signal(signal.SIGINT)
        return here

    with pytest.raises(Interrupted), Interruptible() as here:
        heard(here).run(unwanted)


@pytest.mark.usefixtures("ended")
def test_what_a_library_makes_another_error_of_is_a_stop_all_the_same() -> None:
    def serialized() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ValueError("as pydantic does") from error

    with pytest.raises(Interrupted), Interruptible():
        serialized()


def test_a_terminal_that_takes_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, ended: threading.Event
) -> None:
    monkeypatch.setattr(interruptible, "NOTICE_AFTER_S", 0.0)
    monkeypatch.setattr(interruptible, "LONGEST_S", 0.1)
    monkeypatch.setattr(interruptible, "_write", lambda _: ended.wait())
    has_begun = threading.Event()

    async def goes_on() -> None:
        while not ended.is_set():
            with suppress(asyncio.CancelledError):
                has_begun.set()
                await asyncio.sleep(0)
        raise asyncio.CancelledError

    def presses() -> None:
        has_begun.wait()
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=presses).start()
    with pytest.raises(Interrupted), Interruptible() as here:
        here.run(goes_on)
    assert ended.is_set()


def test_a_run_that_is_ended_at_once_has_time_for_its_document() -> None:
    assert stopped_run.READ_AT_ONCE_S + 1 <= interruptible.EXIT_S, "to print it takes some, too"


def test_ctrl_c_while_prefects_server_ends(
    monkeypatch: pytest.MonkeyPatch, ended: threading.Event
) -> None:
    @contextmanager
    def ends_slowly(meanwhile: object) -> Iterator[None]:
        yield
        signal.raise_signal(signal.SIGINT)

    async def work() -> None:
        return

    monkeypatch.setattr(interruptible, "prefect_api", ends_slowly)
    with pytest.raises(Interrupted), Interruptible() as here:
        here.run(work)
    signal.raise_signal(signal.SIGINT)
    assert ended.is_set(), "one more ends the process, without a traceback"


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("stopped", [True, False])
def test_a_server_that_does_not_end_holds_up_no_word_of_a_stop(
    monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    waited: list[float] = []
    timers: list[float] = []

    class Server:
        password = "of:its-own"

        def open_database(self) -> None:
            pass

        def wait_until_ready(self) -> str:
            return "http://127.0.0.1:1/api"

        def end(self, timeout_s: float) -> None:
            assert not timers, "the process would end before it has said why"
            waited.append(timeout_s)

    async def work() -> None:
        if stopped:
            raise Interrupted("stopped")

    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setattr(embedded_server, "EmbeddedServer", Server)
    monkeypatch.setattr(embedded_server, "_send_the_log", lambda: None)
    monkeypatch.setattr(prefect_server, "refuse_newer_database", lambda: None)
    monkeypatch.setattr(interruptible, "prefect_api", embedded_server.prefect_api)
    monkeypatch.setattr(interruptible, "_exit_after", timers.append)
    with (
        suppress(Interrupted),
        temporary_settings({PREFECT_API_URL: None}),
        Interruptible() as here,
    ):
        here.run(work)
    assert waited == [embedded_server.STOPPED_S if stopped else embedded_server.END_S]
    assert timers == ([interruptible.EXIT_S] if stopped else [])


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_a_script_or_nohup_has_ignored_stays_ignored(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_IGN)
    with Interruptible():
        assert signal.getsignal(number) is signal.SIG_IGN
