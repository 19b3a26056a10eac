import os
from pathlib import Path

import pytest

from tests.cli.command import Desk, plain_env
from tests.rehearsal.client import Client
from tests.through_prefect import PrefectServer

FILM = """\
name: two-looks
params:
  shot: {type: video, default: shot.mp4}
  words: {type: text, default: at dusk}
steps:
  dawn:
    edit: {video: $shot, prompt: "Repaint it at dawn"}
  dusk:
    edit: {video: $shot, prompt: "Repaint it ${words}", tier: pro}
  film:
    trim: {video: $dusk, seconds: 1}
output: $film
"""


@pytest.fixture
def folder(tmp_path: Path, shot: Path) -> Path:
    """A pipeline file, and the clip that it names."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "film.yaml").write_text(FILM, encoding="utf-8")
    os.link(shot, folder / "shot.mp4")
    return folder


@pytest.fixture
def offline(folder: Path, tmp_path: Path) -> Desk:
    """A desk at which nothing is configured but the store."""
    env = {**plain_env(tmp_path / "prefect"), "SHOTGRAPH_STORE": str(tmp_path / "store")}
    return Desk(folder, env)


@pytest.fixture
def desk(
    offline: Desk, at_fal: Client, fal_env: dict[str, str], prefect_server: PrefectServer
) -> Desk:
    """A desk with a key, fal's stand-in, and a Prefect that is running already."""
    return Desk(
        offline.folder, {**offline.env, **fal_env, "PREFECT_API_URL": prefect_server.api_url}
    )
