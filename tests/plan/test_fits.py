"""What the plan says of media that fal would refuse: what is done to them, and its price."""

from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.endpoints.arguments import misfits
from shotgraph.making.prepare import cuts_of, find_fits, piece_jobs
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import read_media
from shotgraph.model.references import Asset
from shotgraph.money.job import Job
from shotgraph.plan import PlannedStep
from shotgraph.store import Store
from tests.media.coded_clips import write_clip
from tests.plan.films import paid_job_of, plan_of, step_of
from tests.plan.records import ACCEPTED, DOUBT, FAILED, put_attempt, put_result

EDIT_LONG = "film: {edit: {video: long.mp4, prompt: Paint it}}"
A_SECOND = Decimal("0.126")


@pytest.fixture
def long(folder: Path) -> Path:
    """A clip of 12.5 s at 24 frames a second."""
    path = folder / "long.mp4"
    if not path.exists():
        write_clip(path, clip=5, frames=300, rate=24, size=(720, 720))
    return path


async def pieces_of(job: Job, path: Path) -> list[tuple[Job, Decimal]]:
    """The jobs that a job becomes, with what each costs."""
    info = read_media(path)

    async def cuts(asset: Asset, info: MediaInfo) -> list[int]:
        return await cuts_of(asset, path, info)

    fits = await find_fits(job, {asset.sha256: info for asset in job.assets()}, cuts)
    assert fits.video is not None
    fit = fits.video[1]
    costs = [job.endpoint.price.cost_usd(fit.seconds(piece)) for piece in fit.pieces]
    return list(zip(piece_jobs(job, fits), costs, strict=True))


@pytest.mark.parametrize(
    ("step", "note", "cost_usd"),
    [
        (
            "edit: {video: short.mp4, prompt: X}",
            "its last frame is held, 1 s to 3 s",
            3 * A_SECOND,
        ),
        (
            "edit: {video: small.mp4, prompt: X}",
            "320 x 180 px are made 1280 x 720",
            4 * A_SECOND,
        ),
        (
            "edit: {video: slow.mp4, prompt: X}",
            "12 frames a second are made 24",
            4 * A_SECOND,
        ),
        (
            "image_to_video: {start_image: tiny.png, prompt: X, duration: '5'}",
            "299 x 300 px are made 300 x 301",
            Decimal("0.420"),
        ),
    ],
)
async def test_says_what_is_done_and_prices_it(
    step: str, note: str, cost_usd: Decimal, folder: Path, store: Store
) -> None:
    planned = await step_of(f"film: {{{step}}}", folder, store)

    assert (planned.state, planned.note, planned.cost_usd) == ("buy", note, cost_usd)


async def test_what_fits_is_not_spoken_of(folder: Path, store: Store) -> None:
    planned = await step_of("film: {edit: {video: clip.mp4, prompt: X}}", folder, store)

    assert misfits(read_media(folder / "clip.mp4"), "video") == []
    assert planned.note == ""


@pytest.mark.slow
async def test_a_long_shot_is_priced_by_its_pieces(long: Path, folder: Path, store: Store) -> None:
    planned = await step_of(EDIT_LONG, folder, store)

    assert (planned.state, planned.cost_usd) == ("buy", 13 * A_SECOND)
    assert planned.note.startswith("its 12.5 s are cut into 2 pieces")


async def test_each_piece_is_looked_up(long: Path, folder: Path, store: Store) -> None:
    job = paid_job_of(EDIT_LONG, folder, store)
    (one, first_usd), (two, second_usd) = await pieces_of(job, long)

    async def planned() -> PlannedStep:
        return await step_of(EDIT_LONG, folder, store)

    before = await planned()
    await put_attempt(store, one, ACCEPTED)
    sent = await planned()
    await put_attempt(store, two, DOUBT)
    doubted = await planned()
    await put_result(store, one, folder / "clip.mp4")
    half = await planned()
    await put_result(store, two, folder / "clip.mp4")
    pieces_there = await planned()
    await put_result(store, job, folder / "clip.mp4")
    there = await planned()

    assert before.cost_usd == first_usd + second_usd
    assert (sent.state, sent.cost_usd) == ("buy", second_usd)
    assert sent.note.startswith("of its 2 pieces 1 to buy, 1 in flight; ")
    assert (doubted.state, doubted.cost_usd) == ("unknown", second_usd)
    assert half.note.startswith("of its 2 pieces 1 not known, 1 in the store; ")
    assert (pieces_there.state, pieces_there.cost_usd) == ("have", Decimal(0))
    assert (there.state, there.note) == ("have", "")


async def test_a_failed_piece_is_to_be_bought(long: Path, folder: Path, store: Store) -> None:
    job = paid_job_of(EDIT_LONG, folder, store)
    (one, first_usd), (two, _) = await pieces_of(job, long)
    await put_attempt(store, one, ACCEPTED, FAILED)
    await put_result(store, two, folder / "clip.mp4")

    planned = await step_of(EDIT_LONG, folder, store)

    assert (planned.state, planned.cost_usd) == ("buy", first_usd)


@pytest.mark.parametrize(
    ("before", "state", "cost_usd"),
    [
        ("trim: {video: clip.mp4, seconds: 2.5}", "buy", 3 * A_SECOND),
        ("trim: {video: clip.mp4, seconds: 3.1}", "buy", 4 * A_SECOND),
        # 13.33 s: four pieces at most, of which each can begin a second that it does not fill.
        ("concat: {clips: [clip.mp4, clip.mp4, clip.mp4, clip.mp4]}", "unknown", 17 * A_SECOND),
    ],
)
async def test_of_what_is_not_there_yet_it_says_the_most(
    before: str, state: str, cost_usd: Decimal, folder: Path, store: Store
) -> None:
    steps = f"piece: {{{before}}}\nfilm: {{edit: {{video: $piece, prompt: Paint it}}}}"

    planned = await step_of(steps, folder, store)

    assert (planned.state, planned.cost_usd) == (state, cost_usd)


async def test_nothing_is_kept_by_looking(long: Path, folder: Path, store: Store) -> None:
    await plan_of(EDIT_LONG, folder, store)

    assert await store.records.names("cuts") == []
