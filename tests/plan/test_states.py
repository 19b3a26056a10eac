"""Of every step, the plan says whether it is there, under way, or to be bought."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shotgraph.errors import Terminal
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.model.references import Asset
from shotgraph.money.attempts import Ledger
from shotgraph.money.events import CancelAsked, Intent
from shotgraph.money.results import KeptOutput, Results
from shotgraph.plan import make_plan
from shotgraph.store import Store
from tests.graph.films import graph_of
from tests.plan.films import job_of, paid_job_of, plan_of, step_of
from tests.plan.records import (
    ACCEPTED,
    AT,
    DOUBT,
    FAILED,
    GIVEN_UP,
    SUCCEEDED,
    TURNED,
    put_attempt,
    put_result,
)

EDIT = "film: {edit: {video: clip.mp4, prompt: Paint it}}"
BILLED_USD = Decimal("0.63")
CHAIN = """
next: {reference: {video: clip.mp4, prompt: Go on, duration: 4}}
dusk: {edit: {video: $next, prompt: Paint it}}
film: {concat: {clips: [clip.mp4, $dusk]}}
"""


async def states_of(steps: str, folder: Path, store: Store, **more: Any) -> dict[str, str]:
    plan = await plan_of(steps, folder, store, **more)
    return {step.name: step.state for step in plan.steps}


async def test_a_film_of_files_says_what_is_done_to_them(folder: Path, store: Store) -> None:
    film = await step_of("film: {concat: {clips: [clip.mp4], format: {width: 64}}}", folder, store)

    assert film.as_json()["does"][0].startswith("64 x ")
    assert "px are made 64 x" in film.as_json()["does"][1]


async def test_a_new_film_is_to_be_bought(folder: Path, store: Store) -> None:
    plan = (await plan_of(CHAIN, folder, store)).as_json()
    besides = {
        "seconds_are": "usual",
        "upper_bound": False,
        "saved_usd": 0,
        "request_id": None,
        "since": None,
        "note": "",
        "why": "",
    }
    lengths = [step.pop("length_s") for step in plan["steps"]]
    assert lengths[:2] == [4.0, 4.0]
    assert plan.pop("steps") == [
        {"name": "next", "kind": "reference", "state": "buy", "cost_usd": 0.504, "seconds": 180}
        | besides,
        {"name": "dusk", "kind": "edit", "state": "buy", "cost_usd": 0.504, "seconds": 180}
        | besides,
        {"name": "film", "kind": "concat", "state": "local", "cost_usd": 0.0, "seconds": 13}
        | besides,
    ]
    assert [price.pop("source").rpartition("/")[2] for price in plan["prices"]] == [
        "reference",
        "edit",
    ]
    assert plan == {
        "cost_usd": 1.008,
        "saved_usd": 0,
        "seconds": 373,
        "upper_bound": False,
        "prices": [
            {
                "endpoint_id": "fal-ai/kling-video/o1/standard/video-to-video/reference",
                "usd_per_second": 0.126,
                "billed_on": "chosen",
                "dated": "2026-11",
            },
            {
                "endpoint_id": "fal-ai/kling-video/o1/standard/video-to-video/edit",
                "usd_per_second": 0.126,
                "billed_on": "input",
                "dated": "2026-11",
            },
        ],
        "warnings": [
            "the prices are of 2026-11 (fal.ai/models/fal-ai/kling-video/o1/standard/"
            "video-to-video/edit and 1 more)"
        ],
    }


async def test_steps_come_in_the_order_of_the_file(folder: Path, store: Store) -> None:
    steps = """
film: {concat: {clips: [$dusk]}}
dusk: {edit: {video: clip.mp4, prompt: Paint it}}
"""
    assert list(await states_of(steps, folder, store)) == ["film", "dusk"]


async def test_what_is_there_costs_nothing(folder: Path, store: Store) -> None:
    await put_result(store, paid_job_of(EDIT, folder, store), folder / "small.mp4")
    step = await step_of(EDIT, folder, store)
    assert (step.state, step.cost_usd, step.seconds) == ("have", Decimal(0), 0)


async def test_what_is_there_is_followed_from_step_to_step(folder: Path, store: Store) -> None:
    made: dict[str, Asset] = {}
    expected = {"next": "buy", "dusk": "buy", "film": "local"}
    for name in ("next", "dusk", "film"):
        assert await states_of(CHAIN, folder, store) == expected
        job = job_of(CHAIN, folder, store, name, made=made)
        made[name] = (await put_result(store, job, folder / "clip.mp4")).asset
        expected[name] = "have"
    assert await states_of(CHAIN, folder, store) == expected
    assert (await plan_of(CHAIN, folder, store)).cost_usd == 0


async def test_a_result_whose_bytes_are_gone_is_not_there(folder: Path, store: Store) -> None:
    result = await put_result(store, paid_job_of(EDIT, folder, store), folder / "small.mp4")
    (await store.assets.file(result.asset)).unlink()
    assert await states_of(EDIT, folder, store) == {"film": "buy"}


async def test_what_another_backend_drew_is_not_there(folder: Path, store: Store) -> None:
    await put_result(store, paid_job_of(EDIT, folder, store), folder / "small.mp4")
    assert await states_of(EDIT, folder, store, backend="rehearsal") == {"film": "buy"}
    assert await states_of(EDIT, folder, store, backend="http://127.0.0.1:1") == {"film": "buy"}


async def test_another_film_of_the_same_shot_is_not_there(folder: Path, store: Store) -> None:
    await put_result(store, paid_job_of(EDIT, folder, store), folder / "small.mp4")
    for other in (
        "prompt: Paint it red",
        "prompt: Paint it, tier: pro",
        "prompt: Paint it, images: [still.png]",
    ):
        steps = EDIT.replace("prompt: Paint it", other)
        assert await states_of(steps, folder, store) == {"film": "buy"}


@pytest.mark.parametrize(
    ("events", "state", "cost_usd", "note"),
    [
        ([ACCEPTED], "in_flight", "0", "request 0a1b2c, sent 2026-11-23 18:30 UTC"),
        ([DOUBT, ACCEPTED], "in_flight", "0", "request 0a1b2c, sent 2026-11-23 18:30 UTC"),
        ([ACCEPTED, SUCCEEDED], "in_flight", "0", "request 0a1b2c, sent 2026-11-23 18:30 UTC"),
        ([], "unknown", "0.504", "sent before, and the answer was lost"),
        ([DOUBT], "unknown", "0.504", "sent before, and the answer was lost"),
        ([TURNED], "buy", "0.504", ""),
        ([GIVEN_UP], "buy", "0.504", ""),
        ([DOUBT, GIVEN_UP], "buy", "0.504", ""),
        ([ACCEPTED, FAILED], "buy", "0.504", "the job failed at fal before"),
        (
            [
                ACCEPTED,
                FAILED.model_copy(update={"billed_units": Decimal(5), "cost_usd": BILLED_USD}),
            ],
            *("buy", "0.504", "the job failed at fal before, for $0.630"),
        ),
        (
            [ACCEPTED, FAILED.model_copy(update={"cost_usd": BILLED_USD})],
            *("buy", "0.504", "the job failed at fal before, for at most $0.630"),
        ),
    ],
)
async def test_the_ledger_says_what_became_of_it(
    events: list[Any], state: str, cost_usd: str, note: str, folder: Path, store: Store
) -> None:
    await put_attempt(store, paid_job_of(EDIT, folder, store), *events)
    step = await step_of(EDIT, folder, store)
    assert (step.state, step.cost_usd, step.note) == (state, Decimal(cost_usd), note)
    assert step.upper_bound == (state == "unknown")
    sent = ("0a1b2c", ACCEPTED.at) if state == "in_flight" else (None, None)
    assert (step.request_id, step.since) == sent


@pytest.mark.parametrize(
    ("reply", "state", "cost_usd"),
    [
        ("shotgraph asked fal to cancel the job", "unknown", "0.504"),
        ("shotgraph could not ask fal to cancel the job (TimeoutError)", "unknown", "0.504"),
        ("fal answered the cancel request with ALREADY_COMPLETED", "in_flight", "0"),
    ],
)
async def test_what_was_asked_to_cancel_may_have_to_be_bought_anew(
    reply: str, state: str, cost_usd: str, folder: Path, store: Store
) -> None:
    cancel = CancelAsked(at=AT, reply=reply)
    job = paid_job_of(EDIT, folder, store)
    attempt = await put_attempt(store, job, ACCEPTED, cancel)
    plan = await plan_of(EDIT, folder, store)
    (step,) = plan.steps
    assert (step.state, step.cost_usd) == (state, Decimal(cost_usd))
    assert (step.request_id, step.since) == ("0a1b2c", ACCEPTED.at)
    assert step.upper_bound == (state == "unknown")
    assert ("buys the job again" in step.note) == (state == "unknown")
    assert step.shown_state == ("cancel_asked" if state == "unknown" else state)
    assert plan.cost_usd == Decimal(cost_usd)
    # Once it is known how it ended, the plan goes by that.
    await Ledger(store.records).record(attempt, SUCCEEDED)
    assert await states_of(EDIT, folder, store) == {"film": "in_flight"}


@pytest.mark.parametrize("events", [[], [DOUBT], [ACCEPTED], [ACCEPTED, SUCCEEDED]])
async def test_the_job_of_a_rehearsal_went_away_with_it(
    events: list[Any], folder: Path, store: Store
) -> None:
    job = replace(paid_job_of(EDIT, folder, store), backend=REHEARSAL)
    attempt = await put_attempt(store, job, *events)
    (step,) = (await plan_of(EDIT, folder, store, backend=REHEARSAL)).steps
    assert (step.state, step.cost_usd, step.note) == ("buy", Decimal("0.504"), "")
    assert (step.upper_bound, step.request_id) == (False, None)
    # A rehearsal that still runs knows its job.
    (intent,) = [one for one in attempt.events.values() if isinstance(one, Intent)]
    graph = graph_of(EDIT, folder)
    plan = await make_plan(graph, store, backend=REHEARSAL, rehearsal_url=intent.queue_url)
    assert plan.steps[0].state == ("in_flight" if ACCEPTED in events else "unknown")


async def test_the_latest_attempt_counts(folder: Path, store: Store) -> None:
    job = paid_job_of(EDIT, folder, store)
    for events in ([TURNED], [DOUBT, GIVEN_UP], [ACCEPTED, FAILED], [ACCEPTED]):
        await put_attempt(store, job, *events)
    assert await states_of(EDIT, folder, store) == {"film": "in_flight"}


async def test_a_result_comes_before_the_ledger(folder: Path, store: Store) -> None:
    job = paid_job_of(EDIT, folder, store)
    await put_attempt(store, job, ACCEPTED, SUCCEEDED)
    await put_result(store, job, folder / "small.mp4")
    assert await states_of(EDIT, folder, store) == {"film": "have"}


async def test_a_ledger_that_can_not_be_read_stops_the_plan(folder: Path, store: Store) -> None:
    job = paid_job_of(EDIT, folder, store)
    await store.records.put_if_absent(f"attempts/{job.key}/000001/intent.json", b"{torn")
    with pytest.raises(Terminal, match="nothing is bought until the record is repaired"):
        await plan_of(EDIT, folder, store)


async def test_a_url_has_not_been_seen(folder: Path, store: Store) -> None:
    url = "https://example.com/a.mp4"
    step = await step_of(EDIT.replace("clip.mp4", url), folder, store)
    assert (step.state, step.cost_usd) == ("unknown", Decimal("1.386"))
    assert step.note == (
        f"{url} has not been fetched yet; the length of its video is not known: this is the "
        "price of 10.05 s, and a longer video costs $0.126 more for each second"
    )
    assert (step.upper_bound, step.is_bounded) == (True, False)
    steps = f"film: {{reference: {{video: {url}, prompt: Go on, duration: 5}}}}"
    step = await step_of(steps, folder, store)
    assert (step.state, step.cost_usd, step.is_bounded) == ("unknown", Decimal("0.630"), True)
    assert step.note == f"{url} has not been fetched yet; this is the highest possible cost"


async def test_equal_steps_are_one_job(folder: Path, store: Store) -> None:
    steps = """
one: {edit: {video: clip.mp4, prompt: Paint it}}
two: {edit: {prompt: Paint it, video: clip.mp4, keep_audio: false}}
red: {edit: {video: clip.mp4, prompt: Paint it red}}
after_one: {reference: {video: $one, prompt: Go on}}
after_two: {reference: {video: $two, prompt: Go on}}
film: {concat: {clips: [$after_one, $after_two, $red]}}
"""
    plan = await plan_of(steps, folder, store)
    costs = {step.name: str(step.cost_usd) for step in plan.steps}
    assert costs == {
        "one": "0.504",
        "two": "0",
        "red": "0.504",
        "after_one": "0.630",
        "after_two": "0",
        "film": "0",
    }
    assert {step.name: step.note for step in plan.steps if step.note} == {
        "two": "the same job as $one",
        "after_two": "the same job as $after_one",
    }


async def test_a_plan_leaves_no_trace(folder: Path, store: Store) -> None:
    await put_attempt(store, paid_job_of(EDIT, folder, store), ACCEPTED)
    assert store.folder is not None
    before = sorted(path for path in store.folder.rglob("*"))
    await plan_of(CHAIN, folder, store)
    await plan_of(EDIT, folder, store)
    assert sorted(path for path in store.folder.rglob("*")) == before


OTHER = """
picture:
  fal:
    endpoint: fal-ai/some/model
    arguments: {prompt: sea, image_url: still.png}
    output: images[0]
    price_usd: "0.05"
film: {image_to_video: {start_image: $picture, prompt: It moves, duration: 3}}
"""


async def test_a_step_of_any_model_is_looked_up_as_a_run_looks_it_up(
    folder: Path, store: Store
) -> None:
    plan = await plan_of(OTHER, folder, store)
    assert [(step.state, step.cost_usd) for step in plan.steps] == [
        ("buy", Decimal("0.05")),
        ("buy", Decimal("0.252")),
    ]
    job = paid_job_of(OTHER, folder, store, "picture")
    await put_attempt(store, job, ACCEPTED)
    assert (await states_of(OTHER, folder, store))["picture"] == "in_flight"
    made = await put_result(store, job, folder / "still.png")
    kept = {"images[0]": KeptOutput(asset=made.asset, info=made.info)}
    await Results(store).put(made.model_copy(update={"outputs": kept}))
    plan = await plan_of(OTHER, folder, store)
    assert [(step.state, step.cost_usd) for step in plan.steps] == [
        ("have", Decimal(0)),
        ("buy", Decimal("0.252")),
    ]
    assert plan.saved_usd == Decimal("0.05")
