"""A shot that continues another begins in its colours; a hard cut stays as it is."""

from pathlib import Path

import pytest
from PIL import ImageStat

from shotgraph.media.seams import delta_e_2000
from shotgraph.media.smart.clip import read_clip
from shotgraph.media.smart.join import concat
from shotgraph.media.treatment import Treatment
from shotgraph.media.trim import coded_frame
from tests.joins.odd.bench import Bench

_TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
_SCENES = {
    "hills": "gradients=s=320x180:r=24:c0=0x406080:c1=0x90a060:c2=0x604030:n=3:seed=5:speed=0.002",
    "room": "gradients=s=320x180:r=24:c0=0x805040:c1=0x303848:c2=0xa09080:n=3:seed=9:speed=0.002"
    ":type=radial",
}


def part(bench: Bench, scene: str, begin: int, look: str = "null") -> Path:
    """24 frames of a scene, from one on, with another look."""
    cut = f"trim=start_frame={begin}:end_frame={begin + 24},setpts=PTS-STARTPTS"
    name = f"{scene}-{begin}-{abs(hash(look))}.mp4"
    picture = f"{_SCENES[scene]},{cut},{look},format=yuv420p,{_TAGS}"
    how = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12")
    return bench.run("-f", "lavfi", "-i", picture, *how, into=name)


async def test_a_continued_shot_begins_in_the_colours_of_the_end_before(tmp_path: Path) -> None:
    bench, said = Bench(tmp_path), list[Treatment]()
    before = part(bench, "hills", 0)
    after = part(bench, "hills", 24, "eq=brightness=0.08:saturation=1.2:gamma_r=1.15")

    film = await concat([before, after], tmp_path / "film.mp4", match="colour", note=said.append)

    (seam,) = said[0].seams
    assert film.frames == 48
    assert (seam.clip, seam.frame, seam.continues) == (2, 24, True)
    assert seam.delta_e > 7
    assert seam.matched_delta_e is not None
    assert seam.matched_delta_e < 2
    assert [clip.how for clip in said[0].clips] == ["copied", "coded"]
    assert said[0].lines()[-1].endswith("fading over the clip")


async def means(clip: Path, number: int) -> list[float]:
    """Y, Cb and Cr of a frame, as it is coded."""
    planes = await coded_frame(read_clip(clip), number)
    return [ImageStat.Stat(plane).mean[0] for plane in planes]


async def test_colours_beyond_what_a_screen_shows_are_matched_too(tmp_path: Path) -> None:
    bench, said = Bench(tmp_path), list[Treatment]()
    before = part(bench, "hills", 0)
    after = part(bench, "hills", 24, "lutyuv=y=0.65*val+4:u=1.6*(val-128)+128:v=1.6*(val-128)+118")

    film = tmp_path / "film.mp4"
    await concat([before, after], film, match="colour", note=said.append)

    (seam,) = said[0].seams
    assert seam.matched_delta_e is not None
    assert seam.matched_delta_e < 0.7
    assert await means(film, 24) == pytest.approx(await means(film, 23), abs=1)


async def test_a_match_fades_to_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    before, after = part(bench, "hills", 0), part(bench, "hills", 24, "lutyuv=y=val+4:v=val+4")

    film = tmp_path / "film.mp4"
    await concat([before, after], film, match="colour")

    apart = zip(await means(before, 23), await means(after, 0), strict=True)
    was, ends = await means(after, 23), await means(film, 47)
    left = [value - before_it for value, before_it in zip(ends, was, strict=True)]
    due = [(end - begin) / 24 for end, begin in apart]
    # A coder lags by a frame or two; ``xfade`` alone would round down to -1.
    assert left == pytest.approx(due, abs=0.4)


async def test_a_hard_cut_is_left_alone(tmp_path: Path) -> None:
    bench, said = Bench(tmp_path), list[Treatment]()
    clips = [part(bench, "hills", 0), part(bench, "room", 0), part(bench, "room", 24)]

    await concat(clips, tmp_path / "film.mp4", match="colour", note=said.append)

    assert [seam.continues for seam in said[0].seams] == [False, True]
    assert [clip.how for clip in said[0].clips] == ["copied"] * 3
    assert "a hard cut, which is not changed" in said[0].lines()[-2]


# Of Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula" (2005), table 1.
@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1, 2), (50, 0, 0), 2.3669),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_of_colour_are_those_of_the_standard(
    one: tuple[float, float, float], other: tuple[float, float, float], apart: float
) -> None:
    assert round(delta_e_2000(one, other), 4) == apart
