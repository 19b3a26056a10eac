"""The text of a pipeline file; or what the file is instead, and how to make it a text in UTF-8."""

import codecs
import shlex
from itertools import islice, pairwise
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.media.source import identify
from shotgraph.model.file_memory import what_is_no_file
from shotgraph.spec.meant import Missing
from shotgraph.spec.problem import Location, Problem
from shotgraph.spec.read_yaml import MAX_CHARACTERS

_ALLOWED = "a pipeline file; shotgraph new film.yaml writes one"
_SUFFIXES = (".yaml", ".yml")
_MOST_BYTES = 4 * MAX_CHARACTERS + 4
_HEAD = 4096
_MOST_ENTRIES = 200
# The mark of UTF-32 begins with the mark of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_NO_TEXT = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")
_NAMES = {"ISO-8859-1": "Latin-1 (ISO-8859-1)", "WINDOWS-1252": "Windows-1252"}


class CantBeRead(Exception):
    """A file is not a text in UTF-8, or can't be opened.

    Attributes:
        problem: The problem, with its line.
        text: The text of the file as far as it is known; '' if it is not.
    """

    def __init__(self, problem: Problem, text: str = "") -> None:
        super().__init__(problem.what)
        self.problem = problem
        self.text = text


def pipeline_text(file: Path, called: str) -> str:
    """Read the text of a pipeline file; of a longer file, a part that is longer than allowed.

    Args:
        called: The file's name in messages.

    Raises:
        CantBeRead: The file is not a text in UTF-8, or can't be opened.
    """
    # A pipe may block; a shell's `<(…)` and `/dev/stdin` are pipes too, and are allowed.
    kind = what_is_no_file(file) if not str(file).startswith(("/dev/", "/proc/")) else ""
    if kind:
        raise _refused(called, f"it is {kind}", _ALLOWED, _only_pipeline_in(file))
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        is_missing = isinstance(error, FileNotFoundError)
        near = Missing(str(file), Path(), _SUFFIXES).nearest() if is_missing else ""
        raise _refused(called, reason, "", near) from None
    return _decoded(file, called, data).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(file: Path, called: str, data: bytes) -> str:
    wide = _wide(data)
    if wide:
        raise _converted(called, data, wide, _break(data))
    try:
        # The end may be cut within a character.
        return codecs.getincrementaldecoder("utf-8")().decode(data, len(data) < _MOST_BYTES)
    except UnicodeDecodeError as error:
        at = error.start
    try:
        raise _refused(called, f"it is a media file ({identify(file).name})", _ALLOWED)
    except MediaError:
        pass
    if not _NO_TEXT.isdisjoint(data[:_HEAD]):
        raise _refused(called, "it is no text", _ALLOWED)
    raise _converted(called, data, _narrow(data), at)


def _refused(called: str, reason: str, allowed: str, nearest: str = "") -> CantBeRead:
    what = f"can't be read: {reason}"
    return CantBeRead(Problem(Location(called, 1, 1), "", what, allowed, nearest, line=""))


def _converted(called: str, data: bytes, encoding: str, at: int) -> CantBeRead:
    """Make the error of a text in another encoding, which a command converts."""
    text = data.decode(encoding or "utf-8", "replace").replace("\r\n", "\n")
    before = data[:at].decode(encoding or "utf-8", "replace").removeprefix("\ufeff")
    lines = f"{before}.".splitlines()
    location = Location(called, len(lines), len(lines[-1]))
    what = (
        f"can't be read: it is not UTF-8 text. Byte {at + 1} of the file, in line {len(lines)}, is "
        f"{data[at]:02X}"
    )
    name = _NAMES.get(encoding, encoding)
    what += f"; the file seems to be {name}" if name else "; its encoding is not known"
    source = shlex.quote(called)
    target = shlex.quote(str(Path(called).with_stem(f"{Path(called).stem}-utf8")))
    command = f"iconv -f {encoding or 'ENCODING'} -t UTF-8 {source} > {target}"
    text = text.removeprefix("\ufeff")
    line = next(islice(text.splitlines(), len(lines) - 1, None), "")
    problem = Problem(location, "", what, f"UTF-8. To convert it: {command}", line=line)
    return CantBeRead(problem, text)


def _wide(data: bytes) -> str:
    """Name the encoding of a text with two or four bytes for each letter; '' for other texts."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    head = data[:_HEAD]
    first, second = head[::2].count(0), head[1::2].count(0)
    # Keys, spaces and line breaks have a zero byte each, also if the prompts are Chinese.
    most, least = max(first, second), min(first, second)
    if most < max(2, len(head) // 10) or least * 8 > most:
        return ""
    return "UTF-16BE" if first > second else "UTF-16LE"


def _break(data: bytes) -> int:
    """The place of the first byte that a text in UTF-8 would not have."""
    return 0 if data[0] in (0xFE, 0xFF) else data.index(0)


def _narrow(data: bytes) -> str:
    """Name the encoding of a text with one byte for each letter; '' if it can't be guessed.

    In the languages of Latin-1, letters outside of ASCII seldom follow each other.
    """
    letters = [at for at, byte in enumerate(data) if byte >= 0xC0]
    pairs = sum(after - before == 1 for before, after in pairwise(letters))
    if pairs * 2 > len(letters):
        return ""
    if not any(0x80 <= byte < 0xA0 for byte in data):
        return "ISO-8859-1"
    try:
        data.decode("windows-1252")
    except UnicodeDecodeError:
        return ""
    return "WINDOWS-1252"


def _only_pipeline_in(folder: Path) -> str:
    """The pipeline file of a folder, if the folder has one and no other; else ''."""
    try:
        names = list(islice(folder.iterdir(), _MOST_ENTRIES))
    except OSError:
        return ""
    found = [str(path) for path in names if path.suffix in _SUFFIXES]
    return found[0] if len(found) == 1 else ""
