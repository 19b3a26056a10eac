import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from threading import Thread

import ffmpeg
import pytest

from shotgraph.errors import FullDisk, MediaError
from shotgraph.media.output import target
from shotgraph.media.process import Progress, run_ffmpeg
from shotgraph.media.smart.join import concat
from shotgraph.media.smart.splice import slot, splice
from shotgraph.media.source import Stream, address
from tests.media.coded_clips import write_clip
from tests.store.small_disk import small_disk

Script = Callable[[str], Path]
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def pattern(seconds: float, into: Path | str = "-") -> Stream:
    """A film that takes `seconds` of film time to make, and as good as no work."""
    node = ffmpeg.input(f"testsrc2=s=64x64:r=25:d={seconds}", f="lavfi")
    where = address(into) if isinstance(into, Path) else into
    return ffmpeg.output(node, where, f="mp4" if isinstance(into, Path) else "null")


def endless(into: Path) -> Stream:
    """A film that is made as slowly as it plays."""
    node = ffmpeg.input("testsrc2=s=64x64:r=25", f="lavfi", re=None)
    return ffmpeg.output(node, address(into), f="mp4")


def running(folder: Path) -> list[int]:
    """The processes of ours that write to a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"ffmpeg" in command and os.fsencode(folder) in command:
                found.append(int(entry.name))
    return found


@contextmanager
def a_terminal() -> Iterator[None]:
    """Something that could be read on the standard input of the tests."""
    kept = os.dup(0)
    ends = os.pipe()
    os.dup2(ends[0], 0)
    try:
        yield
    finally:
        os.dup2(kept, 0)
        for descriptor in (kept, *ends):
            os.close(descriptor)


async def started(report: asyncio.Event) -> None:
    await asyncio.wait_for(report.wait(), 300)


async def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    reports: list[Progress] = []

    await run_ffmpeg(pattern(2, tmp_path / "x.mp4"), on_progress=reports.append)

    assert [report.done for report in reports] == [False] * (len(reports) - 1) + [True]
    assert reports[-1].frames == 50
    assert abs(reports[-1].position - 2) <= Fraction(4, 25)


async def test_an_error_says_what_ffmpeg_said() -> None:
    node = ffmpeg.input("testsrc2=s=64x64:r=25:d=1", f="lavfi").filter("nosuchfilter")

    with pytest.raises(MediaError, match=r"failed with code \d+:.*No such filter: 'nosuchfilter'"):
        await run_ffmpeg(ffmpeg.output(node, "-", f="null"))


async def test_a_long_log_neither_blocks_nor_grows(script: Script) -> None:
    script(
        'case "$*" in *null*) yes "a line of the log" | head -c 3000000 >&2; echo last >&2; exit 3'
        ';; esac; exec "$REAL" "$@"'
    )

    with pytest.raises(MediaError, match="code 3") as caught:
        await run_ffmpeg(pattern(1))

    assert str(caught.value).endswith("last")
    assert len(str(caught.value)) < 200


async def test_a_signal_is_named(script: Script) -> None:
    script('case "$*" in *null*) kill -SEGV $$;; esac; exec "$REAL" "$@"')

    with pytest.raises(MediaError, match="SIGSEGV"):
        await run_ffmpeg(pattern(1))


@linux
async def test_what_takes_too_long_is_killed(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"0\.5 s"), target(tmp_path / "x.mp4") as part:
        await run_ffmpeg(endless(part), timeout_s=0.5)

    assert list(tmp_path.iterdir()) == []
    assert running(tmp_path) == []


@linux
async def test_cancelling_kills_the_whole_group(script: Script, tmp_path: Path) -> None:
    # The real one is a child of what we start, so killing that alone would leave it running.
    script('case "$*" in *.part*) "$REAL" "$@" & wait;; *) exec "$REAL" "$@";; esac')
    folder = tmp_path / "films"
    folder.mkdir()
    report = asyncio.Event()

    async def make() -> None:
        with target(folder / "x.mp4") as part:
            await run_ffmpeg(endless(part), on_progress=lambda _: report.set())

    task = asyncio.create_task(make())
    await started(report)
    assert len(running(folder)) == 2
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    # The child of what we start is not ours to wait for: a busy machine lets it die a bit later.
    async with asyncio.timeout(300):
        while running(folder):  # noqa: ASYNC110 - nothing tells when a process has ended
            await asyncio.sleep(0)
    assert list(folder.iterdir()) == []


@linux
async def test_cancelling_a_join_leaves_nothing(first: Path, mute: Path, tmp_path: Path) -> None:
    # Large enough for the coding to be still going on when it is cancelled.
    large = write_clip(tmp_path / "large.mp4", clip=9, frames=200, size=(1280, 720))
    film = tmp_path / "film.mp4"
    film.write_bytes(b"the film of yesterday")
    before = sorted(tmp_path.iterdir())
    task = asyncio.create_task(concat([first, large, mute], film))
    async with asyncio.timeout(300):
        while not running(tmp_path):  # noqa: ASYNC110 - nothing tells when a process has started
            await asyncio.sleep(0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert running(tmp_path) == []
    assert sorted(tmp_path.iterdir()) == before
    assert film.read_bytes() == b"the film of yesterday"


@linux
@pytest.mark.parametrize("turns", range(8))
def test_a_loop_that_closes_while_ffmpeg_starts_is_not_held(turns: int, tmp_path: Path) -> None:
    """As `asyncio.run` does it at its end: it cancels all tasks at once, asyncio's own too."""

    async def leave() -> None:
        left = asyncio.ensure_future(run_ffmpeg(endless(tmp_path / "film.mp4")))
        while not running(tmp_path) and not left.done():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0)
        for _ in range(turns):
            await asyncio.sleep(0)

    thread = Thread(target=asyncio.run, args=(leave(),), daemon=True)
    thread.start()
    thread.join(timeout=300)
    assert not thread.is_alive()
    assert running(tmp_path) == []


@linux
@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8])
async def test_a_run_cancelled_twice_leaves_no_process(turns: int, tmp_path: Path) -> None:
    """Cancelled while it starts, and again while it ends."""
    node = ffmpeg.input("testsrc2=s=64x64:r=25:d=60", f="lavfi", re=None)
    output = ffmpeg.output(node, f"file:{tmp_path}/x", f="null")
    task = asyncio.create_task(run_ffmpeg(output, timeout_s=50))
    async with asyncio.timeout(300):
        while not running(tmp_path):  # noqa: ASYNC110 - nothing tells when a process has started
            await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0)

    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert running(tmp_path) == []


@linux
async def test_the_process_is_held_short(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", "a-key")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    said = tmp_path / "said"
    script(
        'case "$*" in *null*) { env; cat /proc/self/stat; readlink /proc/self/fd/0; }'
        f' > "{said}";; esac; exec "$REAL" "$@"'
    )
    limits: list[str] = []
    looked = asyncio.Event()

    def look(_: Progress) -> None:
        limits.extend(Path(f"/proc/{pid}/limits").read_text() for pid in running(tmp_path))
        looked.set()

    # It goes on until it was looked at, however late that is.
    node = ffmpeg.input("testsrc2=s=64x64:r=25:d=60", f="lavfi", re=None)
    output = ffmpeg.output(node, f"file:{tmp_path}/x", f="null")
    with a_terminal():
        task = asyncio.create_task(run_ffmpeg(output, timeout_s=50, on_progress=look))
        await started(looked)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    text = said.read_text()
    assert "a-key" not in text
    assert "127.0.0.1:9" not in text
    assert "/dev/null" in text
    stat = next(line for line in text.splitlines() if "(cat)" in line).rpartition(")")[2].split()
    assert int(stat[16]) == min(19, os.nice(0) + 10)  # the 19th field of proc(5)
    assert int(stat[2]) != os.getpgrp()
    assert int(stat[3]) != os.getsid(0)
    rows = {line[:26].strip(): line[26:].split()[0] for line in limits[0].splitlines()}
    assert int(rows["Max cpu time"]) == 50 * (os.cpu_count() or 1) + 1
    assert int(rows["Max file size"]) == 8 << 30
    assert int(rows["Max data size"]) == (6 << 30) + (64 << 20)


async def test_two_run_at_a_time(script: Script, tmp_path: Path) -> None:
    here = tmp_path / "running"
    here.mkdir()
    script(
        f'case "$*" in *null*) touch "{here}/$$"; ls "{here}" | wc -l >> "{tmp_path}/counts";'
        f' "$REAL" "$@"; rm "{here}/$$";; *) exec "$REAL" "$@";; esac'
    )
    node = ffmpeg.input("testsrc2=s=64x64:r=25:d=1", f="lavfi", re=None)

    await asyncio.gather(*(run_ffmpeg(ffmpeg.output(node, "-", f="null")) for _ in range(5)))

    counts = [int(line) for line in (tmp_path / "counts").read_text().split()]
    assert len(counts) == 5
    assert max(counts) == 2


@linux
async def test_a_full_disk_is_said_with_its_folder_and_what_to_do() -> None:
    with pytest.raises(FullDisk, match="no space left on the disk of /dev; nothing was kept"):
        await run_ffmpeg(pattern(1, Path("/dev/full")))


async def test_a_full_disk_is_seen_where_ffmpeg_gives_no_reason(
    tmp_path: Path, script: Script
) -> None:
    script('case "$*" in *film.mp4*) exit 1;; esac; exec "$REAL" "$@"')
    with small_disk(tmp_path / "disk") as disk:
        made = disk / "film.mp4"
        with pytest.raises(MediaError, match="code 1"):
            await run_ffmpeg(pattern(1, made))
        with suppress(OSError):
            (disk / "more").write_bytes(bytes(1 << 20))
        with pytest.raises(FullDisk, match=f"on the disk of {disk}"):
            await run_ffmpeg(pattern(1, made))


async def test_a_clip_that_does_not_fit_on_the_disk_is_not_kept(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", clip=1, frames=200, rate=24, size=(640, 360))
    with small_disk(tmp_path / "disk") as disk:
        with pytest.raises(FullDisk, match=f"on the disk of {disk}"):
            await concat([clip, clip], disk / "film.mp4")
        assert list(disk.iterdir()) == []


async def test_what_is_said_of_copies_is_no_reason(script: Script) -> None:
    said = "[h264 @ 0x1] Codec (h264) not on whitelist 'none'"
    script(
        f'case "$*" in *null*) echo "{said}" >&2; echo last >&2; exit 3;; esac; exec "$REAL" "$@"'
    )

    with pytest.raises(MediaError, match=r"code 3: last$"):
        await run_ffmpeg(pattern(1))


async def test_a_join_that_fails_says_why_and_not_that_copies_are_not_decoded(
    first: Path, tmp_path: Path
) -> None:
    slot(tmp_path, 0).symlink_to(first)
    with pytest.raises(MediaError, match="No such file or directory") as raised:
        await splice(tmp_path, [40], Fraction(30), None, tmp_path / "absent" / "film.mp4")
    assert "whitelist" not in str(raised.value)
    assert "Failed to open codec" not in str(raised.value)
