"""Files that were written to harm are refused, before anything is built out of them."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from shotgraph.graph import build_graph
from shotgraph.spec import InvalidPipeline, load_pipeline, read_pipeline

ROOT = Path(__file__).parents[2]
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

HOSTILE = {
    "a bomb of aliases": (BOMB, "an anchor (&a)"),
    "a value inside of itself": ("a: &a [*a]", "an anchor (&a)"),
    "a list 5,000 deep": ("[" * 5000, "nested too deep"),
    "a list 5,000 deep, closed": ("[" * 5000 + "]" * 5000, "nested too deep"),
    "a block list 5,000 deep": ("- " * 5000 + "a", "nested too deep"),
    "a mapping 5,000 deep": ("{a: " * 5000, "nested too deep"),
    "a mapping 500 deep in blocks": (
        "\n".join(f"{' ' * depth}a:" for depth in range(500)),
        "nested too deep",
    ),
    "keys inside of keys": ("? " * 5000 + "a", "nested too deep"),
    "10 MB": ("a" * 10_000_000, "the file is longer than 262144 characters"),
    "one character too many": ("#" * 262_145, "the file is longer than 262144 characters"),
    "30,000 values": (f"[{'x,' * 30_000}]", "too much in one file"),
    "100,000 empty values": ("-\n" * 100_000, "too much in one file"),
    "a NUL": ("name: a\0b", "it holds the character U+0000"),
    "an escape": ("name: a\x1b[2Jb", "it holds the character U+001B"),
    "half a character": ("name: \ud800", "it holds the character U+D800"),
    "a Python object": ("!!python/object/apply:os.system [id]", "a tag (!!python/object/apply:"),
    "a Python name": ("a: !!python/name:os.system ''", "a tag (!!python/name:os.system)"),
    "a tag of its own": ("a: !thing 1", "a tag (!thing)"),
    "a renamed tag": (
        "%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!name:os.system ''",
        "a tag (!!python/name:os.system)",
    ),
    "bytes": ("a: !!binary aGk=", "a tag (!!binary)"),
}


@pytest.mark.parametrize(("text", "said"), HOSTILE.values(), ids=HOSTILE)
def test_refuses(text: str, said: str) -> None:
    with pytest.raises(InvalidPipeline) as raised:
        read_pipeline(text, file="film.yaml")
    found = [one.what.removeprefix("this is not YAML: ") for one in raised.value.problems]
    assert any(what.startswith(said) for what in found)
    assert len(raised.value.message) < 600 * len(found)


def test_tells_where_a_forbidden_character_stands() -> None:
    with pytest.raises(InvalidPipeline) as raised:
        read_pipeline("name: film\r\nlook: ab\x07c\r\n", file="film.yaml")
    assert raised.value.message.splitlines() == [
        "film.yaml:2:9: this is not YAML: it holds the character U+0007",
        "    2 | look: ab\ufffdc",
        "      |         ^",
        "        allowed: text without control characters",
    ]


def test_passes_no_control_character_on_to_the_terminal() -> None:
    text = 'name: "\\e[31m\\u202e"\n"\\e[2J": 1\nsteps: {}\noutput: "\\a"\n'
    with pytest.raises(InvalidPipeline) as raised:
        read_pipeline(text)
    assert len(raised.value.problems) == 4
    assert all(char.isprintable() or char == "\n" for char in raised.value.message)


def test_counts_what_it_reads_not_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "film.yaml"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 40)
    with pytest.raises(InvalidPipeline, match="longer than 262144 characters"):
        load_pipeline(file)


def test_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film.yaml")
    with pytest.raises(InvalidPipeline, match="can't be read: it is a named pipe"):
        load_pipeline(tmp_path / "film.yaml")


def test_wants_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "film.yaml"
    file.write_bytes("name: caf\xe9".encode("latin-1"))
    with pytest.raises(InvalidPipeline, match=r"film\.yaml:1:10: can't be read: it is not UTF-8"):
        load_pipeline(file)


@pytest.mark.parametrize(
    ("name", "said"), [("nowhere.yaml", "No such file"), (".", "it is a folder")]
)
def test_says_why_a_file_can_not_be_read(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(InvalidPipeline, match=said):
        load_pipeline(tmp_path / name)


ALIKE = "a" * 50
MOST_CALLS = 150_000
MOST_CALLS_OF_MANY_PROBLEMS = 20_000_000
SMALL_BYTES = 20_000_000
MEASURE = """
import resource, sys
from shotgraph.spec import InvalidPipeline, read_pipeline
from tests.spec.test_hostile_files import HOSTILE

def most_bytes():
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024)

before = most_bytes()
for text, _ in HOSTILE.values():
    try:
        read_pipeline(text, file="film.yaml")
    except InvalidPipeline:
        pass
print(most_bytes() - before)
"""


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Count the calls made inside: as many on a busy machine as on a quick one."""
    counted: Counter[str] = Counter()

    def count(_frame: FrameType, event: str, _what: object) -> None:
        counted["calls"] += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield counted
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("text", [text for text, _ in HOSTILE.values()], ids=HOSTILE)
def test_refuses_after_little_work(text: str) -> None:
    """A hundred thousand calls took 50 ms on a quick machine."""
    with counted_calls() as counted, pytest.raises(InvalidPipeline):
        read_pipeline(text, file="film.yaml")
    assert 0 < counted["calls"] < MOST_CALLS


def test_refuses_all_of_them_within_20_mb() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert int(ran.stdout) < SMALL_BYTES


@pytest.mark.parametrize(
    "steps",
    [
        ["  a0: {edit: {prompt: a, " + ", ".join(f"k{n}" for n in range(9000)) + "}}"],
        ["  a0: {trim: {start: 1, " + ", ".join(f"{n}" for n in range(9000)) + "}}"],
        [f"  a{n}: {{trim: {{video: $b{n}, seconds: 1}}}}" for n in range(1500)],
        [f"  {ALIKE}{n:06}: {{trim: {{video: ${ALIKE}x{n}, seconds: 1}}}}" for n in range(1200)],
        ["  a0: {concat: {clips: [" + ", ".join(f"x{n}.mp4" for n in range(15_000)) + "]}}"],
    ],
    ids=[
        "keys without values",
        "fractions",
        "unknown names",
        "names that are much alike",
        "files that are not there",
    ],
)
@pytest.mark.slow
def test_thousands_of_mistakes_are_told_in_time_and_in_short(
    steps: list[str], tmp_path: Path
) -> None:
    for number in range(300):
        (tmp_path / f"clip{number}.mp4").touch()
    text = "\n".join(["name: film", "steps:", *steps, "output: $a0", ""])
    with counted_calls() as counted, pytest.raises(InvalidPipeline) as raised:
        build_graph(read_pipeline(text, folder=tmp_path), placeholders=True)
    # Before there was a bound on guesses and on lines, it took minutes.
    assert counted["calls"] < MOST_CALLS_OF_MANY_PROBLEMS
    assert len(raised.value.problems) >= 1200
    assert len(raised.value.message) < 200_000
    assert raised.value.message.endswith(" more problems")
