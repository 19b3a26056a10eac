"""Numbers of options have bounds, and an address that can't be had is said in words."""

import socket
from errno import ENOSPC

import pytest

from shotgraph.cli.deploy import LONGEST_WAIT_S
from shotgraph.cli.deploy import MOST_AT_ONCE as MOST_RUNS
from shotgraph.cli.servers import _serve_rehearsal
from shotgraph.errors import InvalidInput
from shotgraph.flows.deployment import MOST_AT_ONCE
from shotgraph.flows.this_run import A_YEAR_S
from shotgraph.view.serving import _listening_at
from tests.cli.command import Desk

BEYOND = [
    ("view", "serve", "--port", "99999"),
    ("view", "serve", "--port", "-1"),
    ("view", "--port", "70000", "--no-browser"),
    ("rehearsal", "serve", "--port", "70000"),
    ("rehearsal", "serve", "--port", "-1"),
    ("run", "film.yaml", "--max-usd", "-1"),
    ("deploy", "film.yaml", "--at-once", "0"),
    ("deploy", "film.yaml", "--at-once", "9999999999"),
    ("deploy", "film.yaml", "--latest-start", "-1"),
    ("deploy", "film.yaml", "--latest-start", "99999999999999"),
    ("deploy", "film.yaml", "--interval", "1e30"),
    ("purge", "--older-than", "0d"),
]


@pytest.mark.parametrize("command", BEYOND, ids=" ".join)
def test_a_number_beyond_its_bounds_is_refused(offline: Desk, command: tuple[str, ...]) -> None:
    ran = offline.run(*command)
    assert ran.code == 2, ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_the_command_has_the_bounds_of_the_flow() -> None:
    assert (LONGEST_WAIT_S, MOST_RUNS) == (A_YEAR_S, MOST_AT_ONCE)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("foo.invalid", "the name is not known; allowed: an address or a name of this machine"),
        (f"{'x' * 70}.invalid", "the name is not known"),
        ("192.0.2.1", "this machine has no such address; allowed"),
    ],
)
def test_a_host_that_is_not_here_is_said(host: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=f"can't listen at {host}: {said}"):
        _listening_at(host, 0)


def test_a_port_that_is_taken_is_said(offline: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        view = offline.run("view", "serve", "--port", str(port))
        rehearsal = offline.run("rehearsal", "serve", "--port", str(port))
    assert (view.code, rehearsal.code) == (2, 2)
    assert view.err.strip() == (
        f"can't listen at 127.0.0.1, port {port}: the port is taken by another program. Give "
        "another --port; 0 takes a free one"
    )
    assert f"can't listen at port {port}: Address already in use" in rehearsal.err


def test_another_fault_of_a_rehearsal_is_not_called_a_taken_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def serve(_: int) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("shotgraph.rehearsal.serve", serve)
    with pytest.raises(OSError, match="No space left"):
        _serve_rehearsal()
