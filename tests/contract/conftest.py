"""A server that takes a moment over each job, and one small clip on it."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import httpx
import pytest

from shotgraph.media.process import run_ffmpeg
from shotgraph.media.source import address
from shotgraph.rehearsal import Bases, Options, RehearsalServer

_QUICK_STARTS = Path(__file__).with_name("quick_starts")
_FAL_VIDEO = re.compile(r"https://v3b\.fal\.media/files/[^\"]+\.mp4")


@dataclass(frozen=True)
class Stage:
    """The server, and what is on it."""

    bases: Bases
    key: str
    clip_url: str

    def book(self) -> dict[str, Any]:
        control = self.bases.queue_url.removesuffix("/queue") + "/_rehearsal"
        book: dict[str, Any] = httpx.get(f"{control}/book", timeout=300).json()
        return book

    def fault(self, kind: str, **fields: Any) -> None:
        control = self.bases.queue_url.removesuffix("/queue") + "/_rehearsal"
        fault = {"kind": kind, **fields}
        httpx.post(f"{control}/faults", json=fault, timeout=300).raise_for_status()

    def quick_start(self, name: str) -> str:
        """The text of an example, about our clip."""
        text, replaced = _FAL_VIDEO.subn(
            self.clip_url, (_QUICK_STARTS / f"{name}.txt").read_text("utf-8")
        )
        assert replaced == 1
        return text


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s of a test picture, 720x720, 24 fps."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    picture = ffmpeg.input("testsrc=s=720x720:r=24:d=3", f="lavfi")
    settings = {"vcodec": "libx264", "preset": "ultrafast", "pix_fmt": "yuv420p"}
    asyncio.run(run_ffmpeg(ffmpeg.output(picture, address(path), **settings)))
    return path


@pytest.fixture(scope="session")
def _running() -> Iterator[RehearsalServer]:
    with RehearsalServer(Options(queue_s=0.1, run_s=0.9)) as running:
        yield running


@pytest.fixture
def stage(_running: RehearsalServer, clip: Path) -> Stage:
    bases, key = _running.bases, _running.key
    headers = {"Authorization": f"Key {key}", "Content-Type": "video/mp4"}
    control = bases.queue_url.removesuffix("/queue") + "/_rehearsal"
    with httpx.Client(headers=headers, timeout=300) as http:
        for what in ("faults", "book"):
            http.delete(f"{control}/{what}").raise_for_status()
        sent = http.post(f"{bases.cdn_url}/files/upload", content=clip.read_bytes())
        return Stage(bases, key, sent.json()["access_url"])


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """101 MiB of zeros that take no room."""
    path = tmp_path_factory.mktemp("large") / "large.mp4"
    with path.open("wb") as file:
        file.truncate(101 << 20)
    return path
