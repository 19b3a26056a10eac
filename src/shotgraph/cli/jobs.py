"""The commands ``jobs``, ``reconcile`` and ``purge``: the records of a store."""

import asyncio
import re
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shotgraph.cli.embedded_server import prefect_api
from shotgraph.cli.prefect_settings import check_prefect_settings
from shotgraph.cli.printing import AsJson, print_json, print_table
from shotgraph.errors import Ambiguous, InvalidInput, Terminal

if TYPE_CHECKING:
    from shotgraph.money.attempts import Attempt, Listed


JOB_WORDS = {
    "sending": "answer awaited",
    "unknown": "not known",
    "in_flight": "in flight",
    "turned": "refused",
    "given_up": "given up",
    "failed": "failed",
    "succeeded": "done",
    "cancel_asked": "cancel asked",
}


def jobs(as_json: AsJson = False) -> None:
    """List the paid jobs in the store, oldest first, with their states and costs."""
    check_prefect_settings()
    listed, made = asyncio.run(_listed())
    described = [describe(attempt, has_result=attempt.key in made) for attempt in listed.attempts]
    found = sorted(described, key=lambda job: job["sent_at"])
    if as_json:
        unreadable = [
            {"key": key, "message": error.message} for key, error in listed.unreadable.items()
        ]
        print_json({"jobs": found, **({"unreadable": unreadable} if unreadable else {})})
    elif found:
        _print(found)
    elif not listed.unreadable:
        sys.stdout.write("There are no paid jobs in the store yet.\n")
    sys.stdout.flush()
    for error in listed.unreadable.values():
        sys.stderr.write(f"{error}\n")
    if listed.unreadable:
        sys.exit(Terminal.exit_code)


def _print(found: list[dict[str, Any]]) -> None:
    rows = [
        [
            job["key"][:12],
            _step_and_retake(job),
            job["backend"],
            JOB_WORDS["cancel_asked" if job["cancel_asked"] else job["state"]],
            job["sent_at"][:19].replace("T", " "),
            f"${job['cost_usd']:.3f}{'?' if job['may_be_billed_usd'] else ''}",
            job["request_id"] or "",
        ]
        for job in found
    ]
    print_table(["key", "step", "at", "state", "sent (UTC)", "cost", "request"], rows, {"cost"})
    for job in found:
        more = more_about(job)
        if more:
            sys.stdout.write(f"\n{job['key'][:12]} ({job['step']}): {more}\n")


def _step_and_retake(job: Mapping[str, Any]) -> str:
    """Name a job's step; a retake because of faults has the name of its take's step."""
    from shotgraph.money.job import retake_number

    retake = retake_number(job["take"])
    return f"{job['step']} retake {retake}" if retake else str(job["step"])


def more_about(job: Mapping[str, Any]) -> str:
    """The next step for a job without a recorded end; empty for any other job."""
    from shotgraph.inputs.hosts import REHEARSAL

    is_elsewhere = job["state"] == "succeeded" and not job["has_result"]
    if job["state"] not in ("sending", "unknown", "in_flight") and not is_elsewhere:
        return ""
    if job["backend"] == REHEARSAL:
        return (
            "a rehearsal drew the job, for nothing. If that rehearsal has ended, the job is "
            "gone, and the next rehearsal draws it again"
        )
    if is_elsewhere:
        if not job["names_files"]:
            return (
                "finished at fal, but the reply had no file: the next run asks fal again, and "
                "buys nothing"
            )
        return (
            "finished at fal, and the clip is not in the store: the next run fetches it, and "
            "buys nothing"
        )
    if job["cancel_asked"]:
        return (
            "shotgraph asked fal to cancel the job. If fal has cancelled it, the next run buys "
            "it again; otherwise the next run continues it. To see the result: shotgraph "
            f"reconcile {job['key'][:12]}"
        )
    if job["state"] == "in_flight":
        return ""
    if job["state"] == "sending":
        return "a run is sending the job, or ended while sending it"
    return (
        f"its answer was lost. Buying again is safe from "
        f"{job['safe_from'][:19].replace('T', ' ')} UTC, if fal does not list it then. To search "
        f"for it: shotgraph reconcile {job['key'][:12]}"
    )


async def _listed() -> "tuple[Listed, set[str]]":
    """List the jobs, and the keys of the jobs with a result that has its files in the store."""
    from shotgraph.money.attempts import Ledger
    from shotgraph.money.results import Results
    from shotgraph.settings import Settings
    from shotgraph.store import open_store
    from shotgraph.store.records import gather_reads

    store = open_store(Settings().store)
    listed = await Ledger(store.records).listed()
    noted = {name.split("/")[1] for name in await store.records.names("results")}
    keys = [attempt.key for attempt in listed.attempts if attempt.key in noted]
    are_there = await gather_reads(Results(store).is_there(key) for key in keys)
    return listed, {key for key, is_there in zip(keys, are_there, strict=True) if is_there}


def describe(attempt: "Attempt", *, has_result: bool) -> dict[str, Any]:
    """Describe a job as JSON.

    ``has_result`` says whether its files are in the store. ``cost_usd`` is the most that its latest
    attempt can cost, in dollars: its bill, or its possible bill; ``may_be_billed_usd`` is the part
    of it that is not known yet. ``names_files`` is false if fal's reply named no file.
    """
    from shotgraph.clock import SystemClock
    from shotgraph.endpoints.endpoint import has_files
    from shotgraph.money.accounts import money_of
    from shotgraph.money.events import Accepted, Ended, Intent

    intent, accepted = attempt.find(Intent), attempt.find(Accepted)
    ended = attempt.find(Ended)
    assert intent is not None  # noqa: S101  an attempt begins with its intent
    money = money_of(attempt)
    return {
        "key": attempt.key,
        "attempt": attempt.number,
        "step": intent.step,
        "take": intent.take,
        "endpoint_id": intent.endpoint_id,
        "backend": intent.backend,
        "state": attempt.state_at(SystemClock().now()),
        "cancel_asked": attempt.is_cancel_asked,
        "has_result": has_result,
        "names_files": ended is None or has_files(ended.output),
        "request_id": accepted.request_id if accepted else None,
        "sent_at": intent.at.isoformat(),
        "safe_from": intent.safe_from.isoformat(),
        "cost_usd": float(money.most_usd),
        "may_be_billed_usd": float(money.may_be_billed_usd),
    }


JobKey = Annotated[str, typer.Argument(metavar="[KEY]", help="The job's key, or its beginning.")]
BuyAgain = Annotated[
    bool,
    typer.Option(
        "--buy-again",
        help="Give the job up, so that the next run buys it again: you may pay twice.",
    ),
]


def reconcile(key: JobKey = "", buy_again: BuyAgain = False, as_json: AsJson = False) -> None:
    """Look for jobs with a lost reply, and jobs that fal was asked to cancel; nothing is bought.

    Exit code 5: the outcome of a job is still unknown.
    """
    if buy_again and not key:
        raise InvalidInput("--buy-again takes the KEY of one job; shotgraph jobs lists them")
    with prefect_api():
        from shotgraph.cli.lost_jobs import reconcile_jobs

        found = asyncio.run(reconcile_jobs(key, buy_again=buy_again))
    if as_json:
        print_json({"jobs": found})
    elif not found:
        sys.stdout.write(
            "There is no job whose answer was lost, and none that fal was asked to cancel.\n"
        )
    for job in found:
        if not as_json:
            sys.stdout.write(f"{job['key'][:12]} {job['message']}\n")
    if any(job.get("is_lost") for job in found):
        sys.exit(Ambiguous.exit_code)
    if any(job["state"] == "unreadable" for job in found):
        sys.exit(Terminal.exit_code)


LEAST = timedelta(days=7)
"""The least age for a removal. A lost job can be looked for only for a much shorter time."""

OlderThan = Annotated[
    str, typer.Option("--older-than", metavar="AGE", help="An age in days or weeks: 90d, 12w.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")]
Films = Annotated[
    bool,
    typer.Option(
        "--films",
        help="Also remove the results of local steps, unless a bought result depends on them.",
    ),
]


def purge(
    older_than: OlderThan = "90d",
    dry_run: DryRun = False,
    films: Films = False,
    as_json: AsJson = False,
) -> None:
    """Remove old records and copies from the store.

    Everything that fal drew stays, and so does the latest attempt of each job, which proves the
    purchase. Jobs in flight or with an unknown outcome stay, with everything that they could need.
    """
    counts = asyncio.run(_purge(_age(older_than), dry_run=dry_run, films=films))
    if as_json:
        print_json({"removed": not dry_run, "counts": counts})
        return
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    removed = "would be removed" if dry_run else "were removed"
    sys.stdout.write(f"Older than {older_than}, {removed}: {said or 'nothing'}.\n")


async def _purge(age: timedelta, *, dry_run: bool, films: bool) -> dict[str, int]:
    from shotgraph.clock import SystemClock
    from shotgraph.plan.purge import find_old, remove
    from shotgraph.settings import Settings
    from shotgraph.store import open_store

    store = open_store(Settings().store)
    old = await find_old(store, SystemClock().now() - age, films=films)
    if not dry_run:
        await remove(store, old)
    return old.counts()


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([dw])", text)
    if match is None:
        raise InvalidInput(f'--older-than is "{text}"; allowed: days or weeks, as 90d or 12w')
    days = int(match[1]) * (7 if match[2] == "w" else 1)
    if days < LEAST.days:
        raise InvalidInput(
            f"--older-than is {text}; allowed: from {LEAST.days}d up, because a job whose answer "
            "was lost may still be looked for; nothing was removed"
        )
    return timedelta(days=days)
