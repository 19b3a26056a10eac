"""A folder and a form from somebody else that name what is not theirs."""

import json
import os
from pathlib import Path

import pytest

from shotgraph.bundle import named_files
from shotgraph.errors import Terminal
from tests.cli.command import Desk, plain_env
from tests.figures import Count
from tests.media.coded_clips import write_clip
from tests.store.swaps import Swap, a_link_for_the_file, a_link_for_the_folder, a_pipe, swapped_in

KIND = 16
SECRET = "FAL_KEY=abc:secret"  # nobody's
NAMES = (".env", ".git/config", "sub/id_rsa", "notes.txt")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "theirs"
    folder.mkdir()
    write_clip(folder / "clip.mp4", clip=1, frames=96, rate=24)
    env = {**plain_env(tmp_path / "prefect"), "SHOTGRAPH_STORE": str(tmp_path / "store")}
    return Desk(folder, env)


def test_no_byte_of_a_named_file_is_said(desk: Desk, tmp_path: Path, count: Count) -> None:
    (desk.folder / "film.yaml").write_text(
        "name: asks\nparams: {shot: {type: video}}\n"
        "steps: {a: {trim: {video: $shot, seconds: 1}}}\noutput: $a\n"
    )
    secret = tmp_path / "credentials"
    secret.write_text(SECRET)
    shown = 0
    for path in (secret, "/proc/self/environ", "/etc/passwd"):
        for command in ("plan", "validate"):
            ran = desk.run(command, "film.yaml", "--set", f"shot={path}", FAL_KEY="abc:secret")
            assert ran.code == 2, ran.err
            shown += any(word in ran.out + ran.err for word in ("abc", "root:", "secret"))
    count(files_named=3, shown=shown)
    assert shown == 0


def test_a_bundle_has_no_file_that_only_a_prompt_names(desk: Desk, count: Count) -> None:
    for name in NAMES:
        (desk.folder / name).parent.mkdir(exist_ok=True)
        (desk.folder / name).write_text(SECRET)
    steps: dict[str, object] = {
        f"a{number}": {"edit": {"video": "clip.mp4", "prompt": name}}
        for number, name in enumerate(NAMES)
    }
    steps["each"] = {"for_each": {"p": list(NAMES)}, "edit": {"video": "clip.mp4", "prompt": "$p"}}
    film = desk.folder / "film.yaml"
    film.write_text(json.dumps({"name": "curious", "steps": steps, "output": "$a0"}))
    taken = set(named_files(film)) - {"film.yaml", "clip.mp4"}
    count(prompts_that_are_paths=2 * len(NAMES), taken=len(taken))
    assert not taken


def test_a_film_is_not_written_through_a_link(desk: Desk, tmp_path: Path, count: Count) -> None:
    (desk.folder / "film.yaml").write_text(
        "name: dusk\nsteps: {a: {trim: {video: clip.mp4, seconds: 1}}}\noutput: $a\n"
    )
    target = tmp_path / "mine"
    target.mkdir()
    (target / "manifest.json").write_text("mine")
    (desk.folder / "films").mkdir()
    (desk.folder / "films" / "dusk").symlink_to(target)
    ran = desk.run("run", "film.yaml", "--out", "films")
    left = os.listdir(target)
    count(links=1, written_through=len(left) - 1)
    assert "is a link to another folder" in ran.out + ran.err
    assert left == ["manifest.json"]
    assert (target / "manifest.json").read_text() == "mine"


@pytest.mark.parametrize("swap", [a_link_for_the_file, a_link_for_the_folder, a_pipe])
async def test_what_is_there_since_the_check_is_not_taken_in(
    swap: Swap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: Count
) -> None:
    with pytest.raises(Terminal):
        await swapped_in(swap, tmp_path, monkeypatch)
    taken = list((tmp_path / "store").rglob("objects/*/*"))
    count(swaps=1, taken=len(taken))
    assert taken == []


@pytest.mark.parametrize("place", ["films", "films/rehearsal"])
def test_the_usual_place_of_films_is_no_link(
    desk: Desk, tmp_path: Path, count: Count, place: str
) -> None:
    (desk.folder / "film.yaml").write_text(
        "name: dusk\nsteps: {a: {trim: {video: clip.mp4, seconds: 1}}}\noutput: $a\n"
    )
    target = tmp_path / "mine"
    target.mkdir()
    (target / "dusk.mp4").write_text("mine")
    (desk.folder / place).parent.mkdir(exist_ok=True)
    (desk.folder / place).symlink_to(target)
    ran = desk.run("run", "film.yaml")
    count(links=1, written_through=int((target / "dusk.mp4").read_text() != "mine"))
    assert ran.code == 2
    assert f"{place} is a link to {target}" in ran.err
    assert (target / "dusk.mp4").read_text() == "mine"


def test_a_pipe_in_the_place_of_a_film_is_not_waited_for(desk: Desk, count: Count) -> None:
    os.mkfifo(desk.folder / "film.yaml")
    (desk.folder / "plain.yaml").write_text("name: x\nsteps: {}\noutput: $x\n")
    for arguments in (("validate", "film.yaml"), ("deploy", ".")):
        ran = desk.run(*arguments, PREFECT_API_URL="http://127.0.0.1:9/api")
        assert ran.code == 2, ran.err
    count(pipes=2, taken=0)
