"""What `make setup` installs: each package by its version and the hashes of its files."""

import re
from pathlib import Path

import pytest

from tests.figures import Count

KIND = 22
ROOT = Path(__file__).parents[2]
LOCKS = ("constraints.txt", "tests/joins/moviepy.txt", ".ci/supply.txt")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_a_version_and_hashes(lock: str, count: Count) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    loose = [
        line.split()[0]
        for line in packages
        if not re.match(r"[\w.\[\]-]+==[\w.!+]+[ ;]", line) or "--hash=sha256:" not in line
    ]
    count(packages=len(packages), without_a_hash=len(loose))
    assert len(packages) > 1
    assert loose == []
