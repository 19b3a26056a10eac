"""A server for the whole session, emptied before each test, and clips with known pictures."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ffmpeg
import httpx
import pytest
from PIL import Image, ImageDraw

from shotgraph.media.process import run_ffmpeg
from shotgraph.media.source import address
from shotgraph.rehearsal import Options, RehearsalServer

from .client import Client


@pytest.fixture(scope="session")
def running() -> Iterator[RehearsalServer]:
    with RehearsalServer(Options(queue_s=0, run_s=0, max_upload_bytes=4 << 20)) as server:
        yield server


@pytest.fixture
async def server(running: RehearsalServer) -> Any:
    async with Client.emptied(running) as client:
        yield client


@pytest.fixture
async def stranger() -> Any:
    """A client without the key."""
    async with httpx.AsyncClient(timeout=300, verify=False) as http:  # noqa: S501 - no TLS
        yield http


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s of a white bar that moves right over dark red, 720x720, 24 fps, with a tone."""
    return asyncio.run(make_clip(tmp_path_factory.mktemp("clips") / "bar.mp4"))


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int, int], Path]:
    """Pictures of one colour with a white dot in the middle."""
    folder = tmp_path_factory.mktemp("pictures")

    def paint(colour: str, width: int = 640, height: int = 360) -> Path:
        path = folder / f"{colour.strip('#')}-{width}x{height}.png"
        image = Image.new("RGB", (width, height), colour)
        half = min(width, height) // 8
        box = (width // 2 - half, height // 2 - half, width // 2 + half, height // 2 + half)
        ImageDraw.Draw(image).ellipse(box, "white")
        image.save(path)
        return path

    return paint


async def make_clip(
    path: Path,
    *,
    seconds: float = 3,
    rate: str = "24",
    size: str = "720x720",
    sound: bool = True,
    sound_s: float | None = None,
    **options: Any,
) -> Path:
    ground = ffmpeg.input(f"color=0x802020:s={size}:r={rate}:d={seconds}", f="lavfi")
    width, height = size.split("x")
    bar = ffmpeg.input(f"color=white:s={int(width) // 16}x{height}:r={rate}:d={seconds}", f="lavfi")
    moving = ffmpeg.overlay(ground, bar, x=f"(W-w)*t/{seconds}", y=0)
    streams = [moving]
    if sound:
        streams.append(ffmpeg.input(f"sine=frequency=440:duration={sound_s or seconds}", f="lavfi"))
    settings = {"vcodec": "libx264", "preset": "ultrafast", "pix_fmt": "yuv420p", "format": "mp4"}
    await run_ffmpeg(ffmpeg.output(*streams, address(path), **{**settings, **options}))
    return path
