"""Set up the automations of a Prefect server for shotgraph's runs; a second call updates them.

``python deployments/automations.py [--heartbeat-s 60] [--notify slack-webhook/NAME]`` needs
PREFECT_API_URL, and PREFECT_API_AUTH_STRING if the server asks for a password. The automations
watch only runs with the tag ``shotgraph``, such as the runs of ``shotgraph deploy``:

1. A run without heartbeats becomes Crashed: its machine is gone, and nothing else would report it.
2. A run that a worker took, and that does not run after ten minutes, becomes Crashed: the worker
   died before the run's first heartbeat.
3. A Crashed run is started again after a minute. It takes up the purchases of its last execution,
   and buys nothing twice; after the fifth crash it is not started again.
4. If a block is named, it gets a message about each run that failed, and each run that would have
   cost too much: a notification block such as ``slack-webhook/NAME``, or ``webhook/NAME`` for any
   URL.
"""

import argparse
import asyncio
import sys
from collections.abc import Set
from datetime import timedelta

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, CallWebhook, ChangeFlowRunState, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectNotFound

HEARTBEATS_MISSED, GRACE_S = 3, 10
"""With fewer than three, one late heartbeat makes a healthy run Crashed (measured)."""
SETTLED_S = 60
"""Seconds after a crash until no more reports of it come, and the run is started again.

A worker reports a crash twice; with a busy SQLite the second report came up to 60 s after the first
(measured).
"""
BEGUN_S = 600
"""The longest time from a worker's start of a run until it runs: it may fetch an image first."""
TAG = {"prefect.resource.role": "tag", "prefect.resource.id": "prefect.tag.shotgraph"}
EACH_RUN = {"prefect.resource.id"}
RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
TAKEN = {
    f"prefect.flow-run.{state}" for state in ("Pending", "Submitting", "InfrastructurePending")
}
GOES_ON_OR_IS_OVER = TAKEN | {
    f"prefect.flow-run.{state}"
    for state in (
        *("Completed", "Failed", "Cancelled", "Cancelling"),
        *("Paused", "Suspended", "Scheduled", "AwaitingRetry", "AwaitingConcurrencySlot"),
        *("Late", "Running", "Retrying"),
    )
}
# A run that waits for a person has no process, and sends no heartbeats. After a restart of the
# server, Prefect keeps the event of its state back for 15 minutes; the last event does not wait.
ALIVE_OR_OVER = GOES_ON_OR_IS_OVER | {
    *("prefect.flow-run.heartbeat", "prefect.flow-run.Crashed"),
    "shotgraph.process-ends",
}
SUBJECT = "shotgraph: {{ flow_run.name }}"
FAILED = 'flow_run.name ~ " " ~ flow_run.state.name ~ ": " ~ flow_run.state.message'
OVER_BUDGET = 'event.payload.film ~ ": " ~ event.payload.message'


def main() -> None:
    """Create or update the automations."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--heartbeat-s",
        type=int,
        default=60,
        help="PREFECT_FLOWS_HEARTBEAT_FREQUENCY of the workers; 60",
    )
    parser.add_argument(
        "--restart-after-s",
        type=int,
        default=SETTLED_S,
        help=f"seconds from a crash to the restart; {SETTLED_S}, because workers report one twice",
    )
    parser.add_argument(
        "--begun-within-s",
        type=int,
        default=BEGUN_S,
        help=f"seconds for a worker to begin a run; {BEGUN_S}, because it may get an image first",
    )
    parser.add_argument("--notify", metavar="TYPE/NAME", help="the block for messages of failures")
    given = parser.parse_args()
    begun_s, after_s = given.begun_within_s, given.restart_after_s
    for name in asyncio.run(set_up(given.heartbeat_s, after_s, begun_s, given.notify)):
        sys.stdout.write(f"{name}\n")


async def set_up(
    heartbeat_s: int, restart_after_s: int, begun_within_s: int, notify: str | None
) -> list[str]:
    """Create or update the automations; return their names."""
    async with get_client() as client:
        automations = [
            dead_runs(heartbeat_s),
            never_begun(begun_within_s),
            restarts(restart_after_s),
        ]
        if notify is not None:
            automations += await _notices(client, notify)
        for automation in automations:
            known = await client.read_automations_by_name(automation.name)
            if known:
                await client.update_automation(known[0].id, automation)
            else:
                await client.create_automation(automation)
    return [automation.name for automation in automations]


def dead_runs(heartbeat_s: int) -> AutomationCore:
    """Mark a run without heartbeats as crashed."""
    silent_s = HEARTBEATS_MISSED * heartbeat_s + GRACE_S
    return _crashed_where_silent(
        "shotgraph: a run without a heartbeat has crashed",
        after={"prefect.flow-run.heartbeat"},
        expect=ALIVE_OR_OVER,
        within_s=silent_s,
        message=f"no heartbeat for {silent_s} s: its process is gone",
    )


def never_begun(begun_s: int = BEGUN_S) -> AutomationCore:
    """Mark a run as crashed that a worker took, and that does not run.

    It has sent no heartbeat yet. A run that is only slow is executed twice for a while, which costs
    no money.
    """
    return _crashed_where_silent(
        "shotgraph: a run that its worker never began has crashed",
        after=TAKEN,
        expect=ALIVE_OR_OVER - TAKEN,
        within_s=begun_s,
        message=f"a worker took it {begun_s} s ago, and it does not run: the worker died",
    )


def _crashed_where_silent(
    name: str, *, after: Set[str], expect: Set[str], within_s: int, message: str
) -> AutomationCore:
    """Mark each run as crashed in which no expected event follows another event in time."""
    return AutomationCore(
        name=name,
        trigger=EventTrigger(
            match=RUNS,
            match_related=TAG,
            for_each=EACH_RUN,
            after=set(after),
            expect=set(expect),
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=within_s),
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message=message)],
    )


def restarts(after_s: int = SETTLED_S) -> AutomationCore:
    """Execute the same run again, with the same parameters.

    Not at once: a worker reports the crash of a killed process twice, and until then it counts the
    run as one of its active runs.
    """
    again = ChangeFlowRunState(
        name="AwaitingRetry",
        state=StateType.SCHEDULED,
        message="it crashed, and goes on where it was: nothing is bought twice",
    )
    return AutomationCore(
        name="shotgraph: a crashed run is started again",
        trigger=EventTrigger(
            match=RUNS,
            match_related=TAG,
            for_each=EACH_RUN,
            after={"prefect.flow-run.Crashed"},
            expect=GOES_ON_OR_IS_OVER,
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=after_s),
        ),
        actions=[again],
    )


async def _notices(client: PrefectClient, notify: str) -> list[AutomationCore]:
    type_slug, _, name = notify.partition("/")
    try:
        block = await client.read_block_document_by_name(name, type_slug)
    except ObjectNotFound:
        sys.exit(f'there is no block "{name}" of the type {type_slug}; prefect block ls lists them')

    def sending(words: str) -> ActionTypes:
        if type_slug == "webhook":
            # A message may have quotes and several lines.
            payload = f'{{"text": {{{{ ({words}) | tojson }}}}}}'
            return CallWebhook(block_document_id=block.id, payload=payload)
        body = f"{{{{ {words} }}}}"
        return SendNotification(block_document_id=block.id, subject=SUBJECT, body=body)

    failed = _each({"prefect.flow-run.Failed"}, match=RUNS, match_related=TAG)
    over = _each({"shotgraph.over-budget"}, match={"prefect.resource.id": "prefect.flow-run.*"})
    return [
        AutomationCore(name="shotgraph: a run failed", trigger=failed, actions=[sending(FAILED)]),
        AutomationCore(name="shotgraph: over budget", trigger=over, actions=[sending(OVER_BUDGET)]),
    ]


def _each(
    events: set[str], match: dict[str, str], match_related: dict[str, str] | None = None
) -> EventTrigger:
    return EventTrigger(
        match=match,
        match_related=match_related or {},
        for_each=EACH_RUN,
        expect=events,
        posture=Posture.Reactive,
        threshold=1,
        within=timedelta(0),
    )


if __name__ == "__main__":
    main()
