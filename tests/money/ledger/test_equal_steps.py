"""Equal steps are one job, also if it fails: the plan counts its price once."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shotgraph.errors import Refused
from shotgraph.money.accounts import Account
from shotgraph.money.buy import Bought, buy
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from tests.money.ledger.conftest import Connect
from tests.money.ledger.test_takes import shot
from tests.rehearsal.client import Client

FAILS: dict[str, dict[str, Any]] = {
    "a refusal": {"kind": "fail", "status": 422, "error_type": "content_policy_violation"},
    "a failure that is not billed": {
        "kind": "fail_request",
        "status": 500,
        "error_type": "internal_server_error",
    },
}


def twins(session: Session, count: int = 3) -> list[Job]:
    return [replace(shot(session), step=f"twin {number}") for number in range(count)]


async def ends(buying: Sequence[Awaitable[Bought]]) -> list[Bought | BaseException]:
    return await asyncio.gather(*buying, return_exceptions=True)


@pytest.mark.parametrize("fails", FAILS.values(), ids=FAILS)
async def test_steps_that_wait_for_a_job_that_fails_do_not_send_it_again(
    fails: dict[str, Any], server: Client, connect: Connect
) -> None:
    await server.fault(**fails)
    first, *others = await ends([buy(connect(), twin) for twin in twins(connect())])
    assert await server.submits() == 1
    assert isinstance(first, Refused)
    for number, other in enumerate(others, start=1):
        assert isinstance(other, Refused)
        said = f"twin {number} is the same job as twin 0, and was not sent a second time. twin 0 "
        assert other.message.startswith(said)
        assert (other.request_id, other.cost_usd) == (first.request_id, Decimal(0))


async def test_a_bill_for_a_failed_job_is_paid_once(server: Client, connect: Connect) -> None:
    await server.fault(**FAILS["a refusal"], charged=True)
    ended = await ends([buy(connect(), twin) for twin in twins(connect())])
    assert [type(one) for one in ended] == [Refused] * 3
    assert all("fal billed 3 units for it all the same" in str(one) for one in ended)
    assert await server.submits() == 1


async def test_a_step_that_begins_later_in_the_same_run_does_not_send_it_again(
    server: Client, connect: Connect
) -> None:
    await server.fault(**FAILS["a refusal"])
    of_run, of_next = (connect(account=Account(film="a", run_id=each)) for each in ("1", "2"))
    one, two, *_ = twins(of_run)
    with pytest.raises(Refused):
        await buy(of_run, one)
    with pytest.raises(Refused, match="twin 1 is the same job as twin 0"):
        await buy(of_run, two)
    assert await server.submits() == 1
    await server.lift()
    assert (await buy(of_next, two)).how == "ran", "a later run buys it again"


async def test_without_a_run_a_later_step_buys_it_again(server: Client, connect: Connect) -> None:
    await server.fault(**FAILS["a refusal"], times=1)
    one, two, *_ = twins(connect())
    with pytest.raises(Refused):
        await buy(connect(), one)
    assert (await buy(connect(), two)).how == "ran"


async def test_a_failure_that_may_be_tried_again_is(server: Client, connect: Connect) -> None:
    await server.fault("fail_request", status=503, error_type="runner_disconnected", times=1)
    failed, *others = await ends([buy(connect(), twin) for twin in twins(connect())])
    assert isinstance(failed, BaseException)
    assert sorted(one.how for one in others if isinstance(one, Bought)) == ["cached", "ran"]
