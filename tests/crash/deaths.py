"""Where a run can be made to die, and what it takes to get it there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from shotgraph.failpoints import Failpoint

from .fault_proxy import Cut, Spoiling, open_proxy
from .order import Shot
from .site import Case, Site

TORN = frozenset(
    {
        Failpoint.BUDGET_RESERVED,
        Failpoint.INTENT_PUT,
        Failpoint.CLAIM_PUT,
        Failpoint.OUTCOME_PUT,
        Failpoint.ENDED_PUT,
        Failpoint.RESULT_PUT,
        Failpoint.FLAWS_PUT,
        Failpoint.GIVE_UP_PUT,
    }
)
"""Where a record is written, which can be torn."""

FOUND = Spoiling(Cut.AFTER_THE_BODY, "drop")
NEVER_THERE = Spoiling(Cut.BEFORE_THE_REQUEST, "drop")
LOST: dict[Failpoint, Spoiling] = {
    Failpoint.RECONCILE_LISTED: FOUND,
    Failpoint.GIVE_UP_PUT: NEVER_THERE,
}
"""Places that a run passes only where an answer was lost."""
AGAIN = (Failpoint.CLAIM_PUT, Failpoint.OUTCOME_PUT)
"""Places that a run passes by a second way where an answer was lost."""
FILMS = frozenset({Failpoint.LOCAL_MADE, Failpoint.EXPORT_COPIED})
"""Places that only a run that makes films passes."""


@asynccontextmanager
async def open_case(
    site: Site, name: str, *shots: str, films: bool = False, lost: Spoiling | None = None
) -> AsyncIterator[Case]:
    """Open a case in which some places are passed.

    Args:
        site: Where.
        name: Names it.
        shots: Tells its shots apart.
        films: Whether its runs make films.
        lost: What becomes of the first answer to each job, if it is lost.
    """
    async with AsyncExitStack() as stack:
        case = site.case(name, *(Shot(prompt=f"{name} {shot}") for shot in shots))
        if films:
            case.chosen["out"] = case.folder / "out"
        if lost is not None:
            _, bases = await stack.enter_async_context(open_proxy(site.bases, lost))
            case.chosen["bases"] = bases
        await case.keep_images()
        yield case
