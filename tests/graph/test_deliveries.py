"""The further files of a film: nodes behind it, which change nothing before them."""

from pathlib import Path

import pytest

from shotgraph.graph import Graph, build_graph
from shotgraph.graph.node import Deliverable
from shotgraph.making.foreseen import foreseen
from shotgraph.media.probe import probe_now
from shotgraph.media.profiles import GIVES_WAY, ProfileName
from shotgraph.model.references import StepOutput
from shotgraph.plan.planner import make_plan
from shotgraph.spec import DeliverArguments, InvalidPipeline
from shotgraph.spec.declare import declare
from shotgraph.store import open_store
from tests.media.coded_clips import Sound, write_clip

TRIM = {"trim": {"video": "a.mp4", "seconds": 2}}


def graph_of(folder: Path, **more: object) -> Graph:
    given = {"steps": {"film": TRIM}, "output": "$film", **more}
    return build_graph(declare(name="harbour", folder=folder, **given))  # type: ignore[arg-type]


def test_each_profile_is_a_node_behind_the_film(folder: Path) -> None:
    cut = {"profile": "instagram-reel", "fit": "crop", "focus": ["1/3", 0.5]}
    plain, graph = graph_of(folder), graph_of(folder, deliver=["youtube", cut])

    assert graph.file_order == ("film", "film for youtube", "film for instagram-reel")
    assert graph.nodes["film"].arguments == plain.nodes["film"].arguments
    assert graph.films == plain.films
    assert graph.deliveries == (
        Deliverable(0, "youtube", "film for youtube"),
        Deliverable(0, "instagram-reel", "film for instagram-reel"),
    )
    reel = graph.nodes["film for instagram-reel"].arguments
    assert isinstance(reel, DeliverArguments)
    assert (reel.video, reel.fit) == (StepOutput(step="film", kind="video"), "crop")
    assert graph.nodes["film for youtube"].upstream() == {"film"}


def test_each_of_several_films_has_its_files(folder: Path) -> None:
    steps = {"film": {**TRIM, "for_each": {"clip": ["a.mp4", "b.mp4"]}}}
    steps["film"]["trim"] = {"video": "$clip", "seconds": 2}
    graph = graph_of(folder, steps=steps, deliver=["youtube"])
    assert [(one.film, one.node) for one in graph.deliveries] == [
        (0, "film[1] for youtube"),
        (1, "film[2] for youtube"),
    ]


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    write_clip(tmp_path / "a.mp4", clip=1, frames=60, rate=24)
    return tmp_path


async def test_a_plan_says_the_files_and_what_changes(clips: Path) -> None:
    graph = graph_of(clips, deliver=["youtube", "broadcast-r128"])
    plan = await make_plan(graph, open_store(str(clips / "store")), backend="rehearsal")
    does = {step.name: step.does for step in plan.steps}
    assert does["film for youtube"] == (
        "…-youtube.mp4, for an upload to YouTube, in the film's own size and rate",
        "320 x 180 px, 24 frames a second, h264 yuv420p",
        "it is silent, and stays silent",
    )
    assert does["film for broadcast-r128"] == (
        "…-broadcast-r128.mov, for a European broadcaster: 1080p at 25 or 50, -23 LUFS",
        "1920 x 1080 px, 25 frames a second, prores yuv422p10le",
        "yuv420p is made yuv422p10le",
        "320 x 180 px are made 1920 x 1080",
        "24 frames a second are made 25",
        "it is silent, and gets a silent sound track",
    )
    assert {step.cost_usd for step in plan.steps} == {0}


async def test_what_a_profile_does_not_take_is_said_before_it_is_made(clips: Path) -> None:
    graph = graph_of(clips, deliver=["youtube", "instagram-reel"])
    with pytest.raises(InvalidPipeline) as raised:
        await make_plan(graph, open_store(str(clips / "store")), backend="rehearsal")
    (problem,) = raised.value.problems
    assert problem.where == "deliver[1]"
    assert problem.what == (
        "instagram-reel takes films of 3 to 900 s: $film will last 2 s; a run would fail here"
    )


def test_of_an_unknown_film_only_the_aim_is_said() -> None:
    arguments = DeliverArguments(video=StepOutput(step="film", kind="video"), profile="youtube")
    assert foreseen(arguments, [None]) == [
        "…-youtube.mp4, for an upload to YouTube, in the film's own size and rate",
        "its sound, if it has any, is made -14 LUFS, with true peaks of at most -1 dBTP",
    ]


def test_what_is_done_to_the_sound_is_said(tmp_path: Path) -> None:
    sound = Sound(sample_rate_hz=44_100, layout="5.1")
    film = probe_now(write_clip(tmp_path / "a.mp4", clip=1, frames=72, rate=24, sound=sound))
    loud = "LUFS, with true peaks of at most -1 dBTP"
    rate = "its sound of 44100 Hz is made 48000 Hz"

    def heard(profile: ProfileName) -> list[str]:
        arguments = DeliverArguments(video=StepOutput(step="film", kind="video"), profile=profile)
        return [line for line in foreseen(arguments, [film]) if "sound" in line]

    assert heard("youtube") == [GIVES_WAY, rate, f"its sound is made -14 {loud}"]
    smaller = "its 5.1 sound is made stereo"
    assert heard("instagram-reel") == [GIVES_WAY, smaller, rate, f"its sound is made -14 {loud}"]
    assert heard("broadcast-r128") == [rate, f"its sound is made -23 {loud}"]
    assert heard("prores-master") == [
        "…-prores-master.mov, for a master to keep or to edit: ProRes 422 HQ, the sound as it is",
        rate,
    ]
