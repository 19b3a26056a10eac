"""Writes a golden ledger: ``python -m tests.money.ledger.write_golden v2``.

Once, when the form of a record has changed. What was written before is never written anew: people's
stores hold records of every form that there ever was, and each must be read for ever.
"""

import asyncio
import re
import sys

from .golden_ledger import write
from .golden_media import GOLDEN


def main(arguments: list[str]) -> int:
    """Write the version that is named; the exit code is 2 if it can't be."""
    if len(arguments) != 1 or not re.fullmatch(r"v[1-9][0-9]*", arguments[0]):
        sys.stderr.write("usage: python -m tests.money.ledger.write_golden v2\n")
        return 2
    folder = GOLDEN / arguments[0]
    if folder.exists():
        sys.stderr.write(f"{folder} is there, and golden ledgers are never written anew\n")
        return 2
    asyncio.run(write(folder))
    (folder / "store" / "tmp").rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
