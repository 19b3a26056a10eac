"""How much memory this process has taken at most, by the kernel's own count."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@contextmanager
def grown_mib() -> Iterator[Callable[[], float]]:
    """Give a function that tells by how many MiB the resident memory has grown at its highest."""
    _CLEAR.write_text("5")  # forgets the highest value so far: proc(5)
    before = _kib("VmRSS")
    yield lambda: max(0, _kib("VmHWM") - before) / 1024


def _kib(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])
