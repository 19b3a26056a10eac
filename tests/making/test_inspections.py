"""What is damaged is found before anything is bought, once, and only where it is used."""

import asyncio
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.errors import MediaError
from shotgraph.making.inspections import problems_inside, problems_on_record
from shotgraph.making.shots import draw
from shotgraph.media.findings import Span
from shotgraph.media.probe import read_media
from shotgraph.money.session import Session
from shotgraph.store import Store
from tests.graph.films import graph_of
from tests.making.test_draw import job_of
from tests.media.coded_clips import Sound, write_clip
from tests.media.spoilt import spoil_picture
from tests.rehearsal.client import Client


@pytest.fixture(scope="session")
def spoilt(shots: Path) -> Path:
    """good.mp4 and long.mp4 with a picture spoilt at 2 s and at 8 s; a key picture each second."""
    for name, frames, at_s in (("good", 72, 2), ("long", 243, 8)):
        clip = shots / f"keyed-{name}.mp4"
        options = {"g": "24"}
        size, sound = (720, 720), Sound()
        write_clip(clip, clip=4, frames=frames, rate=24, size=size, sound=sound, options=options)
        spoil_picture(clip, shots / f"spoilt-{name}.mp4", at_s=at_s)
    return shots


@pytest.mark.parametrize("name", ["good", "long"])
async def test_a_damaged_shot_is_not_sent(
    name: str, session: Callable[..., Session], server: Client, store: Store, spoilt: Path
) -> None:
    """One that fits is sent as it is, one that is too long in pieces: neither leaves."""
    job = await job_of(store, spoilt / f"spoilt-{name}.mp4")
    before = asyncio.all_tasks()

    with pytest.raises(MediaError, match=r"dusk: video can't be used: its picture can't be decode"):
        await draw(session(), job)

    assert await server.jobs() == []
    # No other piece of it is still being made.
    assert asyncio.all_tasks() == before


async def test_files_are_looked_into_where_a_film_uses_them(store: Store, spoilt: Path) -> None:
    graph = graph_of(
        """
first: {edit: {video: good.mp4, prompt: x}}
before: {trim: {video: spoilt-good.mp4, start: 0, seconds: 1.9}}
within: {trim: {video: spoilt-good.mp4, start: 1, seconds: 1.5}}
still: {frame: {video: spoilt-good.mp4, at: 12}}
last: {frame: {video: spoilt-good.mp4, at: 50}}
music: {soundtrack: {video: good.mp4, audio: spoilt-good.mp4}}
film: {concat: {clips: [$first, $before, spoilt-good.mp4]}}
""",
        spoilt,
    )
    names = list(graph.nodes)

    found = await problems_inside(graph, names, store)

    assert [one.where for one in found] == [
        "steps.within.trim.video",
        "steps.last.frame.video",
        "steps.film.concat.clips[2]",
    ]
    assert {one.what for one in found} == {
        "spoilt-good.mp4: its picture can't be decoded at 2 s; nothing was bought or made"
    }
    assert await problems_inside(graph, ["first", "before", "still", "music"], store) == []


async def test_a_plan_knows_what_was_found_and_how_much_was_not_looked_at(
    store: Store, spoilt: Path
) -> None:
    graph = graph_of(
        """
other: {trim: {video: long.mp4, seconds: 1}}
film: {concat: {clips: [good.mp4, good.mp4, spoilt-good.mp4, $other]}}
""",
        spoilt,
    )
    assert await problems_on_record(graph, ["film"], store) == ([], 2)
    assert await problems_on_record(graph, ["film", "other"], store) == ([], 3)
    await problems_inside(graph, ["film"], store)

    (problem,), unseen = await problems_on_record(graph, ["film", "other"], store)

    assert unseen == 1
    assert problem.where == "steps.film.concat.clips[2]"
    assert problem.what.endswith("can't be decoded at 2 s; a run would fail here")


async def test_what_was_found_is_kept(store: Store, spoilt: Path) -> None:
    graph = graph_of("film: {concat: {clips: [good.mp4, good.mp4, spoilt-good.mp4]}}", spoilt)
    assert store.folder is not None

    first = await problems_inside(graph, ["film"], store)

    records = sorted(store.folder.rglob("decoded/*/*/*.json"))
    assert len(records) == 2
    # A record is taken at its word: nothing is decoded again.
    for record in records:
        record.chmod(0o644)
        record.write_text("[]", encoding="ascii")
    assert len(first) == 1
    assert await problems_inside(graph, ["film"], store) == []


async def test_of_a_long_clip_only_the_minutes_are_decoded_that_are_used(
    store: Store, tmp_path: Path
) -> None:
    size = (64, 64)
    clip = write_clip(tmp_path / "c.mp4", clip=1, frames=650, rate=5, size=size, options={"g": "5"})
    spoil_picture(clip, tmp_path / "long.mp4", at_s=70)
    graph = graph_of(
        """
early: {trim: {video: long.mp4, start: 10, seconds: 5}}
film: {trim: {video: long.mp4, start: 69, seconds: 5}}
late: {trim: {video: long.mp4, start: 125, seconds: 2}}
""",
        tmp_path,
    )
    assert store.folder is not None

    assert await problems_inside(graph, ["early", "late"], store) == []
    kept = sorted(path.name for path in store.folder.rglob("decoded/*/*/*.json"))
    (problem,) = await problems_inside(graph, ["film"], store)

    assert kept == ["0.json", "2.json"]
    assert "its picture can't be decoded at 70 s" in problem.what
    assert read_media(tmp_path / "long.mp4").frames == 650


@pytest.mark.parametrize(
    ("begin", "end", "duration", "numbers"),
    [
        (0, None, "5", [0]),
        (0, "60", "200", [0]),
        (0, "60.1", "200", [0, 1]),
        ("59.9", "60", "200", [0]),
        (60, "61", "200", [1]),
        (100, None, "200", [1, 2, 3]),
        (0, None, "1/30", [0]),
        (300, None, "200", [3]),
    ],
)
def test_a_span_touches_minutes(
    begin: str, end: str | None, duration: str, numbers: list[int]
) -> None:
    span = Span(Fraction(begin), None if end is None else Fraction(end))

    assert list(span.chunks(Fraction(duration))) == numbers
