"""The broken pipeline files, and what shotgraph says of each.

A line such as ``# --set look=dusk`` on top of a file is what a run gives. After a message was
changed on purpose, ``python -m tests.spec.broken_files`` writes the texts anew, for review.
"""

import json
import tempfile
from itertools import takewhile
from pathlib import Path

from shotgraph.graph import check
from shotgraph.graph.bind import settings
from shotgraph.spec import InvalidPipeline, Problem, read_draft
from tests.money.free_steps.documents import document

BROKEN = Path(__file__).parent / "broken"
FILES = sorted(BROKEN.glob("*.yaml"))

_INNER = """name: inner
params:
  shot: {type: video}
steps:
  painted: {edit: {video: $shot, prompt: Paint it}}
output: $painted
"""
USED = {
    "inner.yaml": _INNER,
    "wrong.yaml": _INNER.replace("video: $shot", "video: $shto"),
    "around.yaml": "name: around\nsteps:\n  again: {use: {file: around.yaml}}\noutput: $again\n",
}


BYTES = {
    "picture.mp4": b"\x89PNG\r\n\x1a\n",
    "clip.png": b"\0\0\0\x18ftypisom",
    "song.mp4": b"ID3\x04",
}


def lay_out(parent: Path) -> Path:
    """Make a folder with what the files name, and a link that leads out of it."""
    folder = parent.resolve() / "film"
    folder.mkdir()
    for path in ("clip.mp4", "my clip.mp4", "still.png", "../outside.mp4", "../outside.png"):
        (folder / path).touch()
    (folder / "named").mkdir()
    (folder / "named" / "box.mp4").touch()
    for path, first_bytes in BYTES.items():
        (folder / "named" / path).write_bytes(first_bytes)
    for name, text in USED.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "model.json").write_text(json.dumps(document()), encoding="utf-8")
    (folder / "link.mp4").symlink_to("../outside.mp4")
    return folder


def refusal(file: Path, folder: Path) -> InvalidPipeline:
    """Read a file and build its graph, which must fail."""
    text = file.read_text(encoding="utf-8")
    try:
        draft = read_draft(text, file=file.name, folder=folder)
        check(draft, _given(text), folder=folder).graph_or_raise()
    except InvalidPipeline as error:
        return error
    raise AssertionError(f"{file.name} was taken for right")


def problems_in(file: Path, folder: Path) -> tuple[Problem, ...]:
    """Read a file and list what is wrong with it."""
    return refusal(file, folder).problems


def said_of(file: Path, folder: Path) -> str:
    """Read a file and give the message, with the folder's path as FOLDER."""
    return refusal(file, folder).message.replace(str(folder), "FOLDER") + "\n"


def _given(text: str) -> dict[str, str]:
    lines = takewhile(lambda line: line.startswith("# --set "), text.splitlines())
    return settings([line.removeprefix("# --set ") for line in lines])


def _write_anew() -> None:
    with tempfile.TemporaryDirectory() as parent:
        folder = lay_out(Path(parent))
        for file in FILES:
            file.with_suffix(".txt").write_text(said_of(file, folder), encoding="utf-8")


if __name__ == "__main__":
    _write_anew()
