"""A URL at an address that is not public is an error before anything is bought."""

from pathlib import Path

import pytest

from shotgraph.graph import Graph, build_graph
from shotgraph.inputs.hosts import FalBases
from shotgraph.making.url_places import check_urls, urls_at_no_public_place
from shotgraph.model.addresses import is_literally_not_public
from shotgraph.spec import InvalidPipeline, read_pipeline
from tests.cli.command import Desk

FILM = """\
name: far
steps:
  cut:
    trim: {{video: "{url}", seconds: 1}}
output: $cut
"""
NOT_PUBLIC = [
    "127.0.0.1",
    "169.254.169.254",
    "[::1]",
    "2130706433",
    "0x7f000001",
    "127.1",
    "10.0.0.7",
    "[::ffff:10.0.0.7]",
    "localhost",
    "me.localhost.",
]


def graph_at(url: str) -> Graph:
    return build_graph(read_pipeline(FILM.format(url=url)), {}, folder=Path.cwd())


@pytest.mark.parametrize("host", NOT_PUBLIC)
@pytest.mark.parametrize("port", ["", ":8942"])
def test_it_is_a_problem_with_its_place(host: str, port: str) -> None:
    with pytest.raises(InvalidPipeline, match=r"pipeline:4:.*is at no public address") as caught:
        check_urls(graph_at(f"https://{host}{port}/clip.mp4"), FalBases())
    assert "SHOTGRAPH_URL_PORTS" not in str(caught.value)


@pytest.mark.parametrize("host", ["example.com", "8.8.8.8", "[2606:4700::1]", "134744072", "a.1.2"])
def test_another_host_is_none(host: str) -> None:
    assert not is_literally_not_public(host)
    assert urls_at_no_public_place(graph_at(f"https://{host}/clip.mp4"), FalBases()) == []


def test_a_server_in_place_of_fal_may_be_here() -> None:
    bases = FalBases(cdn_url="http://127.0.0.1:8931/cdn")
    assert urls_at_no_public_place(graph_at("http://127.0.0.1:8931/cdn/a.mp4"), bases) == []
    assert urls_at_no_public_place(graph_at("http://127.0.0.1:8932/cdn/a.mp4"), bases) != []


@pytest.mark.parametrize("command", ["validate", "plan", "run"])
def test_every_command_says_it(offline: Desk, command: str) -> None:
    (offline.folder / "far.yaml").write_text(FILM.format(url="https://127.0.0.1/clip.mp4"))
    ran = offline.run(command, "far.yaml")
    assert ran.code == 2
    assert "far.yaml:4:19: steps.cut.trim.video: " in ran.err
    assert "is at no public address, so no run fetches it" in ran.err
