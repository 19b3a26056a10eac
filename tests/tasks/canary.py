"""What a poisoned document names; it leaves a trace when it is called."""

import os
from pathlib import Path
from typing import Any


def detonate(document: Any = None, **_: Any) -> Any:
    Path(os.environ["CANARY_TRACE"]).write_text("called", encoding="utf-8")
    return document


class Detonates:
    """Calls it when it is unpickled."""

    def __reduce__(self) -> Any:
        return detonate, ()
