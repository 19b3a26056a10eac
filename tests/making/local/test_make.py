"""The steps of this machine: made once with ffmpeg, found from then on."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from shotgraph.clock import SystemClock
from shotgraph.errors import MediaError, Terminal
from shotgraph.keys import Key
from shotgraph.making.codings import wanted_format
from shotgraph.making.make import Maker
from shotgraph.making.step_jobs import LocalJob
from shotgraph.media.font_file import SHIPPED_FONT
from shotgraph.media.smart.clip import read_clip
from shotgraph.model.references import Asset
from shotgraph.spec import ConcatArguments
from shotgraph.store import Store
from tests.media.coded_clips import codes, read_code, read_codes
from tests.media.sounds import samples_of, strength, write_tone

Make = Callable[..., LocalJob]


def files(store: Store, below: str) -> list[Path]:
    assert store.folder is not None
    return [path for path in (store.folder / below).rglob("*") if path.is_file()]


async def test_a_piece_is_cut_to_the_frame_and_then_found(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    piece = job("trim", video=assets["first"], start="1/4", seconds="1/2")
    made, was_there = await maker.get(piece)
    assert not was_there
    assert (made.recipe, made.request_id) == ("local/trim@2", None)
    assert made.cost_usd == 0
    file = await store.assets.file(made.asset)
    assert read_codes(file) == codes(1, range(6, 18))
    assert made.info.frames == 12
    assert made.treatment is not None
    assert [one.how for one in made.treatment.clips] == ["coded"]
    assert await maker.get(piece) == (made, True)
    assert files(store, "tmp") == []


async def test_a_frame_is_taken_as_an_image(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    for at, number in (("first", 0), ("last", 23), (7, 7)):
        made, _ = await maker.get(job("frame", video=assets["second"], at=at))
        assert made.treatment is not None
        assert made.treatment.lines() == [f"{made.info.width} x {made.info.height} px"]
        assert made.asset.kind == "image"
        with Image.open(await store.assets.file(made.asset)) as picture:
            assert read_code(picture) == (2, number)


async def test_a_clip_is_held_slowed_and_cropped(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    held, _ = await maker.get(job("hold", video=assets["second"], seconds="1/3"))
    slow, _ = await maker.get(job("speed", video=assets["first"], factor="0.5"))
    part, _ = await maker.get(job("crop", video=held.asset, width="50%", height=180, left=0))
    frame, _ = await maker.get(job("frame", video=assets["first"], at=5))
    like = job("hold", image=frame.asset, seconds="1/4", like=part.asset, fit="crop")
    shown, _ = await maker.get(like)

    assert read_codes(await store.assets.file(held.asset)) == codes(2, [23] * 8)
    assert read_codes(await store.assets.file(slow.asset)) == codes(
        1, (number // 2 for number in range(48))
    )
    assert (part.info.width, part.info.height, part.info.frames) == (160, 180, 8)
    assert (shown.info.width, shown.info.height, shown.info.frames) == (160, 180, 6)
    said = [made.treatment.lines()[-1] for made in (held, slow, part, shown) if made.treatment]
    assert said == [
        "clip 1: its colours, of no named matrix, are read as BT.601 and made BT.709; "
        "its last frame is shown for 8 frames",
        "clip 1: its colours, of no named matrix, are read as BT.601 and made BT.709; "
        "its 24 frames are made 48, 0.5 times as fast; its sound keeps its pitch",
        "clip 1: 160 x 180 px are cut out of it, from 0, 0 on",
        "clip 1: 160 x 180 px are cut out of it, from 80, 0 on; it is shown for 6 frames",
    ]


async def test_a_title_is_laid_on_and_its_font_counts(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    font = await store.assets.add(SHIPPED_FONT, "font")
    titled, _ = await maker.get(job("title", video=assets["first"], text="A", seconds="1/2"))
    given = job("title", text="A", seconds="1/4", like=assets["first"], font=font)
    card, _ = await maker.get(given)

    assert (titled.info.frames, card.info.frames, card.info.audio) == (24, 6, None)
    assert (card.info.width, card.info.frame_rate) == (titled.info.width, Fraction(24))
    assert given.key != job("title", text="A", seconds="1/4", like=assets["first"]).key
    assert (font.kind, font.content_type) == ("font", "font/ttf")
    assert await maker.get(given) == (card, True)


async def test_clips_are_joined_in_their_order(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    clips = [assets["second"], assets["first"]]
    made, _ = await maker.get(job("concat", clips=clips))
    frames = read_codes(await store.assets.file(made.asset))
    assert frames == codes(2, range(24)) + codes(1, range(24))
    dissolved, _ = await maker.get(
        job("concat", clips=clips, transition={"kind": "dissolve", "seconds": "1/4"})
    )
    assert dissolved.info.frames == 48 - 6
    assert dissolved.key != made.key


async def test_a_film_is_made_to_a_format_and_scored(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make, tmp_path: Path
) -> None:
    wanted = {"width": 160, "fps": 12}
    film, _ = await maker.get(job("concat", clips=[assets["first"]], format=wanted, loudness=-20))
    assert (film.info.width, film.info.height, film.info.frames) == (160, 90, 12)
    tone = write_tone(tmp_path / "tone.wav", seconds=0.25)
    voice = await store.assets.add(tone, "audio")

    scored, _ = await maker.get(job("soundtrack", video=film.asset, voice=voice, mode="replace"))

    assert scored.recipe == "local/soundtrack@2"
    assert scored.info.frames == 12
    heard = samples_of(await store.assets.file(scored.asset))
    assert strength(heard, 0.05, 0.2, 500) > 0.2
    assert strength(heard, 0.3, 0.9, 500) < 0.001


async def test_two_at_once_leave_one_result_that_both_can_use(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    piece = job("trim", video=assets["first"], seconds="1/4")
    one, two = await asyncio.gather(maker.get(piece), maker.get(piece))
    assert one[0].key == two[0].key
    for result, _ in (one, two):
        assert read_codes(await store.assets.file(result.asset)) == codes(1, range(6))
    assert (await maker.get(piece))[1]


async def test_what_can_not_be_made_leaves_nothing(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    objects = files(store, "objects")
    with pytest.raises(MediaError):
        await maker.get(job("frame", video=assets["first"], at=24))
    assert files(store, "objects") == objects
    assert files(store, "results") == []
    assert files(store, "tmp") == []


async def test_work_that_takes_long_is_said_of_its_step(
    store: Store, assets: dict[str, Asset], job: Make
) -> None:
    said: list[str] = []
    slow = SystemClock()
    looks = count(step=60)
    slow.monotonic = lambda: float(next(looks))  # type: ignore[method-assign]
    await Maker(store, slow, said.append).get(job("trim", video=assets["first"], seconds="1/2"))
    assert any(line.startswith("step: cutting the clip, ") for line in said)
    assert "step: checking that all of it decodes, 100 %" in said


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("frame", {"at": 24}, "step: video has no frame 24: it has 24, numbered 0 to 23"),
        (
            "trim",
            {"start": "1/2", "seconds": 2},
            "step: can't take 2 s from 0.5 s on: video lasts 1 s (24 frames at 24 per second)",
        ),
        (
            "soundtrack",
            {"audio": "second", "start": 1},
            "step: audio can't begin at 1 s: the film lasts 1 s",
        ),
        (
            "concat",
            {"transition": {"kind": "dissolve", "seconds": 1}},
            "step: a dissolve of 1 s (24 frames) needs longer clips: "
            "clips[0] has 24 frames (1 s), and at most 23 can overlap",
        ),
    ],
)
async def test_an_error_names_the_step_and_its_fields_and_no_bytes(
    maker: Maker,
    assets: dict[str, Asset],
    job: Make,
    kind: str,
    given: dict[str, object],
    said: str,
) -> None:
    first, sound = assets["first"], assets["second"].model_copy(update={"kind": "audio"})
    media = {"clips": [first, first]} if kind == "concat" else {"video": first}
    asked = {name: sound if value == "second" else value for name, value in given.items()}
    with pytest.raises(MediaError) as caught:
        await maker.get(job(kind, **media, **asked))
    assert caught.value.message == said


async def test_an_error_of_a_damaged_clip_names_its_field_and_not_its_path(
    maker: Maker,
    store: Store,
    assets: dict[str, Asset],
    clips: dict[str, Path],
    job: Make,
    tmp_path: Path,
) -> None:
    whole = clips["second"].read_bytes()
    short = tmp_path / "short.mp4"
    short.write_bytes(whole[: len(whole) // 2])
    damaged = await store.assets.add(short, "video")
    with pytest.raises(MediaError, match=r"^step: clips\[1\] was cut short: it holds"):
        await maker.get(job("concat", clips=[assets["first"], damaged]))


async def test_it_is_made_anew_when_its_bytes_are_gone(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    piece = job("trim", video=assets["first"], seconds="1/4")
    made, _ = await maker.get(piece)
    file = await store.assets.file(made.asset)
    file.chmod(0o600)
    file.unlink()
    again, was_there = await maker.get(piece)
    assert not was_there
    assert read_codes(await store.assets.file(again.asset)) == codes(1, range(6))


async def test_an_input_that_the_store_has_lost_is_said(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    file = await store.assets.file(assets["first"])
    file.chmod(0o600)
    file.unlink()
    with pytest.raises(Terminal, match="the store no longer has the video"):
        await maker.get(job("trim", video=assets["first"], seconds="1/4"))


def test_a_key_says_what_is_made_and_not_for_whom(
    assets: dict[str, Asset], job: Make, clips: dict[str, Path]
) -> None:
    first, second = assets["first"], assets["second"]
    piece = job("trim", video=first, seconds="1/2")
    assert LocalJob("other", piece.kind, piece.arguments).key == piece.key
    others: list[Key] = [
        job("trim", video=second, seconds="1/2").key,
        job("trim", video=first, seconds="1/3").key,
        job("trim", video=first, start="1/2", end="1").key,
        job("frame", video=first).key,
        job("concat", clips=[first, second]).key,
        job("concat", clips=[second, first]).key,
    ]
    assert len({piece.key, *others}) == len(others) + 1


async def test_a_film_made_with_the_usual_coding_is_found_again(
    maker: Maker, store: Store, assets: dict[str, Asset], job: Make
) -> None:
    """By an older shotgraph, say; and the other way round nothing is found: a paid step that is
    made of it has the bytes of the usual coding in its key."""
    usual = job("trim", video=assets["first"], seconds="1/4")
    final = replace(usual, is_final=True)
    made, _ = await maker.get(usual)
    found, was_there = await maker.get(final)
    assert (found.asset, was_there) == (made.asset, True)

    other = job("trim", video=assets["second"], seconds="1/4")
    better, _ = await maker.get(replace(other, is_final=True))
    again, was_there = await maker.get(other)
    assert not was_there
    assert better.asset != again.asset
    assert better.recipe == "local/trim@2/final"
    both = [read_clip(await store.assets.file(each.asset)) for each in (better, again)]
    assert both[0].signature == both[1].signature  # so one film can have both, copied


def test_a_quality_that_is_named_is_kept(assets: dict[str, Asset], job: Make) -> None:
    """But colours are converted exactly in each film that no paid step uses."""
    clips = [assets["first"], assets["second"]]
    formats: list[tuple[dict[str, object], bool]] = [
        ({"codec": "h264"}, True),
        ({"quality": "usual"}, False),
        ({"quality": "high"}, False),
        ({"codec": "hevc"}, False),
        ({"codec": "prores"}, False),
    ]
    for said, is_better in formats:
        joined = job("concat", clips=clips, format=said)
        final = replace(joined, is_final=True)
        assert list(final.found_as) == [final.key, joined.key]
        assert final.key != joined.key, said
        assert isinstance(joined.arguments, ConcatArguments)
        usual = wanted_format(joined.arguments, is_final=False)
        better = wanted_format(joined.arguments, is_final=True)
        assert usual is not None
        assert better is not None
        assert usual.coding is not None
        assert better.coding is not None
        assert (better.coding.options() != usual.coding.options()) == is_better, said
        assert (usual.coding.is_exact, better.coding.is_exact) == (False, True)
        frame = job("frame", video=assets["first"])
        assert replace(frame, is_final=True).key == frame.key
