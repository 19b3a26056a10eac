"""Both sides of each cut in numbers, and what jumps where a shot continues another."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shotgraph.media.quality.measures import END_SIZE, GRID, Measures, SeenFrame
from shotgraph.media.quality.thresholds import SEAM_COLOUR
from shotgraph.report.manifest import GivenEntry, Manifest, StepEntry
from shotgraph.report.measured_cuts import as_shown, with_cuts
from shotgraph.report.report import FilmFile, Report, StepReport
from shotgraph.report.storyboard import Drawn, Links, storyboard
from shotgraph.store import Store
from tests.report.told_runs import medium, step, told

SLOPE = 0, 1
OTHER_WAY = 1, 0


def picture(rising: tuple[int, int] = SLOPE, warmer: int = 0) -> bytes:
    """A slope of grey to one side or the other, and how much red is in it besides."""
    width, height = END_SIZE
    greys = [
        40 + 8 * (x if rising == SLOPE else width - 1 - x)
        for _ in range(height)
        for x in range(width)
    ]
    return bytes(value for grey in greys for value in (grey + warmer, grey, grey))


def measures(first: bytes, last: bytes, change: float = 1.0) -> Measures:
    still = bytes(GRID[0] * GRID[1])
    frames = [
        SeenFrame(Fraction(number, 24), 100.0, 0.0, change, 10, change, still)
        for number in range(24)
    ]
    return Measures(tuple(frames), first=first, last=last)


async def looked_at(store: Store, number: int, found: Measures) -> None:
    name = f"measures/1/{medium(number).sha256}/0.json"
    await store.records.put_if_absent(name, json.dumps(found.as_json()).encode())


def film(after: StepEntry, *more: StepEntry, **concat: Any) -> Manifest:
    """The given shot 0, and then the step that makes the clip 1."""
    given = medium(0)
    refs = [{"sha256": given.sha256, "file": "shot.mp4"}, {"step": after.name}]
    arguments = {"clips": refs, "transition": {"kind": "cut", "seconds": "0"}}
    last = step("film", "concat", medium(99, 240), arguments=arguments, **concat)
    return told(
        [*more, after, last], medium(99, 240), given=[GivenEntry(name="shot.mp4", medium=given)]
    )


def continued(**arguments: Any) -> StepEntry:
    given = {"video": {"step": "next as drawn"}, "after": {"sha256": medium(0).sha256}}
    return step("next", "continued", medium(1), arguments=arguments or given)


def reference() -> StepEntry:
    return step("next", "reference", medium(1), arguments={"video": {"sha256": medium(0).sha256}})


@pytest.mark.parametrize(
    ("after", "begins", "change", "flaws"),
    [
        pytest.param(continued(), picture(), 1.0, [], id="goes on"),
        pytest.param(continued(), picture(warmer=30), 1.0, ["seam"], id="another colour"),
        pytest.param(continued(), picture(OTHER_WAY), 1.0, ["seam"], id="another picture"),
        pytest.param(continued(), picture(), 9.0, ["seam"], id="another speed"),
        pytest.param(reference(), picture(warmer=30), 1.0, ["seam"], id="the next shot goes on"),
        pytest.param(reference(), picture(OTHER_WAY), 1.0, [], id="the next shot cuts"),
        pytest.param(
            step("next", "edit", medium(1)), picture(warmer=30), 1.0, [], id="is no next shot"
        ),
    ],
)
async def test_a_shot_that_goes_on_must_not_jump(
    after: StepEntry, begins: bytes, change: float, flaws: list[str], store: Store
) -> None:
    await looked_at(store, 0, measures(picture(), picture()))
    await looked_at(store, 1, measures(begins, begins, change))

    found = await with_cuts(film(after), store)

    (cut,) = found.films[0].cuts
    assert (cut.before, cut.after, cut.frame) == ("shot.mp4", "next", 120)
    assert cut.numbers is not None
    assert cut.numbers.motion_step == change - 1
    assert (cut.numbers.delta_e > SEAM_COLOUR.value) == (begins == picture(warmer=30))
    assert [flaw.kind for step in found.steps for flaw in step.flaws] == flaws


async def test_what_was_matched_is_no_jump(store: Store) -> None:
    await looked_at(store, 0, measures(picture(), picture()))
    await looked_at(store, 1, measures(picture(warmer=30), picture()))
    seam = {"clip": 2, "frame": 120, "continues": True, "likeness": 1, "luma_step": 0, "delta_e": 8}
    done = {
        "width": 1280,
        "height": 720,
        "fps": "24",
        "codec": "h264",
        "pixel_format": "yuv420p",
        "range": "tv",
        "clips": [],
        "seams": [{**seam, "matched_delta_e": 0.4}],
    }

    found = await with_cuts(film(continued(), treatment=done), store)

    assert found.films[0].cuts[0].line().endswith("; matched to 0.4 ΔE")
    assert found.step("next").flaws == ()  # type: ignore[union-attr]


async def test_a_picture_that_is_the_end_before_is_continued(store: Store) -> None:
    await looked_at(store, 0, measures(picture(), picture()))
    await looked_at(store, 1, measures(picture(OTHER_WAY), picture()))
    end = {"video": {"sha256": medium(0).sha256}, "at": "last"}
    for at, flaws in (("last", 1), (3, 0)):
        frame = step("end", "frame", None, arguments={**end, "at": at})
        found = await with_cuts(film(continued(start_image={"step": "end"}), frame), store)
        assert len(found.step("next").flaws) == flaws  # type: ignore[union-attr]


async def test_the_numbers_are_on_the_page_and_in_the_document(store: Store) -> None:
    await looked_at(store, 0, measures(picture(), picture()))
    await looked_at(store, 1, measures(picture(warmer=30), picture()))
    found = await with_cuts(film(continued()), store)
    links = Links(medium=lambda _: None, film=lambda _: None)
    page = storyboard(found, links, Drawn({}, {}))
    given = Report(
        "run-1",
        [StepReport("next", "continued", "ran")],
        films=[FilmFile(Path("/films/harbour.mp4"), medium(99, 240))],
    )

    said = as_shown(given, found).as_json()

    (cut,) = said["output"]["cuts"]
    assert cut["delta_e"] > SEAM_COLOUR.value
    assert cut["says"] in page
    assert said["steps"][0]["flaws"][0]["kind"] == "seam"
    assert "its colour jumps by" in page
    assert Manifest.model_validate_json(found.model_dump_json()) == found


async def test_both_sides_of_a_dissolve_have_numbers_too(store: Store) -> None:
    await looked_at(store, 0, measures(picture(), picture()))
    await looked_at(store, 1, measures(picture(warmer=30), picture()))
    cut = film(continued())
    joined = cut.steps[-1].arguments | {"transition": {"kind": "dissolve", "seconds": "1/2"}}
    shorter = {"medium": medium(99, 228)}
    last = cut.steps[-1].model_copy(update={"arguments": joined, **shorter})
    films = [each.model_copy(update=shorter) for each in cut.films]
    mixed = cut.model_copy(update={"steps": [*cut.steps[:-1], last], "films": films})
    found = await with_cuts(mixed, store)

    (mix,) = found.films[0].cuts
    assert (mix.kind, mix.overlap, mix.frame) == ("dissolve", 12, 120)
    assert mix.as_json()["delta_e"] > SEAM_COLOUR.value
    assert mix.line().startswith("the ends of the clips, under 12 frames of dissolve: ")
    assert found.step("next").flaws == ()  # type: ignore[union-attr]
    page = storyboard(found, Links(medium=lambda _: None, film=lambda _: None), Drawn({}, {}))
    assert mix.line() in page


async def test_a_clip_that_nobody_looked_at_has_no_numbers(store: Store) -> None:
    await looked_at(store, 0, measures(picture(), picture()))

    found = await with_cuts(film(continued()), store)

    (cut,) = found.films[0].cuts
    assert (cut.numbers, cut.line()) == (None, "not measured")
    assert cut.as_json()["says"] == "not measured"
