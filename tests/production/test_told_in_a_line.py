"""A Prefect that is not there is a line and exit code 2; a run's page says each thing once."""

import json
from pathlib import Path

import pytest

from tests.cli.command import Desk as Command
from tests.flows.test_prefect_internals import KNOWN
from tests.media.coded_clips import write_clip

from .films import act, film_run
from .site import Desk, Site

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(900)]

NOBODY = "http://127.0.0.1:1/api"
PROXY = {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
FILM = """\
name: one
params: {shot: {type: video, default: shot.mp4}}
steps: {dawn: {edit: {video: $shot, prompt: "Repaint it at dawn"}}}
output: $dawn
"""
RUN = ("run", "film.yaml", "--rehearse")
SHOTS = 2


def test_each_way_to_be_wrong_is_a_line(site: Site, tmp_path: Path) -> None:
    client = site.client_env()
    url = client["PREFECT_API_URL"]
    ways: list[tuple[tuple[str, ...], dict[str, str], str]] = [
        (RUN, {"PREFECT_API_URL": NOBODY}, f"no Prefect server answers at {NOBODY}"),
        (RUN, {"PREFECT_API_AUTH_STRING": "admin:wrong"}, "refuses the password (HTTP 401)"),
        (RUN, {"PREFECT_API_URL": url.removesuffix("/api")}, "ends in /api"),
        (RUN, {"PREFECT_API_URL": "http://films.example/api", **PROXY}, "in NO_PROXY"),
        (("deploy", "film.yaml"), {"PREFECT_API_AUTH_STRING": ""}, "PREFECT_API_AUTH_STRING"),
        (("deploy", "film.yaml", "--name", "a/b"), {}, '--name "a/b": allowed'),
        (("deploy", "film.yaml", "--pool", "a/b"), {}, '--pool "a/b": allowed'),
    ]
    (tmp_path / "film.yaml").write_text(FILM)
    write_clip(tmp_path / "shot.mp4", clip=1, frames=72, rate=24, size=(720, 720))
    command = Command(tmp_path, {**site.env, **client, "SHOTGRAPH_STORE": str(tmp_path / "store")})
    for arguments, env, words in ways:
        ran = command.run(*arguments, "--json", **env)
        assert ran.code == 2, (arguments, env, ran.err)
        said = json.loads(ran.out)["error"]["message"]
        assert words in said
        assert "\n" not in said
        assert "Traceback" not in ran.err
    print(
        f"\nprefect: {len(ways)} of {len(ways)} ways to be wrong about Prefect are a line and a "
        "document, exit code 2"
    )


async def test_a_runs_page_says_each_thing_once(
    site: Site, desk: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    given = film_run("page", act(1)[:SHOTS], clips, tmp_path)
    run_id = await desk.begin(given, {"SHOTGRAPH_STORE": str(tmp_path / "store")})
    await desk.report(run_id)
    tags = (await desk.run(run_id))["tags"]
    of_run = {"artifacts": {"flow_run_id": {"any_": [run_id]}, "type": {"any_": ["progress"]}}}
    bars = await desk.ask("POST", "artifacts/filter", of_run)
    ended = [bar for bar in bars if float(bar["data"]) == 100]
    print(
        f"\nprefect: a run has the tag shotgraph {tags.count('shotgraph')} time; {len(ended)} of "
        f"{len(bars)} bars are at their end; {len(KNOWN) - 1} private names are used, in one file"
    )
    assert tags == ["shotgraph"]
    assert ended == bars
