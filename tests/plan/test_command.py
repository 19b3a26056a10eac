"""``plan`` and ``validate`` answer in a moment: they never start Prefect, and never need a key.

Nor do they load what decodes pictures, draws them or speaks HTTP, where nothing asks for that.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

FILM = """
name: film
params: {shot: {type: video}}
steps:
  dusk: {edit: {video: $shot, prompt: Paint it}}
  film: {concat: {clips: [$shot, $dusk]}}
output: $film
"""
COMMAND = """
import sys
from shotgraph.cli.main import main
sys.argv[0] = "shotgraph"
try:
    main()
except SystemExit as ended:
    code = ended.code or 0
heavy = ("prefect", "fastapi", "av", "PIL", "numpy", "httpx", "httpcore", "fal_client", "jinja2")
sys.stderr.write("LOADED " + " ".join(one for one in heavy if one in sys.modules) + "\\n")
sys.exit(code)
"""


def run(command: str, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "film.yaml"
    file.write_text(FILM)
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ
    }
    return subprocess.run(
        [sys.executable, "-c", COMMAND, command, str(file), *arguments],
        env={**environment, "SHOTGRAPH_STORE": str(tmp_path / "store")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_plan_loads_no_more_than_it_needs(tmp_path: Path, folder: Path) -> None:
    ran = run("plan", tmp_path, "--set", f"shot={folder / 'clip.mp4'}", "--json")
    assert ran.returncode == 0
    assert ran.stderr == "LOADED \n"
    plan = json.loads(ran.stdout)
    assert [(step["name"], step["state"], step["cost_usd"]) for step in plan["steps"]] == [
        ("dusk", "buy", 0.504),
        ("film", "local", 0),
    ]
    assert plan["cost_usd"] == 0.504


def test_nor_does_validate(tmp_path: Path, folder: Path) -> None:
    ran = run("validate", tmp_path, "--set", f"shot={folder / 'clip.mp4'}")
    assert (ran.returncode, ran.stderr) == (0, "LOADED \n")


def test_a_file_of_the_wrong_kind_ends_it_with_2(tmp_path: Path, folder: Path) -> None:
    ran = run("plan", tmp_path, "--set", f"shot={folder / 'still.png'}")
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert "film.yaml:3:10: params.shot: for this run, " in ran.stderr
    assert 'still.png" holds an image' in ran.stderr
    assert "LOADED \n" in ran.stderr
