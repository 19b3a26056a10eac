"""The project's documents, and the blocks of code in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block of code.

    Attributes:
        line: Of its fence, from 1.
        info: What stands behind the fence: ``yaml``, ``yaml fragment``, ``sh``.
    """

    file: Path
    line: int
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def documents() -> list[Path]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(found) > 20
    return sorted(found)


def blocks(*infos: str) -> list[Block]:
    found = [block for file in documents() for block in blocks_of(file) if block.info in infos]
    assert found
    return found


def blocks_of(file: Path) -> list[Block]:
    text = file.read_text()
    return [
        Block(file, text.count("\n", 0, match.start()) + 1, match["info"].strip(), match["text"])
        for match in _FENCE.finditer(text)
    ]


def without_blocks(text: str) -> str:
    return _FENCE.sub("", text)
