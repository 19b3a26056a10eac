"""The file of each profile, measured by others: PyAV reads it, ffmpeg's own meter hears it."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import ffmpeg
import pytest

from shotgraph.errors import MediaError
from shotgraph.media import mastering
from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.framing import Framing
from shotgraph.media.mastering import deliver
from shotgraph.media.profiles import PROFILES, Delivery, ProfileName
from shotgraph.media.treatment import Treatment
from tests.media.coded_clips import Sound, codes, read_codes, tone_onsets_s, write_clip
from tests.media.sounds import write_tone

FRAMES, RATE = 24, 24
REEL_FRAMES = 72  # the shortest reel
ALL = pytest.mark.skipif(
    not os.environ.get("SHOTGRAPH_MEDIA_FULL"), reason="make media-full: large pictures take long"
)


def quiet(shelf: Path, frames: int = FRAMES) -> Path:
    """Clip 9 at 24, 320 x 180, with a quiet tone: one gain makes it loud enough."""
    tone = write_tone(shelf / "tone.wav", seconds=frames / RATE, level=3000, channels=2)
    return _with_sound(shelf / f"quiet-{frames}.mp4", tone, frames)


def spiky(shelf: Path, frames: int = FRAMES) -> Path:
    """The same, quiet but for a loud tick in each second: no gain alone makes it loud enough."""

    def level(at_s: float) -> int:
        return 30_000 if 0.5 <= at_s % 1 < 0.504 else 900

    tone = write_tone(shelf / "ticks.wav", seconds=frames / RATE, level=level, channels=2)
    return _with_sound(shelf / f"spiky-{frames}.mp4", tone, frames)


def silent(shelf: Path, frames: int = FRAMES) -> Path:
    return write_clip(
        shelf / f"silent-{frames}.mp4", clip=9, frames=frames, rate=RATE, size=(320, 180)
    )


def _with_sound(path: Path, sound: Path, frames: int) -> Path:
    both = ffmpeg.output(
        ffmpeg.input(str(silent(path.parent, frames)))["v:0"],
        ffmpeg.input(str(sound))["a:0"],
        str(path),
        **{"c:v": "copy", "c:a": "aac", "b:a": "192k"},
    )
    subprocess.run(
        ffmpeg.compile(both, cmd=str(find_ffmpeg().path), overwrite_output=True),
        check=True,
        capture_output=True,
    )
    return path


async def made(
    name: ProfileName, film: Path, folder: Path, framing: Framing | None = None
) -> tuple[Path, Delivery]:
    said: list[Treatment] = []
    path = folder / f"{name}{PROFILES[name].suffix}"
    await deliver(film, path, PROFILES[name], framing=framing or Framing(), note=said.append)
    assert said[0].delivery is not None
    return path, said[0].delivery


def heard(path: Path) -> tuple[float, float]:
    """Integrated LUFS and true peak, as ffmpeg's own summary has them."""
    done = subprocess.run(
        [find_ffmpeg().path, "-nostdin", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-"],
        check=True,
        capture_output=True,
        text=True,
    )
    summary = done.stderr.rpartition("Summary:")[2]
    lufs = re.search(r"I:\s+(\S+) LUFS", summary)
    peak = re.search(r"Peak:\s+(\S+) dBFS", summary)
    assert lufs is not None
    assert peak is not None
    return float(lufs[1]), float(peak[1])


def probed(path: Path) -> dict[str, Any]:
    """What a reader that is not ours finds."""
    with av.open(str(path)) as media:
        shown = media.streams.video[0]
        codec = shown.codec_context
        tick = shown.time_base or Fraction(1)
        frames = [(frame.pts or 0) * tick for frame in media.decode(shown)]
        sound = next(iter(media.streams.audio), None)
        return {
            "size": (codec.width, codec.height),
            "rate": shown.average_rate,
            "codec": (codec.codec.canonical_name, codec.profile, codec.codec_tag),
            "pixels": codec.pix_fmt,
            "colours": {int(codec.color_primaries), int(codec.color_trc), int(codec.colorspace)},
            "frames": len(frames),
            "first": frames[0],
            "even": {later - before for before, later in pairwise(frames)},
            "sound": sound and (sound.codec_context.name, sound.rate, sound.layout.name),
        }


def boxes(data: bytes) -> Iterator[bytes]:
    place = 0
    while place + 8 <= len(data):
        yield data[place + 4 : place + 8]
        place += max(8, int.from_bytes(data[place : place + 4], "big"))


WANTED: dict[ProfileName, dict[str, Any]] = {
    "youtube": {
        "size": (320, 180),
        "rate": 24,
        "codec": ("h264", "High", "avc1"),
        "pixels": "yuv420p",
        "sound": ("aac", 48_000, "stereo"),
        "frames": 24,
    },
    "instagram-reel": {
        "size": (1080, 1920),
        "rate": 24,
        "codec": ("h264", "High", "avc1"),
        "pixels": "yuv420p",
        "sound": ("aac", 48_000, "stereo"),
        "frames": 72,
    },
    "broadcast-r128": {
        "size": (1920, 1080),
        "rate": 25,
        "codec": ("prores", "HQ", "apch"),
        "pixels": "yuv422p10le",
        "sound": ("pcm_s24le", 48_000, "stereo"),
        "frames": 25,
    },
    "prores-master": {
        "size": (320, 180),
        "rate": 24,
        "codec": ("prores", "HQ", "apch"),
        "pixels": "yuv422p10le",
        "sound": ("pcm_s24le", 48_000, "stereo"),
        "frames": 24,
    },
}


@pytest.mark.media
@pytest.mark.parametrize(
    ("name", "film"),
    [
        ("youtube", quiet),
        ("instagram-reel", quiet),
        ("broadcast-r128", quiet),
        ("prores-master", quiet),
        ("youtube", spiky),
        pytest.param("instagram-reel", spiky, marks=ALL),
        pytest.param("broadcast-r128", spiky, marks=ALL),
    ],
)
async def test_each_file_is_what_its_profile_says(
    name: ProfileName, film: Callable[[Path, int], Path], tmp_path: Path
) -> None:
    profile = PROFILES[name]
    given = film(tmp_path, REEL_FRAMES if name == "instagram-reel" else FRAMES)

    path, measured = await made(name, given, tmp_path)

    found = probed(path)
    assert {key: found[key] for key in WANTED[name]} == WANTED[name]
    assert (found["colours"], found["first"]) == ({1}, 0)
    assert found["even"] == {1 / Fraction(WANTED[name]["rate"])}
    data = path.read_bytes()
    order = list(boxes(data))
    assert order.index(b"moov") < order.index(b"mdat")
    assert (b"elst" in data[: data.index(b"mdat")]) <= profile.has_edits
    lufs, peak_db = heard(path)
    assert measured.lufs == pytest.approx(lufs, abs=0.06)
    assert measured.peak_db == pytest.approx(peak_db, abs=0.06)
    if profile.loudness is not None:
        assert abs(lufs - float(profile.loudness.lufs)) <= float(profile.loudness.tolerance_lu)
        assert peak_db <= float(profile.loudness.most_peak_db)
    assert measured.is_limited == (film is spiky)
    print(  # the table of `make media`
        f"\n{name:16} {film.__name__:6} {found['size'][0]}x{found['size'][1]} {found['rate']} fps "
        f"{found['codec'][0]} {found['codec'][1]} {found['pixels']} {found['sound'][0]}  "
        f"{lufs:6.1f} LUFS {peak_db:5.1f} dBTP  {measured.bits_per_s / 1e6:.1f} Mbit/s",
    )


async def test_a_file_without_edit_lists_is_in_time(tmp_path: Path) -> None:
    path, measured = await made("youtube", quiet(tmp_path), tmp_path)
    assert read_codes(path) == codes(9, range(FRAMES))
    assert (measured.is_limited, measured.has_edits, measured.is_front) == (False, False, True)
    with av.open(str(path)) as media:
        first = {stream.type: next(media.demux(stream)).pts for stream in media.streams}
    assert set(first.values()) == {0}
    assert abs((measured.lufs or 0) + 14) <= 0.5


@pytest.mark.media
async def test_a_tone_at_the_first_instant_is_in_time(tmp_path: Path) -> None:
    sound = Sound(and_at=(Fraction(1, 2),))
    film = write_clip(tmp_path / "tone.mp4", clip=9, frames=FRAMES, rate=RATE, sound=sound)
    path, _ = await made("youtube", film, tmp_path)
    assert tone_onsets_s(path)[1:] == pytest.approx([0.5], abs=0.001)


@pytest.mark.media
@ALL
async def test_a_silent_film(tmp_path: Path) -> None:
    path, measured = await made("broadcast-r128", silent(tmp_path), tmp_path)
    assert probed(path)["sound"] == ("pcm_s24le", 48_000, "stereo")
    assert (measured.lufs, measured.is_silent) == (None, True)
    assert measured.lines()[-1] == "its sound is silent: no loudness"


async def test_a_silent_film_stays_silent_where_no_track_is_needed(tmp_path: Path) -> None:
    path, measured = await made("youtube", silent(tmp_path), tmp_path)
    assert probed(path)["sound"] is None
    assert measured.lines()[-1] == "it has no sound: no loudness"


@pytest.mark.media
@ALL
async def test_a_reel_is_padded_or_cut(tmp_path: Path) -> None:
    film = quiet(tmp_path, REEL_FRAMES)
    said: list[Treatment] = []
    for fit in ("pad", "crop"):
        path = tmp_path / f"{fit}.mp4"
        framing = Framing(fit=fit)
        await deliver(film, path, PROFILES["instagram-reel"], framing=framing, note=said.append)
    padded, cut = (one.clips[0].changes for one in said)
    assert "black margins make it 1080 x 1920, 68 % of that black" in padded
    assert any(one.startswith("1080 x 1920 px are cut out of it") for one in cut)


@pytest.mark.media
async def test_a_file_that_misses_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = quiet(tmp_path)
    left = {each.name for each in tmp_path.iterdir()}
    path = tmp_path / "youtube.mp4"
    path.write_bytes(b"of before")
    monkeypatch.setattr(mastering, "raised", lambda sound, gain_db: sound)
    with pytest.raises(
        MediaError,
        match=r"does not meet its profile and was not kept: loudness: "
        r"-2\d",
    ):
        await deliver(film, path, PROFILES["youtube"])
    assert path.read_bytes() == b"of before"
    assert {each.name for each in tmp_path.iterdir()} == {*left, "youtube.mp4"}
