from fractions import Fraction

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import read_media
from shotgraph.media.target_format import TargetFormat, WantedFormat, choose_format, format_of
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


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (WantedFormat(), TargetFormat(64, 36, Fraction(30))),
        (WantedFormat(width=1280), TargetFormat(1280, 720, Fraction(30))),
        (WantedFormat(height=100), TargetFormat(178, 100, Fraction(30))),
        (WantedFormat(1000, 1000), TargetFormat(1000, 1000, Fraction(30))),
        (WantedFormat(frame_rate=Fraction(24)), TargetFormat(64, 36, Fraction(24))),
    ],
)
def test_what_is_said_goes_before_the_clips(
    wanted: WantedFormat, chosen: TargetFormat, info: MediaInfo
) -> None:
    assert choose_format([info], wanted) == chosen


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (WantedFormat(641, 360), "641 x 360"),
        (WantedFormat(14, 360), "14 x 360"),
        (WantedFormat(7680, 7680), "7680 x 7680"),
        (WantedFormat(width=7682), "7682 x 4322"),
        (WantedFormat(frame_rate=Fraction(121)), "121 frames per second"),
        (WantedFormat(frame_rate=Fraction(1, 2)), "1/2 frames per second"),
    ],
)
def test_a_format_that_can_not_be_made_is_an_error(
    wanted: WantedFormat, said: str, info: MediaInfo
) -> None:
    with pytest.raises(MediaError, match=f"{said} can't be made"):
        choose_format([info], wanted)
