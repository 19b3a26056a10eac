from fractions import Fraction

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import read_media
from shotgraph.media.target_format import TargetFormat, choose_format, format_of
from tests.media.coded_clips import write_clip


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> MediaInfo:
    return read_media(
        write_clip(tmp_path_factory.mktemp("format") / "x.mp4", clip=1, frames=10, size=(64, 36))
    )


def with_(info: MediaInfo, **changes: object) -> MediaInfo:
    return info.model_copy(update=changes)


def test_the_most_seconds_win_over_the_most_clips(info: MediaInfo) -> None:
    short = with_(info, duration=Fraction(2))
    long = with_(info, duration=Fraction(5), width=128, height=72, frame_rate=Fraction(24))

    assert choose_format([short, short, long]) == TargetFormat(128, 72, Fraction(24))
    assert choose_format([short, short, short, long]) == TargetFormat(64, 36, Fraction(30))


def test_of_equals_the_first_wins(info: MediaInfo) -> None:
    other = with_(info, width=128, height=72)

    assert choose_format([info, other]).width == 64
    assert choose_format([other, info]).width == 128


def test_a_format_can_be_coded(info: MediaInfo) -> None:
    odd = with_(info, width=853, height=481)
    uneven = with_(info, frame_rate=Fraction(1800, 89), constant_frame_rate=False)

    assert format_of(odd) == TargetFormat(852, 480, Fraction(30))
    assert format_of(uneven).frame_rate == Fraction(24000, 1001)


def test_without_video_there_is_no_format(info: MediaInfo) -> None:
    with pytest.raises(MediaError, match="no clip"):
        choose_format([])
    with pytest.raises(MediaError, match="image, not video"):
        choose_format([with_(info, kind="image", frame_rate=None)])
