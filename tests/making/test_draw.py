"""Shots that fal would refuse, drawn all the same: each piece bought once, every frame there."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
from PIL import Image

from shotgraph.endpoints import ENDPOINTS
from shotgraph.errors import Ambiguous, MediaError, Refused, Retryable, ShotgraphError
from shotgraph.making.shots import _buy_all, draw
from shotgraph.media.binary import VARIABLE, find_ffmpeg
from shotgraph.media.probe import read_media
from shotgraph.media.target_format import _H264 as H264
from shotgraph.model.references import MediaKind
from shotgraph.money.buy import Bought
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from shotgraph.store import Store
from tests.making.conftest import NTSC_FILM
from tests.media.coded_clips import tone_onsets_s
from tests.rehearsal.client import Client

EDIT = "fal-ai/kling-video/o1/standard/video-to-video/edit"
REFERENCE = "fal-ai/kling-video/o1/standard/video-to-video/reference"

MakeSession = Callable[..., Session]


async def job_of(
    store: Store, path: Path, endpoint_id: str = EDIT, kind: MediaKind = "video", **fields: object
) -> Job:
    endpoint = ENDPOINTS[endpoint_id]
    media = {"video": await store.assets.add(path, kind)} if kind == "video" else {}
    given = {"prompt": "Repaint it", **media, **fields}
    arguments = endpoint.arguments.model_validate(given)
    return Job("dusk", endpoint, arguments, take=1, backend="rehearsal")


async def seconds_sent(server: Client) -> list[Fraction]:
    """How many seconds the book says were charged, the fewest first."""
    return sorted(Fraction(str(job["charged_units"])) for job in await server.jobs())


@pytest.mark.slow
async def test_what_fits_is_sent_byte_for_byte(
    session: MakeSession, server: Client, store: Store, shots: Path
) -> None:
    job = await job_of(store, shots / "good.mp4")

    bought = await draw(session(), job)

    (booked,) = await server.jobs()
    sent = await server.http.get(booked["input"]["video_url"])
    assert sent.content == (shots / "good.mp4").read_bytes()
    assert bought.result.key == job.key


@pytest.mark.slow
async def test_a_long_shot_is_bought_piece_by_piece_and_has_all_its_frames(
    session: MakeSession, server: Client, store: Store, shots: Path, tmp_path: Path
) -> None:
    job = await job_of(store, shots / "long.mp4", keep_audio=True)

    bought = await draw(session(), job)

    jobs = await server.jobs()
    assert await seconds_sent(server) == [5, 6]
    info = bought.result.info
    assert (info.frames, info.frame_rate) == (243, Fraction(24))
    assert info.audio is not None
    assert abs(info.audio.duration - info.duration) <= Fraction(1, 24)
    # The sound is the shot's own: its tone at the first instant, and none where a piece begins.
    onsets = tone_onsets_s(await store.assets.file(bought.result.asset))
    assert onsets == pytest.approx([0], abs=0.002)
    assert bought.result.request_id is not None
    assert set(bought.result.request_id.split(", ")) == {each["request_id"] for each in jobs}
    assert bought.result.cost_usd == Decimal("0.126") * 11


@pytest.mark.media
async def test_it_is_bought_once_whatever_is_asked_again(
    session: MakeSession, server: Client, store: Store, shots: Path
) -> None:
    job = await job_of(store, shots / "long.mp4", keep_audio=True)
    first = await draw(session(), job)

    again = await draw(session(), job)
    silent = await draw(session(), await job_of(store, shots / "long.mp4", keep_audio=False))

    assert (first.how, again.how, silent.how) == ("ran", "cached", "cached")
    assert silent.result.cost_usd == 0
    assert silent.result.info.audio is None
    assert len(await server.jobs()) == 2


@pytest.mark.media
async def test_other_bytes_of_a_piece_buy_nothing_again(
    session: MakeSession,
    server: Client,
    store: Store,
    shots: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As when what was made here was cleared away, and another ffmpeg makes it anew.
    job = await job_of(store, shots / "long.mp4")
    await draw(session(), job)
    pieces = [name for name in await store.records.names("results") if _recipe(store, name)]
    assert len(pieces) >= 3  # two that were sent, and the whole
    for name in [*pieces, *await store.records.names(f"results/{job.key}")]:
        await asyncio.to_thread((Path(store.location) / name).unlink, missing_ok=True)

    monkeypatch.setitem(H264, "crf", 30)
    again = await draw(session(), job)

    assert again.how == "cached"
    assert len(await server.jobs()) == 2


def _recipe(store: Store, name: str) -> bool:
    return '"recipe":"local/' in (Path(store.location) / name).read_text(encoding="utf-8")


@pytest.mark.media
async def test_of_two_pieces_one_fails_and_only_that_is_bought_again(
    session: MakeSession, server: Client, store: Store, shots: Path
) -> None:
    await server.fault("fail", times=1, status=422, error_type="content_policy_violation")
    job = await job_of(store, shots / "long.mp4")

    with pytest.raises(Refused) as raised:
        await draw(session(), job)
    again = await draw(session(), job)

    kept = int(raised.value.cost_usd / Decimal("0.126"))
    assert kept in (5, 6)
    assert again.how == "ran"
    assert again.result.cost_usd == Decimal("0.126") * (11 - kept)
    assert len(await server.jobs()) == 3
    assert again.result.info.frames == 243


@pytest.mark.slow
async def test_a_brief_shot_is_held_for_the_model_and_cut_back(
    session: MakeSession, server: Client, store: Store, shots: Path
) -> None:
    job = await job_of(store, shots / "brief.mp4", keep_audio=True)

    bought = await draw(session(), job)

    assert await seconds_sent(server) == [3]
    info = bought.result.info
    assert (info.frames, info.frame_rate) == (24, NTSC_FILM)
    assert info.audio is not None


@pytest.mark.media
async def test_of_a_long_shot_the_next_one_sees_the_end(
    session: MakeSession, server: Client, store: Store, shots: Path, tmp_path: Path
) -> None:
    job = await job_of(store, shots / "long.mp4", REFERENCE, duration="3")

    bought = await draw(session(), job)

    (booked,) = await server.jobs()
    (tmp_path / "sent.mp4").write_bytes(
        (await server.http.get(booked["input"]["video_url"])).content
    )
    assert read_media(tmp_path / "sent.mp4").duration == 10
    assert bought.how == "ran"


async def test_images_are_brought_inside_the_limits(
    session: MakeSession, server: Client, store: Store, shots: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (1000, 200), "navy").save(tmp_path / "wide.png")
    image = await store.assets.add(tmp_path / "wide.png", "image")
    job = await job_of(store, shots / "good.mp4", images=[image], prompt="As @Image1")

    await draw(session(), job)

    (booked,) = await server.jobs()
    sent = await server.http.get(booked["input"]["image_urls"][0])
    (tmp_path / "sent.png").write_bytes(sent.content)
    info = read_media(tmp_path / "sent.png")
    assert (info.width, info.height) == (1000, 400)


@pytest.mark.media
async def test_nothing_is_bought_when_one_piece_can_not_be_made(
    session: MakeSession,
    server: Client,
    store: Store,
    shots: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The second piece is the one that begins inside of the shot.
    program = tmp_path / "ffmpeg"
    body = 'case "$*" in *" -ss "*) exit 1;; esac\nexec "$REAL" "$@"\n'
    program.write_text(f"#!/bin/sh\nREAL='{find_ffmpeg().path}'\n{body}", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(program))

    with pytest.raises(MediaError, match="failed with code 1"):
        await draw(session(), await job_of(store, shots / "long.mp4"))
    assert await server.jobs() == []


ERRORS = {"ambiguous": Ambiguous, "terminal": Refused, "media": MediaError, "retryable": Retryable}
"""From what leaves most open to what leaves least."""


@pytest.mark.parametrize("kinds", [*permutations(ERRORS, 2), *permutations(ERRORS, 3)])
async def test_of_several_pieces_the_error_counts_that_leaves_most_open(
    session: MakeSession, monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]
) -> None:
    left = list(kinds)

    async def fails(session: Session, job: Job) -> Bought:
        raise ERRORS[left.pop(0)]("no")

    monkeypatch.setattr("shotgraph.making.shots.buy", fails)
    endpoint = ENDPOINTS[EDIT]
    job = Job("dusk", endpoint, endpoint.arguments.model_construct(), 1, "rehearsal")
    with pytest.raises(ShotgraphError) as caught:
        await _buy_all(session(), [job] * len(kinds))
    assert not left, "all of them are seen to their end"
    wanted = {ERRORS[min(kinds, key=list(ERRORS).index)]}
    if wanted <= {Refused, MediaError}:
        wanted = {Refused, MediaError}  # neither can be helped
    assert type(caught.value) in wanted
