"""A process of its own that puts files through the media layer: it may crash, and we see at what.

python -m tests.media.hostile.worker        one job in JSON a line, one answer a line
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from shotgraph.errors import MediaError
from shotgraph.media.conform import conform_clip, conform_image
from shotgraph.media.framing import Canvas
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media.sheets.preview import preview
from shotgraph.media.sheets.sheet import contact_sheet, filmstrip, poster, side_by_side, wipe
from shotgraph.media.smart.clip import read_clip
from shotgraph.media.smart.join import concat
from shotgraph.media.soundtrack import soundtrack
from shotgraph.media.split import find_cuts
from shotgraph.media.target_format import TargetFormat
from shotgraph.media.transition import Transition
from shotgraph.media.trim import extract_frame, trim

Operation = Callable[[Path, Path, Path], Awaitable[MediaInfo]]
_DISSOLVE = Transition(kind="dissolve", seconds=Fraction(1, 15))
_PART = Fraction(1, 10)
_FORMAT = TargetFormat(320, 180, Fraction(30))
_CANVAS = Canvas(320, 320, 320, 320)


async def _cuts(file: Path) -> MediaInfo:
    clip = read_clip(file)
    await find_cuts(clip, Fraction(30))
    return clip.info


# Each takes the file, a good clip, and the folder for what it makes.
OPERATIONS: dict[str, Operation] = {
    "probe": lambda file, good, into: probe(file),
    "trim": lambda file, good, into: trim(file, into / "t.mp4", start=Fraction(0), seconds=_PART),
    "first": lambda file, good, into: extract_frame(file, into / "first.png", at="first"),
    "last": lambda file, good, into: extract_frame(file, into / "last.png", at="last"),
    "concat": lambda file, good, into: concat([good, file], into / "c.mp4"),
    "dissolve": lambda file, good, into: concat([file, good], into / "d.mp4", transition=_DISSOLVE),
    "filmstrip": lambda file, good, into: filmstrip(file, into / "f.png"),
    "contact": lambda file, good, into: contact_sheet(file, into / "s.jpg"),
    "poster": lambda file, good, into: poster(file, into / "p.jpg"),
    "preview": lambda file, good, into: preview(file, into / "v.webp"),
    "beside": lambda file, good, into: side_by_side(good, file, into / "b.png"),
    "soundtrack": lambda file, good, into: soundtrack(good, file, into / "m.mp4"),
    "scored": lambda file, good, into: soundtrack(file, good, into / "n.mp4"),
    "conform": lambda file, good, into: conform_clip(
        file, into / "o.mp4", _FORMAT, first=0, frames=3
    ),
    "image": lambda file, good, into: conform_image(
        file, into / "i.png", _CANVAS, most_bytes=1_000_000
    ),
    "cuts": lambda file, good, into: _cuts(file),
    "wipe": lambda file, good, into: wipe(file, good, into / "w.mp4"),
}


@dataclass(frozen=True)
class Outcome:
    """How one operation on one file ended.

    Attributes:
        verdict: right, refused (a MediaError), or wrong (anything else).
        said: The error's message.
        kind: Of the file, where it was made out.
    """

    operation: str
    verdict: str
    said: str
    seconds: float
    kind: str = ""


async def put_through(operation: str, file: Path, good: Path, into: Path) -> Outcome:
    """Do one operation; whatever it raises is an outcome."""
    began = time.perf_counter()
    verdict, said, kind = "right", "", ""
    try:
        kind = (await OPERATIONS[operation](file, good, into)).kind
    except MediaError as error:
        verdict, said = "refused", str(error)
    except Exception as error:  # what must not happen, and is to be reported
        verdict, said = "wrong", f"{type(error).__name__}: {error}"
    return Outcome(operation, verdict, said, time.perf_counter() - began, kind)


async def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Put a file through operations; those after a refused probe too, if `stubborn`."""
    file, good, into = Path(job["file"]), Path(job["good"]), Path(job["into"])
    _forget_peak()
    outcomes: list[Outcome] = []
    for operation in job["operations"]:
        outcomes.append(await put_through(operation, file, good, into))
        is_refused = operation == "probe" and outcomes[-1].verdict != "right"
        if not job["stubborn"] and (is_refused or outcomes[0].kind != "video"):
            break
    return {
        "outcomes": [asdict(outcome) for outcome in outcomes],
        "peak_mib": _peak_mib(),
        "ffmpeg_peak_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10,
    }


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mib() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) >> 10


def main() -> None:
    """Answer until stdin ends."""
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            print(json.dumps(runner.run(answer(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
