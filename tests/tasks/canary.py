"""What a poisoned document names; it leaves a trace when it is called."""

from pathlib import Path
from typing import Any


def detonate(document: Any = None, **data: Any) -> str:
    told = data or document
    Path(told["trace"]).write_text("called", encoding="utf-8")
    return "called"


class Detonates:
    """Calls it when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return detonate, ({"trace": str(self.trace)},)
