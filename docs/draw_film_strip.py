"""Draw the README's picture out of a run of the demo: its shots, and the film that they make.

    python docs/draw_film_strip.py [TARGET]        (default: docs/images/film.webp)

The demo runs in the store that SHOTGRAPH_STORE names; clips that are there are used as they are.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw, ImageFont

from shotgraph.cli.interruptible import Interruptible
from shotgraph.cli.run import run_file
from shotgraph.money.attempts import Ledger
from shotgraph.money.events import Accepted
from shotgraph.money.results import Results
from shotgraph.settings import Settings
from shotgraph.store import open_store

ROOT = Path(__file__).resolve().parents[1]
PIPELINE = ROOT / "examples/extend-restyle-concat.yaml"
SHOT = ROOT / "examples/clips/harbour.mp4"
FONT = ROOT / "src/shotgraph/media/font/DejaVuSans.ttf"

WIDTH, MARGIN, GAP = 1600, 28, 40
STILL = (WIDTH - 2 * MARGIN - 2 * GAP) // 3, 276
STRIP_FRAMES = 11  # An odd number, so that one falls into the dissolve.
CELL = 136, 76
CARD, EDGE, LIGHT, DIM, GOLD = "#17131c", "#0b090e", "#f3ece4", "#a89fb0", "#f0b429"
MOST_BYTES = 300_000


@dataclass(frozen=True)
class Shown:
    """A shot of the picture's upper row."""

    clip: Path
    name: str
    what: str


def main(target: Path) -> None:
    """Run the demo, and draw."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        with Interruptible() as interruptible:
            ran = run_file(
                PIPELINE, {}, rehearse=True, out=out, max_usd=None, interruptible=interruptible
            )
        if ran.error is not None:
            raise ran.error
        made = {
            step["name"]: asyncio.run(clip_of(step["request_id"]))
            for step in ran.report["steps"]
            if step["request_id"]
        }
        shots = [
            Shown(SHOT, "shot", "the clip that you have"),
            Shown(made["next"], "next", "reference: the shot after it"),
            Shown(made["dusk"], "dusk", "edit: the same, repainted"),
        ]
        picture = draw(shots, Path(ran.report["output"]["path"]))
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.save(target, quality=84, method=6)
    if target.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{target} has {target.stat().st_size} bytes; at most {MOST_BYTES}")


async def clip_of(request_id: str) -> Path:
    """Find what a request made."""
    store = open_store(Settings().store)
    for attempt in await Ledger(store.records).all_latest():
        accepted = attempt.find(Accepted)
        if accepted is not None and accepted.request_id == request_id:
            result = await Results(store).get(attempt.key)
            if result is not None:
                return await store.assets.file(result.asset)
    raise SystemExit(f"the store has nothing of request {request_id}")


def draw(shots: Sequence[Shown], film: Path) -> Image.Image:
    """Lay out the shots, and the film below them."""
    film_top = MARGIN + STILL[1] + 146
    height = film_top + CELL[1] + 36 + MARGIN
    card = Image.new("RGBA", (WIDTH, height), (0, 0, 0, 0))
    brush = ImageDraw.Draw(card)
    brush.rounded_rectangle((0, 0, WIDTH - 1, height - 1), 20, fill=CARD)
    for number, shot in enumerate(shots):
        left = MARGIN + number * (STILL[0] + GAP)
        frame = frames(shot.clip, 3)[1].resize(STILL, Image.Resampling.LANCZOS)
        card.paste(frame, (left, MARGIN))
        below = MARGIN + STILL[1] + 12
        brush.text((left, below), f"${shot.name}", GOLD, font(26))
        brush.text((left, below + 34), shot.what, DIM, font(20))
        if number:
            middle = left - GAP // 2, MARGIN + STILL[1] // 2
            brush.text(middle, "→", LIGHT, font(30), anchor="mm")
    draw_film(card, brush, film, top=film_top)
    return card


def draw_film(card: Image.Image, brush: ImageDraw.ImageDraw, film: Path, *, top: int) -> None:
    """Draw the film as a strip, with how long it is."""
    count, seconds = length(film)
    joined = "concat: $shot, then $dusk, half a second of dissolve"
    said = f"{joined}; {count} frames, {float(seconds):g} s"
    brush.text((MARGIN, top - 42), "$film", GOLD, font(26))
    brush.text((MARGIN + 100, top - 37), said, DIM, font(20))
    width = WIDTH - 2 * MARGIN
    brush.rectangle((MARGIN, top, MARGIN + width - 1, top + CELL[1] + 35), fill=EDGE)
    for x in range(MARGIN + 10, MARGIN + width - 16, 28):
        for y in (top + 4, top + CELL[1] + 23):
            brush.rounded_rectangle((x, y, x + 13, y + 8), 3, fill="#3a3344")
    step = width / STRIP_FRAMES
    for number, frame in enumerate(frames(film, STRIP_FRAMES)):
        left = round(MARGIN + number * step + (step - CELL[0]) / 2)
        card.paste(frame.resize(CELL, Image.Resampling.LANCZOS), (left, top + 18))


def frames(clip: Path, count: int) -> list[Image.Image]:
    """Take frames from all over a clip: each from the middle of its part."""
    total, _ = length(clip)
    wanted = {(2 * number + 1) * total // (2 * count) for number in range(count)}
    with av.open(str(clip)) as media:
        return [
            frame.to_image()  # type: ignore[no-untyped-call]
            for number, frame in enumerate(media.decode(video=0))
            if number in wanted
        ]


def length(clip: Path) -> tuple[int, Fraction]:
    """Count a clip's frames, and its seconds."""
    with av.open(str(clip)) as media:
        rate = media.streams.video[0].average_rate
        count = sum(1 for _ in media.decode(video=0))
    assert rate is not None  # noqa: S101  it has frames
    return count, count / rate


def font(size: int) -> ImageFont.FreeTypeFont:
    """Load the project's font."""
    return ImageFont.truetype(str(FONT), size)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images/film.webp")
