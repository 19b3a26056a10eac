"""What is done to a video before a model sees it: nothing that need not be."""

from fractions import Fraction
from typing import Any

import pytest

from shotgraph.endpoints.arguments import video_misfits
from shotgraph.making.fit import Piece, VideoFit, fit_video
from shotgraph.media.info import MediaInfo
from shotgraph.media.target_format import TargetFormat

NTSC_FILM = Fraction(24000, 1001)
HD = TargetFormat(1280, 720, Fraction(30))


def video(**changed: Any) -> MediaInfo:
    rate, frames = changed.get("frame_rate", Fraction(30)), changed.get("frames", 150)
    fields = {
        "kind": "video",
        "container": "mp4",
        "codec": "h264",
        "width": 1280,
        "height": 720,
        "pixel_format": "yuv420p",
        "rotation": 0,
        "sample_aspect_ratio": 1,
        "frame_rate": rate,
        "constant_frame_rate": True,
        "frames": frames,
        "duration": frames / Fraction(rate),
        "time_base": Fraction(1, 15360),
        "size_bytes": 1_000_000,
        "audio": None,
    }
    return MediaInfo.model_validate({**fields, **changed})


def fit(**changed: Any) -> VideoFit:
    found = fit_video(video(**changed), "split")
    assert found is not None
    return found


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"width": 720, "height": 1280},
        {"width": 2160, "height": 720},
        {"frame_rate": Fraction(24), "frames": 72},
        {"frame_rate": Fraction(60000, 1001), "frames": 600},
        {"frames": 301},
        {"codec": "hevc", "container": "mov", "pixel_format": "yuv420p10le"},
        {"size_bytes": 200_000_000},
    ],
)
def test_what_is_inside_the_limits_goes_through_untouched(changed: dict[str, Any]) -> None:
    assert video_misfits(video(**changed)) == []
    assert fit_video(video(**changed), "split") is None


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ((640, 360), (1280, 720)),
        ((360, 640), (720, 1280)),
        ((3840, 2160), (2160, 1216)),
        ((2160, 3840), (1216, 2160)),
        ((1920, 480), (2160, 720)),  # 540 high, and margins
        ((1000, 100), (2160, 720)),
        ((853, 480), (1280, 720)),
        ((1279, 721), (1278, 720)),
        ((719, 1000), (720, 1002)),
        ((720, 2161), (720, 2160)),
    ],
)
def test_sides_are_brought_between_720_and_2160(
    size: tuple[int, int], made: tuple[int, int]
) -> None:
    found = fit(width=size[0], height=size[1]).target_format

    assert (found.width, found.height) == made


@pytest.mark.parametrize(
    ("rate", "frames", "made", "made_frames"),
    [
        (NTSC_FILM, 96, 24, 96),  # shown frame by frame
        (Fraction(15), 60, 30, 120),
        (Fraction(12), 48, 24, 96),
        (Fraction(23), 92, 46, 184),
        (Fraction(120), 480, 60, 240),
        (Fraction(100), 400, 50, 200),
        (Fraction(61), 305, Fraction(61, 2), 153),
    ],
)
def test_even_rates_are_brought_between_24_and_60(
    rate: Fraction, frames: int, made: Fraction, made_frames: int
) -> None:
    found = fit(frame_rate=rate, frames=frames)

    assert found.target_format.frame_rate == made
    assert found.pieces == (Piece(0, made_frames, made_frames),)
    assert found.frame_rate == (rate if found.retime else made)


def test_an_uneven_rate_becomes_the_next_standard_one() -> None:
    found = fit(constant_frame_rate=False, frame_rate=Fraction(27), duration=Fraction(5))

    assert found.target_format.frame_rate == Fraction(30000, 1001)
    assert found.changes == ("its uneven frame rate is made 29.97",)


def test_a_short_shot_is_held_and_its_own_frames_are_known() -> None:
    found = fit(frames=45)

    assert found.pieces == (Piece(first=0, frames=45, sent=90),)
    assert found.needs_restoring
    assert found.changes == ("its last frame is held, 1.5 s to 3 s",)
    assert found.seconds(found.pieces[0]) == 3


def test_a_long_shot_is_cut_into_pieces() -> None:
    found = fit_video(video(frames=951), "split", cuts=[250])
    assert found is not None

    assert found.pieces[0] == Piece(0, 250, 250)
    assert sum(piece.frames for piece in found.pieces) == 951
    assert found.needs_restoring


def test_of_a_long_shot_that_another_follows_the_end_is_shown() -> None:
    found = fit_video(video(frames=951), "end")
    assert found is not None

    assert found.pieces == (Piece(651, 300, 300),)
    assert found.changes == ("the last 10 s of its 31.7 s are shown to the model",)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"container": "webm", "codec": "vp9"}, "vp9 in webm is made h264 in mp4"),
        ({"container": "mov", "codec": "prores"}, "prores in mov is made h264 in mp4"),
        ({"pixel_format": "yuv444p"}, "yuv444p is made yuv420p"),
        ({"size_bytes": 200_000_001}, "200 MB are made less than 200"),
        ({"colour": {"transfer": "smpte2084"}}, "HDR is made SDR"),
        ({"colour": {"transfer": "arib-std-b67"}}, "HDR is made SDR"),
        ({"colour": {"primaries": "smpte432"}}, "its wide colours are made BT.709"),
        ({"colour": {"space": "bt2020nc"}}, "its wide colours are made BT.709"),
        ({"transparent": True}, "its transparent parts are shown over black"),
        ({"mirrored": True}, "it is mirrored, as players show it"),
        ({"interlaced": True}, "interlaced frames are made whole"),
        ({"rotation": 90}, "it is turned upright by 90 degrees"),
        ({"sample_aspect_ratio": "4/3"}, "its pixels are made square from 4/3"),
    ],
)
def test_what_is_coded_otherwise_is_coded_anew(changed: dict[str, Any], said: str) -> None:
    found = fit(**changed)

    assert found.changes == (said,)
    assert found.target_format == HD
    assert not found.needs_restoring
