"""Files whose sound has gaps, or another coding."""

from pathlib import Path

from tests.joins.odd.bench import Bench
from tests.joins.odd.case import Maker


def gap(codec: str, dropped: str, into: str) -> Maker:
    """With sound packets left out; `dropped` is of the bitstream filter ``noise``."""

    def make(bench: Bench) -> Path:
        coded = bench.run("-i", bench.good, "-c:v", "copy", "-c:a", codec, into=f"whole-{into}")
        missing = ["-c", "copy", "-bsf:a", f"noise=drop='{dropped}'"]
        return bench.run("-i", coded, *missing, into=into)

    return make
