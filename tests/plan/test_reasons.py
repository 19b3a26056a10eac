"""Each step of a plan says why: new, other words, another input, never bought; as Markdown too."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.cli.plan_markdown import MOST_CHARS, plan_markdown
from shotgraph.clock import SystemClock
from shotgraph.making.foretold import Foretold, foretold
from shotgraph.media.info import Colour
from shotgraph.media.probe import probe
from shotgraph.media.target_format import format_of
from shotgraph.media.treatment import picture_changes
from shotgraph.plan import Plan, PlannedStep, make_plan
from shotgraph.plan.reasons import since_last_run, with_reasons
from shotgraph.plan.run_record import put_run
from shotgraph.store import Store
from tests.graph.films import graph_of
from tests.plan.films import job_of, paid_job_of, step_of
from tests.plan.records import ACCEPTED, SUCCEEDED, put_attempt, put_result
from tests.plan.test_run_record import FILM, recorded

_EDIT = "film: {edit: {video: clip.mp4, prompt: Paint it}}"


async def reasons(before: str | None, after: str, folder: Path, store: Store) -> dict[str, str]:
    if before is not None:
        await put_run(store, recorded(before, folder))
    graph = graph_of(after, folder)
    plan = await make_plan(graph, store, backend="fal")
    diff = await since_last_run(graph, plan, store, "fal", SystemClock())
    return {step.name: step.why for step in with_reasons(plan, graph, diff).steps}


async def test_of_a_first_run_and_of_one_that_bought_nothing(folder: Path, store: Store) -> None:
    never = {
        "next": "never bought",
        "dusk": "never bought",
        "still": "never made",
        "film": "never made",
    }
    assert await reasons(None, FILM, folder, store) == never
    assert await reasons(FILM, FILM, folder, store) == never


async def test_other_words_another_input_and_a_new_step(folder: Path, store: Store) -> None:
    after = FILM.replace("at dusk", "at dawn").replace("frame: {video: clip", "frame: {video: slow")
    after += "last: {frame: {video: $dusk}}\n"
    why = await reasons(FILM, after, folder, store)
    assert why["next"] == "never bought"
    assert why["dusk"] == "words changed: Paint it at dusk → Paint it at dawn"
    assert why["still"].startswith("input changed, video: clip.mp4 (")
    assert " → slow.mp4 (" in why["still"]
    assert why["last"] == "new"
    assert why["film"] == "input changed: $dusk"
    longer = FILM.replace("duration: 4", "duration: 5")
    assert (await reasons(FILM, longer, folder, store))["next"] == "duration changed: 4 → 5"


async def test_of_what_is_in_flight_why_its_clip_is_not_here(folder: Path, store: Store) -> None:
    job = paid_job_of(_EDIT, folder, store)
    had = SUCCEEDED.model_copy(update={"output": {"video": {"url": "https://a/b.mp4"}}})
    for ended, why in (
        (None, "fal accepted the job, and its end is not on record: the next run continues it"),
        (
            had,
            "finished at fal, and the clip is not in the store: the next run fetches it, and "
            "buys nothing",
        ),
        (
            SUCCEEDED.model_copy(update={"output": {}}),
            "finished at fal, but the reply had no clip: the next run asks fal again, and buys "
            "nothing",
        ),
    ):
        await put_attempt(store, job, ACCEPTED, *([ended] if ended else []))
        graph = graph_of(_EDIT, folder)
        plan = with_reasons(await make_plan(graph, store, backend="fal"), graph, None)
        assert [(step.state, step.why) for step in plan.steps] == [("in_flight", why)]
        assert plan.steps[0].as_json()["why"] == why


async def test_of_what_is_there_the_price_of_another_take(folder: Path, store: Store) -> None:
    graph = graph_of(FILM, folder)
    plan = await make_plan(graph, store, backend="fal")
    have = replace(plan.steps[1], state="have", saved_usd=Decimal("0.504"))
    (step,) = with_reasons(replace(plan, steps=[have]), graph, None).steps
    assert step.why == "another take: $0.504"


async def test_each_length_is_known_as_far_as_it_can_be(folder: Path, store: Store) -> None:
    plan = await make_plan(graph_of(FILM, folder), store, backend="fal")
    assert {step.name: step.length_s for step in plan.steps} == {
        "next": 4,
        "dusk": 4,
        "still": None,
        "film": 4 + Fraction(80, 24),
    }
    assert plan.steps[0].as_json()["length_s"] == 4.0
    await put_result(store, job_of(FILM, folder, store, "still"), folder / "still.png")
    plan = await make_plan(graph_of(FILM, folder), store, backend="fal")
    assert (plan.steps[2].state, plan.steps[2].length_s) == ("have", None), "a still has no length"


def markdown(*steps: PlannedStep, budget: str | None = "5") -> str:
    return plan_markdown("a--b", Plan(steps), Decimal(budget) if budget else None, None)


def test_markdown_for_a_pull_request() -> None:
    dawn = PlannedStep("dawn", "edit", "buy", Decimal("0.84"), 60, why="words changed: | → <b>")
    does = ("1280 x 720 px, 24 frames a second", "clip 1: black margins, 68 % of that black")
    film = PlannedStep("film", "concat", "local", Decimal(0), 5, length_s=Fraction(9), does=does)
    text = markdown(dawn, film)
    assert text.startswith("<!-- shotgraph plan: a- -b -->\n")
    assert "A run would buy **1 shot for at most $0.84**, of a budget of $5.00. 0 of 2" in text
    assert r"| dawn | edit |  | **to buy** | $0.84 | words changed\: \| → &lt;b&gt; |" in text
    assert r"- film: clip 1\: black margins, 68 % of that black" in text
    assert "**The cost is over the budget of $0.50.**" in markdown(dawn, budget="0.5")
    assert "A run would buy **nothing**" in markdown(film)


def test_a_long_plan_fits_a_comment() -> None:
    steps = [
        PlannedStep(f"s{n}", "edit", "buy", Decimal(1), 60, why="words changed " * 20)
        for n in range(1000)
    ]
    text = markdown(*steps)
    assert len(text) <= MOST_CHARS
    assert "more steps are left out here" in text
    assert "1000 shots for at most $1000.00" in text


async def test_black_margins_are_said_before_the_other_clip_is_drawn(
    folder: Path, store: Store
) -> None:
    steps = """
night: {edit: {video: clip.mp4, prompt: Paint it at night}}
seen: {approve: {video: $night}}
film: {concat: {clips: [clip.mp4, small.mp4, $seen]}}
"""
    plan = await make_plan(graph_of(steps, folder), store, backend="fal")
    (film,) = (step for step in plan.steps if step.name == "film")
    assert film.does == (
        "clip 2: its colours, of no named matrix, are read as BT.601 and made BT.709; "
        "320 x 180 px are made 720 x 404; black margins make it 720 x 720, 44 % of that "
        "black; if the model keeps the shape of its input",
    )


_MADE_HERE = {
    "hold": "hold: {video: clip.mp4, at: last, seconds: 1}",
    "still": "hold: {image: still.png, seconds: 1, like: clip.mp4}",
    "title": "title: {text: The end, like: clip.mp4, seconds: 1}",
    "card": "title: {text: The end, width: 720, height: 720, fps: 24, seconds: 1}",
    "shown": "approve: {video: $held}",
}
_MARGINS = (
    "clip 1: its colours, of no named matrix, are read as BT.601 and made BT.709; "
    "320 x 180 px are made 720 x 404; black margins make it 720 x 720, 44 % of that black"
)


@pytest.mark.parametrize("made", _MADE_HERE.values(), ids=_MADE_HERE)
async def test_what_this_machine_will_make_leaves_nothing_of_the_film_open(
    made: str, folder: Path, store: Store
) -> None:
    steps = f"""
held: {{hold: {{video: clip.mp4, at: last, seconds: 1}}}}
end: {{{made}}}
film: {{concat: {{clips: [small.mp4, slow.mp4, heard.mp4, $end]}}}}
"""
    film = await step_of(steps, folder, store)
    assert film.does == (
        "720 x 720 px, 24 frames a second",
        f"{_MARGINS}; it is silent",
        "clip 2: 12 frames a second are made 24; it is silent",
        "clip 4: it is silent",
    )


async def test_what_is_made_here_is_upright_and_even_in_the_film(folder: Path) -> None:
    info = await probe(folder / "clip.mp4")
    odd = {"rotation": 90, "constant_frame_rate": False, "pixel_format": "yuv422p10le"}
    odd_clip = info.model_copy(update={**odd, "colour": Colour(transfer="smpte2084")})
    hold = graph_of("film: {hold: {video: clip.mp4, at: last, seconds: 1}}", folder)
    ahead = foretold(hold.nodes["film"], lambda _: Foretold.of(odd_clip), None).info
    assert ahead is not None
    assert (ahead.width, ahead.height, ahead.frames) == (720, 720, 24)
    assert picture_changes(ahead, format_of(ahead)) == []


async def test_a_format_that_is_said_in_full_depends_on_no_drawing(
    folder: Path, store: Store
) -> None:
    steps = """
night: {edit: {video: clip.mp4, prompt: Paint it at night}}
end: {hold: {video: $night, at: last, seconds: 1}}
film: {concat: {clips: [small.mp4, $night, $end]FORMAT}}
"""
    said = ", format: {width: 720, height: 720, fps: 24}"
    film = await step_of(steps.replace("FORMAT", said), folder, store)
    assert film.does == ("720 x 720 px, 24 frames a second", _MARGINS)
    film = await step_of(steps.replace("FORMAT", ""), folder, store)
    unsure = "; if the model keeps the shape of its input"
    assert film.does == (_MARGINS + unsure,)
