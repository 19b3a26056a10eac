"""A clip that is drawn and paid for, and whose file is late, or is not fetched from where it is."""

from collections.abc import Callable
from typing import Any

import pytest

from shotgraph.errors import Terminal
from shotgraph.inputs.guard import NotAllowed, check_url
from shotgraph.inputs.hosts import FalBases
from shotgraph.money.keep import LATE_S
from tests.money.clocks import SteppingClock
from tests.money.scripted import ScriptedServer, reply
from tests.money.stand_in import StandIn


@pytest.mark.parametrize("code", [403, 404, 410])
async def test_a_file_that_is_not_there_yet_is_asked_for_again(
    code: int, scripted_fal: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    scripted_fal.files = [reply(code, {"detail": "x"})] * len(LATE_S)
    assert await run() == ("ran", "succeeded")
    assert sum(clock.slept) == sum(LATE_S)


@pytest.mark.parametrize("code", [403, 404, 410])
async def test_a_file_that_is_not_there_is_said_with_its_request_and_its_cost(
    code: int, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.files = [reply(code, {"detail": "x"})] * (1 + len(LATE_S))
    error, state = await run()
    assert (type(error), state) == (Terminal, "succeeded")
    said = str(error)
    assert said.startswith("a sea: request r-1 of fal-ai/kling-video/o1/standard/reference-to-")
    assert "is drawn and paid for (at most $0.25), but its file was not fetched" in said
    assert f"HTTP {code}" in said
    assert "The job is on record: another run fetches the file again, and buys nothing" in said
    assert "SHOTGRAPH_FAL_CDN_URL" not in said
    assert error.request_id == "r-1"
    assert await run() == ("resumed", "succeeded")
    assert scripted_fal.submits == 1


async def test_a_file_at_another_port_of_a_stand_in_is_said_with_the_way_out(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    async with ScriptedServer(lambda _: reply(200, scripted_fal.film)) as elsewhere:
        scripted_fal.place = f"{elsewhere.root}/c/x.mp4"
        error, state = await run()
        assert (type(error), state) == (Terminal, "succeeded")
        assert f"a file at {elsewhere.root}… is not fetched" in str(error)
        assert "find out why it did. Only if you run that host yourself" in str(error)
        assert f"SHOTGRAPH_FAL_CDN_URL={elsewhere.root} " in str(error)
        assert "request r-1" in str(error)
        again, _ = await run()
        assert f"SHOTGRAPH_FAL_CDN_URL={elsewhere.root} " in str(again)
        assert elsewhere.connections == 0
    assert scripted_fal.submits == 1


async def test_with_the_way_out_the_file_is_fetched(
    scripted_fal: StandIn, run_at: Callable[..., Any]
) -> None:
    async with ScriptedServer(lambda _: reply(200, scripted_fal.film)) as elsewhere:
        scripted_fal.place = f"{elsewhere.root}/c/x.mp4"
        await run_at()
        assert await run_at(cdn_url=elsewhere.root) == ("resumed", "succeeded")
    assert scripted_fal.submits == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/x",
        "http://168.63.129.16/x",
        "http://metadata.google.internal/x",
        "http://[fd00:ec2::254]/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://name:word@127.0.0.1/x",
    ],
)
async def test_no_way_out_leads_to_a_place_that_nobody_may_allow(
    url: str, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    with pytest.raises(NotAllowed) as refused:
        check_url(url, FalBases(queue_url=f"{scripted_fal.root}/queue"))
    assert refused.value.origin == ""
    if url.startswith("http"):
        scripted_fal.place = url
        error, state = await run()
        assert (type(error), state) == (Terminal, "succeeded")
        assert "is not fetched" in str(error)
        assert "SHOTGRAPH_FAL_CDN_URL" not in str(error)
