"""A ``fal`` step, checked against its endpoint's document before anything is sent."""

from shotgraph.endpoints import ENDPOINTS
from shotgraph.endpoints.openapi import Finding
from shotgraph.errors import InvalidInput
from shotgraph.fal.job import Job
from shotgraph.fal.schemas import fetch_schema
from shotgraph.fal.session import Session
from shotgraph.ledger import MAY_BUY
from shotgraph.model.free_json import shown_path
from shotgraph.spec.fal_schema import findings_of, schema_findings
from shotgraph.spec.fal_step import FalArguments


async def check_before_buying(session: Session, job: Job, arguments: FalArguments) -> None:
    """Check a step against the file it names, else against what fal publishes.

    fal is asked only where the job is about to be bought; what can't be had there is said, and
    stops nothing.

    Raises:
        InvalidInput: The endpoint would not take the arguments, or not give the output.
    """
    if arguments.endpoint in ENDPOINTS:
        return
    if arguments.schema is not None:
        check_file(job.step, arguments)
        return
    if not await is_to_be_bought(session, job):
        return
    found = await fetch_schema(
        job.endpoint.id, bases=session.fal.bases, store=session.store, clock=session.clock
    )
    if found.document is None:
        session.say(f"{job.step}: {found.note}; what it takes was not checked")
        return
    findings = findings_of(arguments, found.document, "fal's description")
    if [one for one in findings if one.path[0] == "schema"]:
        session.say(f"{job.step}: {findings[0].said}; what it takes was not checked")
        return
    _refuse(job.step, arguments, findings, f"fal's description of {found.dated}")


async def is_to_be_bought(session: Session, job: Job) -> bool:
    """Tell whether a job is neither there nor in flight, so that it would be sent now."""
    if await session.results.get(job.key) is not None:
        return False
    return (await session.ledger.latest(job.key)).state in MAY_BUY


def check_file(step: str, arguments: FalArguments) -> None:
    """Check a step against the file that it names as its schema.

    Raises:
        InvalidInput: Something is wrong; every finding is named.
    """
    name = arguments.schema.name if arguments.schema is not None else ""
    _refuse(step, arguments, schema_findings(arguments), name)


def _refuse(step: str, arguments: FalArguments, findings: list[Finding], by: str) -> None:
    if findings:
        said = "; ".join(f"{shown_path(one.path)}: {one.said}" for one in findings)
        raise InvalidInput(f"{step}: {arguments.endpoint} ({by}): {said}. Nothing was sent")
