"""What each step would cost: by the seconds that are billed, of clips that are not made yet."""

from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.store import Store
from tests.plan.films import paid_job_of, plan_of, step_of
from tests.plan.records import put_result

PIECE = "piece: {trim: {video: clip.mp4, %s}}\n"
EDIT_PIECE = "film: {edit: {video: $piece, prompt: Paint it}}"


@pytest.mark.parametrize(
    ("step", "cost_usd"),
    [
        # 80 frames at 24 a second are 3.333 s, and count as 4.
        ("edit: {video: clip.mp4, prompt: Paint it}", "0.504"),
        ("edit: {video: clip.mp4, prompt: Paint it, tier: pro}", "0.672"),
        ("reference: {video: clip.mp4, prompt: Go on}", "0.630"),
        ("reference: {video: clip.mp4, prompt: Go on, duration: 3}", "0.378"),
        ("reference: {video: clip.mp4, prompt: Go on, duration: 10, tier: pro}", "1.680"),
        ("image_to_video: {start_image: still.png, prompt: Move}", "0.420"),
        ("image_to_video: {start_image: still.png, prompt: Move, tier: pro}", "0.560"),
        ("reference_to_video: {prompt: A harbour, images: [still.png]}", "0.420"),
        ("reference_to_video: {prompt: A harbour, duration: 7, tier: pro}", "0.784"),
        ("concat: {clips: [clip.mp4, clip.mp4]}", "0"),
        ("frame: {video: clip.mp4}", "0"),
    ],
)
async def test_a_step_costs(step: str, cost_usd: str, folder: Path, store: Store) -> None:
    steps = f"film: {{{step}}}"
    assert (await step_of(steps, folder, store)).cost_usd == Decimal(cost_usd)


@pytest.mark.parametrize(
    ("piece", "cost_usd"),
    [
        ("seconds: 3", "0.378"),
        ("seconds: 3.1", "0.504"),
        ("start: 0.2, end: 3.2", "0.378"),
        ("start: 1/7, end: 22/7", "0.378"),
    ],
)
async def test_a_piece_is_as_long_as_it_says(
    piece: str, cost_usd: str, folder: Path, store: Store
) -> None:
    found = await step_of(PIECE % piece + EDIT_PIECE, folder, store)
    assert found.cost_usd == Decimal(cost_usd)


@pytest.mark.parametrize(
    ("transition", "cost_usd"),
    [
        ("{kind: cut}", "0.882"),  # 6.667 s
        ("{kind: dissolve, seconds: 2/3}", "0.756"),  # 6 s
        ("{kind: dissolve, seconds: 0.6}", "0.882"),
    ],
)
async def test_joined_clips_overlap_by_the_dissolve(
    transition: str, cost_usd: str, folder: Path, store: Store
) -> None:
    steps = f"""
both: {{concat: {{clips: [clip.mp4, clip.mp4], transition: {transition}}}}}
film: {{edit: {{video: $both, prompt: Paint it}}}}
"""
    assert (await step_of(steps, folder, store)).cost_usd == Decimal(cost_usd)


async def test_what_is_drawn_is_as_long_as_was_chosen(folder: Path, store: Store) -> None:
    steps = """
next: {reference: {video: clip.mp4, prompt: Go on, duration: 7}}
dusk: {edit: {video: $next, prompt: Paint it}}
film: {edit: {video: $dusk, prompt: Paint it again}}
"""
    plan = await plan_of(steps, folder, store)
    assert [str(step.cost_usd) for step in plan.steps] == ["0.882", "0.882", "0.882"]
    assert plan.cost_usd == Decimal("2.646")


async def test_what_is_there_is_as_long_as_it_is(folder: Path, store: Store) -> None:
    steps = """
next: {reference: {video: clip.mp4, prompt: Go on, duration: 7}}
film: {edit: {video: $next, prompt: Paint it}}
"""
    job = paid_job_of(steps, folder, store, "next")
    await put_result(store, job, folder / "clip.mp4")
    assert (await step_of(steps, folder, store)).cost_usd == Decimal("0.504")


async def test_each_take_costs(folder: Path, store: Store) -> None:
    plan = await plan_of(
        "film: {edit: {video: clip.mp4, prompt: Paint it}, takes: 3}", folder, store
    )
    assert [(step.name, step.cost_usd) for step in plan.steps] == [
        ("film", Decimal("0.504")),
        ("film take 2", Decimal("0.504")),
        ("film take 3", Decimal("0.504")),
    ]
    assert plan.cost_usd == Decimal("1.512")
