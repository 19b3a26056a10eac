"""A shot that goes on begins with the frame after the last one before it, in picture and sound."""

from pathlib import Path

import pytest

from shotgraph.media.continuing import continued
from shotgraph.media.treatment import Treatment
from tests.joins.odd.bench import Bench
from tests.media.coded_clips import tone_onsets_s

_RATE = 24
_MOVING = "testsrc2=s=320x180:r=24:d=4"
_BRIGHTER = "eq=brightness=0.03:contrast=0.95"
_CODED = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p")


def part(bench: Bench, into: str, first: int, *, look: str = "null", of: str = _MOVING) -> Path:
    """24 frames of what moves, from one on."""
    cut = f"trim=start_frame={first}:end_frame={first + 24},setpts=PTS-STARTPTS,{look}"
    return bench.run("-f", "lavfi", "-i", f"{of},{cut}", "-frames:v", "24", *_CODED, into=into)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "look", "left_out"),
    [
        pytest.param(24, _BRIGHTER, 0, id="goes on"),
        pytest.param(23, "null", 1, id="shows the end again"),
        pytest.param(23, _BRIGHTER, 1, id="shows the end again, brighter"),
        pytest.param(23, "loop=2:1:0,setpts=N/24/TB", 3, id="stands still on the end for three"),
        pytest.param(0, "null", 0, id="begins elsewhere"),
    ],
)
async def test_what_shows_the_end_again_is_left_out(
    first: int, look: str, left_out: int, tmp_path: Path
) -> None:
    bench, said, made = Bench(tmp_path), list[Treatment](), tmp_path / "made.mp4"
    before = part(bench, "before.mp4", 0)
    after = part(bench, "after.mp4", first, look=look)

    info = await continued(after, made, after=before, note=said.append)

    assert info.frames == 24 - left_out
    assert (made.read_bytes() == after.read_bytes()) == (not left_out)
    assert [one.clips[0].how for one in said] == (["coded"] if left_out else [])
    # Nothing is left to be left out: it begins with the next frame of the motion.
    assert (await continued(made, tmp_path / "again.mp4", after=before)).frames == info.frames


async def test_a_picture_may_be_what_was_before(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    last = bench.run(
        "-f", "lavfi", "-i", _MOVING, "-vf", "select=eq(n\\,23)", "-frames:v", "1", into="l.png"
    )
    after = part(bench, "after.mp4", 23)

    assert (await continued(after, tmp_path / "made.mp4", after=last)).frames == 23


async def test_where_nothing_moves_nothing_is_left_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    still = "color=s=320x180:r=24:d=4:c=0x406080"
    before, after = (part(bench, name, 0, of=still) for name in ("before.mp4", "after.mp4"))

    assert (await continued(after, tmp_path / "made.mp4", after=before)).frames == 24


async def test_the_sound_of_what_is_left_out_goes_with_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    before, silent = part(bench, "before.mp4", 0), part(bench, "silent.mp4", 23)
    beep = "aevalsrc='0.5*sin(1000*2*PI*t)*between(t,0.5,0.7)':s=48000:d=1"
    after = bench.run(
        "-i", silent, "-f", "lavfi", "-i", beep, "-c:v", "copy", "-c:a", "aac", into="after.mp4"
    )

    info = await continued(after, tmp_path / "made.mp4", after=before)

    (was,), (now,) = tone_onsets_s(after), tone_onsets_s(tmp_path / "made.mp4")
    assert info.frames == 23
    assert now == pytest.approx(was - 1 / _RATE, abs=0.003)
