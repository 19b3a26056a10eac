"""Is there a join for every kind of clip? Read from the list, not from the clips."""

from collections import Counter

import pytest

from tests.joins.cases import CUTS, PAIRS, TRIPLES
from tests.joins.film_format import film_format

pytestmark = pytest.mark.media

WANTED = {
    "codec": {"h264", "hevc", "vp9", "prores"},
    "rate": {"23.976", "24", "25", "29.97", "30", "60", "variable"},
    "size": {"720p", "1080p", "4k", "portrait", "odd", "rotated", "anamorphic"},
    "layout": {"none", "mono", "stereo", "5.1"},
    "sample_rate_hz": {44_100, 48_000},
    "length": {"equal", "longer", "shorter"},
    "sound_codec": {"aac", "opus", "pcm"},
    "container": {"mp4", "mov", "webm"},
}


def test_there_are_enough() -> None:
    assert len(set(PAIRS)) == len(PAIRS) >= 40
    assert len(set(TRIPLES)) == len(TRIPLES) >= 10


@pytest.mark.parametrize("dimension", WANTED)
def test_every_kind_is_in_two_films_at_least(dimension: str) -> None:
    films = Counter(
        value for case in CUTS for value in {getattr(take, dimension) for take in case.takes}
    )

    assert set(films) == WANTED[dimension]
    assert min(films.values()) >= 2


def test_films_are_of_every_rate_and_shape() -> None:
    formats = [film_format(case.takes) for case in CUTS]

    assert {round(float(rate), 3) for _, rate in formats} == {23.976, 24, 25, 29.97, 30, 60}
    assert {size for size, _ in formats} == {
        *((1280, 720), (1920, 1080), (3840, 2160), (720, 1280), (1278, 718)),
    }
