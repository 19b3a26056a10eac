"""Each guard of the paid path, taken out: something of this suite has to break."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from shotgraph.rehearsal import Options
from tests.rehearsal.client import IMAGE

from .fault_proxy import Cut, Spoiling, open_proxy
from .guards import GUARDS
from .order import Shot
from .site import WINDOWS, Case, Site, open_site

UNSEEN_S = 0.5
"""How long a job runs, and is not listed."""
PATIENT = WINDOWS.model_copy(update={"reply_s": 30})
"""Without the time limit on answers, which would stop a late POST too."""
LONG_LEASE = PATIENT.model_copy(update={"send_s": 30})
LARGE_SKEW = WINDOWS.model_copy(update={"skew_s": 5})
"""With it, requests from before an attempt are looked at too."""
HEADSTART_S = 4.0
"""How long the other one is watched where its guard is in place: then it waits."""
LONGEST_S = 300.0

Scenario = Callable[[Site, Case], Awaitable[int]]


async def _killed_after_the_reply(site: Site, case: Case) -> int:
    assert await case.start(failpoint="reply_read:kill", windows=PATIENT).ended() == -9
    await case.start().ended()
    return await _too_many(site, case)


async def _reply_lost(site: Site, case: Case) -> int:
    async with open_proxy(site.bases, Spoiling(Cut.AFTER_THE_BODY, "drop")) as (_, bases):
        await case.start(bases=bases).ended()
    return await _too_many(site, case)


async def _reply_lost_and_not_listed(site: Site, case: Case) -> int:
    await case.keep_images()
    if case.chosen["without"]:
        # However late a busy machine looks, it is not there yet. Nobody else has a start image.
        await site.fault("listing_late", endpoint_id=IMAGE, seconds=3600)
    return await _reply_lost(site, case)


async def _woken_past_the_deadline(site: Site, case: Case) -> int:
    sleeper = case.start(failpoint="connected:pause", windows=PATIENT)
    await sleeper.until_stopped()
    await case.start(windows=PATIENT, on_ambiguous="resubmit").ended()
    await sleeper.go_on()
    await sleeper.ended()
    return await _too_many(site, case)


async def _two_takes_with_lost_replies(site: Site, case: Case) -> int:
    (shot,) = case.shots
    case.shots = (shot, shot.model_copy(update={"take": 2}))
    lost = Spoiling(Cut.AFTER_THE_BODY, "drop", times=2)
    async with open_proxy(site.bases, lost) as (_, bases):
        case.chosen["bases"] = bases
        await case.start(windows=LARGE_SKEW).ended()
    judged = await case.judge(await site.book())
    return judged.lost


async def _stopped_before_its_intent(site: Site, case: Case) -> int:
    sleeper = case.start(failpoint="intent_put:pause", windows=LONG_LEASE)
    await sleeper.until_stopped()
    await case.start().ended()
    await sleeper.go_on()
    await sleeper.ended()
    return await _too_many(site, case)


async def _told_to_buy_again_while_another_sends(site: Site, case: Case) -> int:
    sleeper = case.start(failpoint="connected:pause", windows=LONG_LEASE)
    await sleeper.until_stopped()
    other = case.start(windows=LONG_LEASE, on_ambiguous="resubmit")
    # Without the guard it goes on to its end, however long a busy machine takes for that.
    longest_s = LONGEST_S if case.chosen["without"] else HEADSTART_S
    await asyncio.wait({asyncio.ensure_future(other.ended())}, timeout=longest_s)
    await sleeper.go_on()
    await sleeper.ended()
    await other.ended()
    return await _too_many(site, case)


async def _too_many(site: Site, case: Case) -> int:
    """Count the jobs of a shot that were paid beyond the first."""
    (shot,) = case.shots
    return len((await site.book()).charged(shot.prompt)) - 1


SCENARIOS: dict[str, Scenario] = {
    "intent": _killed_after_the_reply,
    "wait": _reply_lost_and_not_listed,
    "deadline": _woken_past_the_deadline,
    "claim": _two_takes_with_lost_replies,
    "conditional write": _stopped_before_its_intent,
    "classification": _reply_lost,
    "lease": _told_to_buy_again_while_another_sends,
}


@pytest.mark.crash
@pytest.mark.timeout(1800)
async def test_without_a_guard_something_breaks(tmp_path: Path) -> None:
    assert SCENARIOS.keys() == GUARDS.keys()

    async def broken(site: Site, guard: str, *, without: bool) -> int:
        name = f"{'without' if without else 'with'} {guard}"
        case = site.case(name.replace(" ", "-"), Shot(prompt=name))
        case.chosen["without"] = guard if without else ""
        return await SCENARIOS[guard](site, case)

    async with open_site(tmp_path, Options(queue_s=0, run_s=UNSEEN_S)) as site:
        with_it = await asyncio.gather(*(broken(site, guard, without=False) for guard in GUARDS))
        without = await asyncio.gather(*(broken(site, guard, without=True) for guard in GUARDS))
    assert dict(zip(GUARDS, with_it, strict=True)) == dict.fromkeys(GUARDS, 0)
    detected = [guard for guard, count in zip(GUARDS, without, strict=True) if count > 0]
    assert detected == list(GUARDS)
    print(
        f"\ncrash: guards taken out in turn ({', '.join(GUARDS)}): "
        f"{len(detected)} of {len(GUARDS)} break a promise, with all of them in place none"
    )
