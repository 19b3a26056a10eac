"""What a profile makes of a film, and how a file that misses it is refused."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from shotgraph.media.info import AudioInfo, Colour, MediaInfo
from shotgraph.media.measured_delivery import FileForm, misses
from shotgraph.media.profiles import PROFILES, ProfileName
from shotgraph.media.sound import Measured
from shotgraph.media.target_format import TargetFormat

H264 = FileForm("avc1", "High", 8_000_000, is_front=True, has_edits=False)
PRORES = FileForm("apch", "HQ", 180_000_000, is_front=True, has_edits=True)


SOUND = AudioInfo(
    codec="aac", sample_rate_hz=48_000, channels=2, duration=Fraction(10), layout="stereo"
)


def info(**changed: Any) -> MediaInfo:
    given: dict[str, Any] = {
        "kind": "video",
        "container": "mp4",
        "codec": "h264",
        "width": 1080,
        "height": 1920,
        "pixel_format": "yuv420p",
        "rotation": 0,
        "sample_aspect_ratio": Fraction(1),
        "frame_rate": Fraction(24),
        "constant_frame_rate": True,
        "frames": 240,
        "duration": Fraction(10),
        "time_base": Fraction(1, 24),
        "size_bytes": 10_000_000,
        "audio": SOUND,
        "colour": Colour(range="tv", space="bt709", primaries="bt709", transfer="bt709"),
    }
    return MediaInfo.model_validate({**given, **changed})


PCM = SOUND.model_copy(update={"codec": "pcm_s24le"})
MOV = {"container": "mov", "codec": "prores", "pixel_format": "yuv422p10le", "audio": PCM}
BROADCAST = {**MOV, "width": 1920, "height": 1080, "frame_rate": Fraction(25)}


@pytest.mark.parametrize(
    ("name", "film", "target"),
    [
        ("youtube", {}, (1080, 1920, Fraction(24))),
        ("youtube", {"width": 1281, "height": 720}, (1280, 720, Fraction(24))),
        ("youtube", {"frame_rate": Fraction(120)}, (1080, 1920, Fraction(60))),
        ("instagram-reel", {"width": 1280, "height": 720}, (1080, 1920, Fraction(24))),
        ("instagram-reel", {"frame_rate": Fraction(12)}, (1080, 1920, Fraction(23))),
        ("broadcast-r128", {}, (1920, 1080, Fraction(25))),
        ("broadcast-r128", {"frame_rate": Fraction(60)}, (1920, 1080, Fraction(50))),
        ("prores-master", {"frame_rate": Fraction(24000, 1001)}, (1080, 1920, None)),
    ],
)
def test_size_and_rate(
    name: ProfileName, film: dict[str, Any], target: tuple[int, int, Fraction | None]
) -> None:
    width, height, rate = target
    wanted = TargetFormat(width, height, rate or Fraction(24000, 1001))
    assert PROFILES[name].target(info(**film)) == wanted


def test_a_silent_film_gets_a_track_only_where_one_is_needed() -> None:
    silent = info(audio=None)
    found = {name: profile.layout(silent) for name, profile in PROFILES.items()}
    assert found == {
        "youtube": None,
        "instagram-reel": None,
        "broadcast-r128": "stereo",
        "prores-master": None,
    }
    surround = info(audio=SOUND.model_copy(update={"channels": 6, "layout": "5.1"}))
    assert PROFILES["instagram-reel"].layout(surround) == "stereo"
    assert PROFILES["youtube"].layout(surround) == "5.1"


@pytest.mark.parametrize(
    ("name", "made", "form", "loud"),
    [
        ("youtube", {}, {}, Measured(-14.5, -1.0)),
        ("instagram-reel", {}, {}, Measured(-13.54, -1.04)),
        ("broadcast-r128", BROADCAST, {}, Measured(-23.2, -9.0)),
        ("prores-master", MOV, {}, Measured(-40.0, 3.0)),
        ("youtube", {"audio": None}, {}, None),
    ],
)
def test_what_fits(name: ProfileName, made: Any, form: Any, loud: Measured | None) -> None:
    own = PRORES if PROFILES[name].coding.codec == "prores" else H264
    assert misses(PROFILES[name], info(**made), replace(own, **form), loud) == []


@pytest.mark.parametrize(
    ("name", "made", "form", "loud", "said"),
    [
        ("youtube", {}, {}, (-14.6, -3), "loudness: -14.6 LUFS for -14 ± 0.5 LUFS"),
        ("broadcast-r128", BROADCAST, {}, (-23.3, -3), "loudness: -23.3 LUFS for -23 ± 0.2 LUFS"),
        ("broadcast-r128", BROADCAST, {}, (-22.7, -3), "loudness: -22.7 LUFS for -23 ± 0.2 LUFS"),
        ("youtube", {}, {}, (-14, -0.9), "true peak: -0.9 dBTP for at most -1"),
        ("youtube", {"codec": "hevc"}, {}, (-14, -3), "codec: hevc for h264"),
        ("youtube", {"pixel_format": "yuv444p"}, {}, (-14, -3), "pixels: yuv444p for yuv420p"),
        ("youtube", {"container": "mov"}, {}, (-14, -3), "container: mov for mp4"),
        ("youtube", {}, {"profile_says": "Main"}, (-14, -3), "profile of its coder: Main for High"),
        ("prores-master", MOV, {"tag": "ap4h"}, None, "kind of its picture: ap4h for apch"),
        ("youtube", {}, {"has_edits": True}, (-14, -3), "it has edit lists, but must have none"),
        (
            "youtube",
            {},
            {"is_front": False},
            (-14, -3),
            "its index is at its end, but must be at its beginning",
        ),
        (
            "youtube",
            {"frame_rate": Fraction(61)},
            {},
            (-14, -3),
            "61 frames a second for 1 to 60",
        ),
        (
            "instagram-reel",
            {"width": 1920, "height": 1080},
            {},
            (-14, -3),
            "size: 1920 x 1080 px for 1080 x 1920",
        ),
        (
            "instagram-reel",
            {"frame_rate": Fraction(22)},
            {},
            (-14, -3),
            "22 frames a second for 23 to 60",
        ),
        (
            "instagram-reel",
            {},
            {"bits_per_s": 26_000_000},
            (-14, -3),
            "picture: 26.0 Mbit/s for at most 25",
        ),
        (
            "instagram-reel",
            {"size_bytes": 301_000_000},
            {},
            (-14, -3),
            "size of the file: 301.0 MB for at most 300",
        ),
        (
            "instagram-reel",
            {"duration": Fraction(2)},
            {},
            (-14, -3),
            "length: 2.000 s for 3 to 900 s",
        ),
        (
            "broadcast-r128",
            {**BROADCAST, "frame_rate": Fraction(24)},
            {},
            (-23, -3),
            "24 frames a second for 25 or 50",
        ),
        (
            "broadcast-r128",
            {**BROADCAST, "audio": None},
            {},
            None,
            "sound: none, but a sound track is required",
        ),
        (
            "broadcast-r128",
            {**BROADCAST, "audio": SOUND},
            {},
            (-23, -3),
            "sound: aac for pcm_s24le",
        ),
    ],
)
def test_a_miss_names_value_and_bound(
    name: ProfileName, made: Any, form: Any, loud: tuple[float, float] | None, said: str
) -> None:
    own = PRORES if PROFILES[name].coding.codec == "prores" else H264
    measured = Measured(*loud) if loud is not None else None
    assert misses(PROFILES[name], info(**made), replace(own, **form), measured) == [said]
