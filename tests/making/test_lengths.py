"""What comes back in another length is said, or refused, and never bought again for that."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.errors import MediaError
from shotgraph.making.shots import draw
from shotgraph.money.lengths import other_length, what_is_done
from shotgraph.money.session import Session
from shotgraph.rehearsal import draw as drawing
from shotgraph.store import Store
from tests.making.test_draw import job_of
from tests.making.test_foreseen import clip
from tests.rehearsal.client import Client

MakeSession = Callable[..., Session]
SENT, RATE = 192, Fraction(24)


@pytest.mark.parametrize(
    ("frames", "rate", "said"),
    [
        (192, Fraction(24), None),
        (191, Fraction(24), None),
        (195, Fraction(24), None),  # 2 % are stretched
        (120, Fraction(24), "its last frame is held for 3 s"),
        (240, Fraction(24), "its last 2 s are cut away"),
        (192, Fraction(30), "each of its frames is shown once"),
    ],
)
def test_a_piece_of_another_length_is_said_with_what_becomes_of_it(
    frames: int, rate: Fraction, said: str | None
) -> None:
    info = clip(frames=frames, frame_rate=rate, duration=frames / rate)
    done = what_is_done(SENT, SENT, RATE, info)

    found = other_length(SENT / RATE, info, piece=2, done=done)

    assert (found.done if found is not None else None) == said
    if found is not None:
        assert (found.piece, found.asked_s) == (2, Fraction(8))
        assert found.got_s == frames / rate


def test_a_short_shot_that_was_held_for_the_model_is_not_said_to_be_held() -> None:
    info = clip(frames=48, duration=Fraction(2))

    assert what_is_done(72, 24, RATE, info) == "its last 1 s are cut away"


@pytest.mark.media
async def test_a_long_shot_that_comes_back_in_short_pieces(
    session: MakeSession,
    server: Client,
    store: Store,
    shots: Path,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _shorten(monkeypatch, frames=96)
    job = await job_of(store, shots / "long.mp4", prompt="Come back too short")

    with pytest.raises(MediaError, match="on_length: fail") as refused:
        await draw(session(), job, "fail")
    warned = await draw(session(), job)

    lengths = warned.result.lengths
    assert [one.piece for one in lengths] == [1, 2]
    assert [float(one.got_s) for one in lengths] == [4, 4]
    assert sum(one.asked_s for one in lengths) == Fraction(243, 24)
    assert all(one.done.startswith("its last frame is held for ") for one in lengths)
    assert warned.result.info.frames == 243
    assert any("s were requested and 4 s were returned" in line for line in said)
    assert refused.value.cost_usd > 0
    assert warned.how == "cached"
    assert len(await server.jobs()) == 2


async def test_a_shot_that_fits_and_comes_back_short_is_not_bought_again(
    session: MakeSession,
    server: Client,
    store: Store,
    shots: Path,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _shorten(monkeypatch, frames=48)
    job = await job_of(store, shots / "good.mp4", prompt="Come back too short, too")

    for _ in range(2):
        with pytest.raises(MediaError, match="3 s were requested and 2 s were returned"):
            await draw(session(), job, "fail")
    said.clear()
    fitted = await draw(session(), job, "fit")

    assert [line for line in said if "were returned" in line] == []
    assert [float(one.got_s) for one in fitted.result.lengths] == [2]
    assert len(await server.jobs()) == 1


def _shorten(monkeypatch: pytest.MonkeyPatch, *, frames: int) -> None:
    """Have the rehearsal's model make so many frames, whatever was asked for."""
    # Drawings of one shape are shared: by earlier tests of the whole length, and with later ones.
    monkeypatch.setattr("shotgraph.rehearsal.draw.filming._shape", lambda scene: (object(),))
    whole = drawing._shot
    monkeypatch.setattr(
        drawing, "_shot", lambda scene, work: replace(whole(scene, work), frames=frames)
    )
