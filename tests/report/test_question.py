"""What a person sees who is to decide: small enough for a form, and all of it."""

import base64
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from shotgraph.model.references import Asset
from shotgraph.money.accounts import Money
from shotgraph.report.question import Costs, Shown, _line, plain, question_text
from shotgraph.store import Store, open_store
from tests.media.coded_clips import write_clip

COSTS = Costs(
    run=Money(Decimal("1.176")),
    film=Money(Decimal("5.67"), Decimal("0.63")),
    to_come_usd=Decimal("0.378"),
    is_most=True,
    again_usd=Decimal("0.5"),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


def pictures_in(text: str) -> list[bytes]:
    return [
        base64.b64decode(data) for data in re.findall(r"data:image/webp;base64,([^)]+)\)", text)
    ]


@pytest.mark.slow
async def test_the_clips_move_and_the_whole_stays_small(store: Store, tmp_path: Path) -> None:
    shown = []
    for number in range(6):
        clip = tmp_path / f"{number}.mp4"
        write_clip(clip, clip=number, frames=72, rate=24, size=(1280, 720))
        shown.append(Shown(f"dawn take {number + 1}", await store.assets.add(clip, "video")))
    text = await question_text("film: dawn", "Which one?", shown, COSTS, store)
    assert len(text) < 300_000
    pictures = pictures_in(text)
    assert len(pictures) == 6
    for coded in pictures:
        assert len(coded) <= 60_000
        with Image.open(io.BytesIO(coded)) as opened:
            assert getattr(opened, "n_frames", 1) > 10
    assert "This run has cost **$1.18** so far." in text
    film = (
        "The film has cost **$5.67**, and up to **$0.63** more is not known yet, in all its runs."
    )
    assert film in text
    assert "costs at most **$0.38**" in text
    assert "about **$0.50**" in text


async def test_an_image_is_shown_and_what_is_damaged_is_said(store: Store, tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    Image.effect_noise((1600, 900), 90).save(still)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip at all")
    shown = [
        Shown("still", await store.assets.add(still, "image"), url="https://example.org/still.png"),
        Shown("broken", await store.assets.add(broken, "video")),
    ]
    text = await question_text("film: seen", "Is it *right*?", shown, COSTS, store, remark="<No>")
    (picture,) = pictures_in(text)
    assert len(picture) <= 60_000
    assert "(no preview of broken: " in text
    assert "[the whole image](https://example.org/still.png)" in text
    assert text.startswith("⚠ \\<No\\>")
    assert r"Is it \*right\*?" in text


def test_texts_are_shown_as_they_are() -> None:
    assert plain("a_b\n# <img> [x](y)") == r"a\_b \# \<img\> \[x\](y)"


ASSET = Asset(sha256="0" * 64, kind="video", size_bytes=1, content_type="video/mp4")
HOSTILE = "https://v3.fal.media/x) ![t](https://evil.example/p.png) [free](javascript:alert(1)"


def test_a_url_can_not_end_its_link_and_begin_another() -> None:
    said = _line(Shown("dusk", ASSET, url=HOSTILE), 0)
    target = said.partition("](")[2]
    assert target.endswith(")")
    assert not set(target[:-1]) & set(' ()[]<>"`\\\n')
    assert said.count("](") == 1


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://v3.fal.media/x.mp4?sig=abc"]
)
def test_what_is_no_open_web_page_is_not_linked(url: str) -> None:
    assert "](" not in _line(Shown("dusk", ASSET, url=url), 0)


def test_words_command_nothing() -> None:
    assert plain("a\x1b[2J\n# b \u202e![x](y)") == r"a\\x1b\[2J \# b \\u202e\!\[x\](y)"
