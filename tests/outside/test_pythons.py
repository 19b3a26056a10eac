"""``doctor`` says where no clip can be opened; the folder of a newer Prefect is one line."""

import re
import shutil
import sqlite3
import sys
from pathlib import Path

from tests.cli.command import Desk, Ran

from .commands import ran
from .figures import Count

KIND = 1
ROOT = Path(__file__).parents[2]

FILM = "name: a\nsteps: {cut: {trim: {video: shot.mp4, seconds: 1}}}\noutput: $cut\n"
# As with PyAV 19 under a code that is written for 18.
BROKEN_READER = """\
import av, av.container
def broken(*words, **named):
    raise TypeError("open() got an unexpected keyword argument 'metadata_errors'")
av.open = av.container.open = av.container.core.open = broken
"""


def _doctor(desk: Desk, **env: str) -> Ran:
    return desk.run("doctor", "--json", **env)


def test_doctor_says_where_no_clip_can_be_opened(offline: Desk, count: Count) -> None:
    broken = offline.folder / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(BROKEN_READER)
    here = _doctor(offline, PYTHONPATH=str(broken))
    none = _doctor(offline, SHOTGRAPH_FFMPEG="/bin/false")
    count(machines_on_which_nothing_works=2, said_to_be_well=(here.code == 0) + (none.code == 0))
    for found in (here, none):
        assert found.code != 0, found.out
        assert not found.json["ok"]
        assert "Traceback" not in found.err


def test_a_newer_prefects_folder_is_one_line(offline: Desk, count: Count) -> None:
    (offline.folder / "film.yaml").write_text(FILM)
    home = Path(offline.env["PREFECT_HOME"])
    home.mkdir(parents=True)
    with sqlite3.connect(home / "prefect.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('ffffffffffff')")
    ended = offline.run("run", "film.yaml")
    said = [line for line in (ended.err + ended.out).splitlines() if line.strip()]
    count(lines_said=len(said))
    assert ended.code not in (0, 1), ended.err[-2000:]
    assert "Traceback" not in ended.err
    assert len(said) <= 6, said
    assert "PREFECT_HOME" in ended.err, ended.err


def test_the_image_and_the_lock_are_of_pythons_that_are_named(offline: Desk, count: Count) -> None:
    project = (ROOT / "pyproject.toml").read_text()
    named = set(re.findall(r"Python :: (3\.\d+)", project))
    image = re.search(r"python:(3\.\d+)", (ROOT / "deployments" / "Dockerfile").read_text())
    found = [version for version in sorted(named) if shutil.which(f"python{version}")]
    count(pythons_named=len(named), pythons_on_the_path=len(found))
    assert named == {"3.11", "3.12", "3.13", "3.14"}
    assert image is not None
    assert image.group(1) in named
    assert f"{sys.version_info[0]}.{sys.version_info[1]}" in named
    assert ran([("--version",)], offline.env, offline.folder)[0].code == 0
