"""The S3 server of the other tests, with a line in a file for every request that it answers."""

import logging
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.crash import s3_server
from tests.crash.s3_server import BUCKET
from tests.prefect_crash.process_tree import ROOT

_LINE = re.compile(rf'"(?P<method>[A-Z]+) /{BUCKET}/(?P<name>[^ ?]+)[^"]*" (?P<status>\d+)')


@dataclass(frozen=True)
class CountedS3:
    """A bucket, and what was asked of it.

    Attributes:
        env: What leads to it.
    """

    env: dict[str, str]
    log: Path

    def counts(self, method: str, folder: str = "objects/") -> Counter[str]:
        """How often each name below a folder was put or got, where that succeeded."""
        found = (_LINE.search(line) for line in self.log.read_text().splitlines())
        return Counter(
            match["name"]
            for match in found
            if match
            and match["method"] == method
            and match["status"] in ("200", "206")
            and match["name"].startswith(folder)
        )


@contextmanager
def open_counted_s3(log: Path) -> Iterator[CountedS3]:
    """Run it in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, log],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield CountedS3(s3_server.env_of(process.stdout.readline().strip()), log)
    finally:
        process.stdin.close()
        process.wait()


def main(log: str) -> None:
    """Serve until stdin ends."""
    requests = logging.getLogger("werkzeug")
    requests.setLevel(logging.INFO)
    requests.addHandler(logging.FileHandler(log))
    requests.propagate = False

    def stay_on(*_: Any) -> None:
        """The other tests have it say nothing."""

    with patch.object(logging, "disable", stay_on):
        s3_server.main()


if __name__ == "__main__":
    main(sys.argv[1])
