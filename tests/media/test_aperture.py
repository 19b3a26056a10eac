"""What is shown of a stored picture, turned as the picture is."""

import pytest

from shotgraph.media.display import Aperture, Orientation
from shotgraph.media.probe import read_media
from tests.joins.odd.bench import Bench
from tests.joins.odd.shapes import clean_aperture, cropped_matroska

_SIZE = (10, 6)
_PART = Aperture(left=1, top=2, width=4, height=3)


@pytest.mark.parametrize(
    ("rotation", "mirrored", "turned"),
    [
        (0, False, (1, 2, 4, 3)),
        (90, False, (1, 1, 3, 4)),
        (180, False, (5, 1, 4, 3)),
        (270, False, (2, 5, 3, 4)),
        (0, True, (5, 2, 4, 3)),
        (90, True, (1, 5, 3, 4)),
    ],
)
def test_it_is_turned_with_the_picture(
    rotation: int, mirrored: bool, turned: tuple[int, int, int, int]
) -> None:
    assert _PART.turned(_SIZE, Orientation(rotation, mirrored)) == Aperture(*turned)


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("odd"))


def test_it_is_read_of_an_mp4_and_a_matroska_file(bench: Bench) -> None:
    in_mp4 = read_media(clean_aperture(30, 10)(bench))
    in_mkv = read_media(cropped_matroska(bench))

    assert (in_mp4.aperture, in_mp4.width, in_mp4.height) == ((30, 0, 320, 180), 320, 180)
    assert (in_mkv.aperture, in_mkv.width) == ((40, 0, 320, 180), 320)
    assert read_media(bench.good).aperture is None
