"""A film of any length is listened to, and takes no more memory for it."""

import os
import tracemalloc
from itertools import accumulate, pairwise
from pathlib import Path

import pytest

from shotgraph.media.smart.clip import read_clip
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.hearing import sound_differences
from shotgraph.media.smart.join import concat
from shotgraph.media.sound import SAMPLE_RATE_HZ
from tests.joins.odd.bench import Bench

CLIPS_S = (170, 150, 20)
WHOLE_MB, MOST_MB = 65, 60  # of the sound of all of it, in one copy; and of all that is held


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("long"))


def clip(bench: Bench, number: int, seconds: int) -> Path:
    """A small picture each fifth of a second, and bursts of noise."""
    noise = f"anoisesrc=color=pink:r=48000:d={seconds}:seed={number}:a=0.3"
    return bench.run(
        *("-f", "lavfi", "-i", f"color=s=64x36:r=5:d={seconds}"),
        *("-f", "lavfi", "-i", f"{noise},tremolo=f=1.37:d=0.9,aformat=channel_layouts=stereo"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-c:a", "aac", "-shortest"),
        into=f"clip-{number}.mp4",
    )


@pytest.mark.media
async def test_sound_that_is_late_in_the_second_half_of_a_long_film_is_heard(bench: Bench) -> None:
    clips = [clip(bench, number, seconds) for number, seconds in enumerate(CLIPS_S)]
    film = bench.path("film.mp4")
    tracemalloc.start()
    await concat(clips, film)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    at = [SAMPLE_RATE_HZ * end for end in accumulate(CLIPS_S, initial=0)]
    due = [
        Heard.of(read_clip(each), begin, end - begin)
        for each, (begin, end) in zip(clips, pairwise(at), strict=True)
    ]

    assert at[-1] * 4 > WHOLE_MB * 10**6
    assert most_bytes < MOST_MB * 10**6

    halves = (
        "asplit[one][two];[one]atrim=end=200[one];"
        "[two]atrim=start=200,asetpts=PTS-STARTPTS,adelay=40:all=1[two];"
        "[one][two]concat=n=2:v=0:a=1,atrim=end=340"
    )
    late = bench.run(
        *("-i", film, "-filter_complex", f"[0:a]{halves}[a]", "-map", "0:v", "-map", "[a]"),
        *("-c:v", "copy", "-c:a", "aac", "-b:a", "192k"),
        into="late.mp4",
    )
    (said,) = sound_differences(late, "stereo", due)
    second = float(said.split()[1])
    assert 200 <= second < 201
    if os.environ.get("SHOTGRAPH_MEDIA_FULL") == "1":
        assert sound_differences(film, "stereo", due, gain="level") == []
        (said,) = sound_differences(late, "stereo", due, gain="level")
        assert 200 <= float(said.split()[1]) < 201
