"""``shotgraph reconcile [KEY]``: look for jobs whose answer was lost."""

import asyncio
import sys
from typing import Annotated

import typer

from shotgraph.cli.embedded_server import prefect_api
from shotgraph.cli.options import AsJson
from shotgraph.cli.output import print_json
from shotgraph.errors import Ambiguous, InvalidInput, Terminal

Key = Annotated[str, typer.Argument(metavar="[KEY]", help="The job's key, or how it begins.")]
BuyAgain = Annotated[
    bool,
    typer.Option(
        "--buy-again",
        help="Give the job up, so that the next run buys it again: you may pay twice.",
    ),
]


def reconcile(key: Key = "", buy_again: BuyAgain = False, as_json: AsJson = False) -> None:
    """Look for jobs whose answer was lost; nothing is sent, and nothing bought.

    Exit code 5 says that one is still not known.
    """
    if buy_again and not key:
        raise InvalidInput("--buy-again takes the KEY of one job; shotgraph jobs lists them")
    with prefect_api():
        from shotgraph.cli.lost_jobs import reconcile_jobs

        found = asyncio.run(reconcile_jobs(key, buy_again=buy_again))
    if as_json:
        print_json({"jobs": found})
    elif not found:
        sys.stdout.write("There is no job whose answer was lost.\n")
    for job in found:
        if not as_json:
            sys.stdout.write(f"{job['key'][:12]} {job['message']}\n")
    if any(job["state"] in ("sending", "unknown") for job in found):
        sys.exit(Ambiguous.exit_code)
    if any(job["state"] == "unreadable" for job in found):
        sys.exit(Terminal.exit_code)
