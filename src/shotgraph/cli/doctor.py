"""``shotgraph doctor``: does this machine have all that a run needs?"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from shotgraph.cli.embedded_server import prefect_api, prepare_prefect
from shotgraph.cli.printing import AsJson, print_json
from shotgraph.errors import InvalidInput, ShotgraphError

if TYPE_CHECKING:
    from shotgraph.cli.checks import CheckResult

BROKEN = 2


def doctor(as_json: AsJson = False) -> None:
    """Look at all that a run needs; nothing is bought, and nothing is left behind."""
    prepare_prefect()
    found = asyncio.run(_look())
    is_well = all(finding.status != "problem" for finding in found)
    if as_json:
        print_json({"ok": is_well, "checks": [finding.as_json() for finding in found]})
    else:
        _print(found, is_well)
    if not is_well:
        sys.exit(BROKEN)


async def _look() -> "Sequence[CheckResult]":
    from shotgraph.cli import checks as software
    from shotgraph.cli.checks import CheckResult, store
    from shotgraph.settings import Settings

    found = [software.python(), software.packages(), await software.ffmpeg()]
    if found[-1].status == "ok":
        found.append(await software.clips())
    try:
        settings = Settings()
    except InvalidInput as error:
        mend = "see docs/reference/environment.md"
        return [*found, CheckResult("Environment", "problem", error.message, mend)]
    found += await store(settings.store)
    if any(finding.status == "problem" for finding in found[:2]):
        return found  # Prefect may not even be imported
    from prefect.settings import PREFECT_API_URL

    from shotgraph.cli.prefect_checks import did_not_start, fal_key, prefect_server

    url = PREFECT_API_URL.value()
    with ExitStack() as stack:
        try:
            stack.enter_context(prefect_api())
        except ShotgraphError as error:
            return [*found, did_not_start(error)]
        found += await prefect_server(url)
        if any(finding.about == "Prefect" and finding.status == "problem" for finding in found):
            # A run looks there for the block first, and would end there.
            return found
        return [*found, *await fal_key()]


def _print(found: "Sequence[CheckResult]", is_well: bool) -> None:
    width = max(len(finding.about) for finding in found)
    marks = {"ok": "ok  ", "note": "note", "problem": "BAD "}
    for finding in found:
        sys.stdout.write(f"{marks[finding.status]}  {finding.about.ljust(width)}  {finding.said}\n")
        if finding.mend:
            sys.stdout.write(f"{' ' * (width + 8)}to mend it: {finding.mend}\n")
    sys.stdout.write(
        "\nFilms can be made here.\n" if is_well else "\nSomething has to be mended.\n"
    )
