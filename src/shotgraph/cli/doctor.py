"""``shotgraph doctor``: does this machine have everything that a run needs?"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from shotgraph.cli.embedded_server import prefect_api, prepare_prefect
from shotgraph.cli.prefect_settings import read_by_prefect
from shotgraph.cli.printing import AsJson, print_json
from shotgraph.errors import InvalidInput, ShotgraphError

if TYPE_CHECKING:
    from shotgraph.cli.checks import CheckResult

BROKEN = 2


def doctor(as_json: AsJson = False) -> None:
    """Check everything that a run needs; nothing is bought, and nothing is left behind."""
    found: list[CheckResult] = []

    def tell(results: "Sequence[CheckResult]") -> None:
        found.extend(results)
        for result in () if as_json else results:
            _print(result)

    asyncio.run(_look(tell))
    is_well = all(finding.status != "problem" for finding in found)
    if as_json:
        print_json({"ok": is_well, "checks": [finding.as_json() for finding in found]})
    else:
        sys.stdout.write(
            "\nFilms can be made here.\n" if is_well else "\nSomething has to be mended.\n"
        )
    if not is_well:
        sys.exit(BROKEN)


async def _look(tell: "Callable[[Sequence[CheckResult]], None]") -> None:
    """Report the results of each check as soon as they are known."""
    from shotgraph.cli import checks as software
    from shotgraph.cli.checks import CheckResult, films_folders, store
    from shotgraph.settings import Settings

    first = [software.python(), software.packages()]
    tell(first)
    ffmpeg = await software.ffmpeg()
    tell([ffmpeg])
    if ffmpeg.status == "ok":
        tell([await software.clips()])
    try:
        settings = Settings()
    except InvalidInput as error:
        mend = "see docs/reference/environment.md"
        return tell([CheckResult("Environment", "problem", error.message, mend)])
    tell(await store(settings.store))
    tell(films_folders())
    if any(finding.status == "problem" for finding in first):
        return None  # perhaps Prefect can't even be imported
    try:
        prepare_prefect()
        read_by_prefect()
    except InvalidInput as error:
        what, _, mend = error.message.partition(" Nothing was ")
        return tell([CheckResult("Prefect", "problem", what, mend.partition(". ")[2])])
    from prefect.settings import PREFECT_API_URL

    from shotgraph.cli.prefect_checks import did_not_start, fal_key, prefect_server

    url = PREFECT_API_URL.value()
    with ExitStack() as stack:
        try:
            stack.enter_context(prefect_api())
        except ShotgraphError as error:
            return tell([did_not_start(error)])
        served = await prefect_server(url)
        tell(served)
        if any(finding.about == "Prefect" and finding.status == "problem" for finding in served):
            # A run first looks for the block on that server, and would fail there.
            return None
        return tell(await fal_key())


_MARKS = {"ok": "ok  ", "note": "note", "problem": "BAD "}
_WIDTH = 11
"""The length of the longest name of a check."""


def _print(finding: "CheckResult") -> None:
    """Print one line, and flush it: the next check may take seconds."""
    sys.stdout.write(f"{_MARKS[finding.status]}  {finding.about.ljust(_WIDTH)}  {finding.said}\n")
    if finding.mend:
        sys.stdout.write(f"{' ' * (_WIDTH + 8)}to mend it: {finding.mend}\n")
    sys.stdout.flush()
