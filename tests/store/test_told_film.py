"""A film that tells its story, as an input: it is the film alone that is taken in."""

from pathlib import Path

import pytest

from shotgraph.media.file_parts import behind
from shotgraph.store import Store, sha256_of_file
from shotgraph.store.assets import size_of_file

FILM = b"\0\0\0\x14ftypisom\0\0\0\0isom" + bytes(range(256)) * 40
STORY = behind("mp4", {"title": "harbour"}, b'{"words": "only for those who have the film"}')


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = tmp_path / "bare.mp4"
    path.write_bytes(FILM)
    return path


def with_more(bare: Path, more: bytes) -> Path:
    path = bare.with_name("told.mp4")
    path.write_bytes(FILM + more)
    return path


async def test_it_is_the_same_asset_with_its_story_and_without(store: Store, bare: Path) -> None:
    told = with_more(bare, STORY)
    taken = await store.assets.add(told, "video")
    assert taken == await store.assets.add(bare, "video")
    assert (await store.assets.file(taken)).read_bytes() == FILM
    assert told.read_bytes() == FILM + STORY, "the film itself stays as it is"


def test_its_hash_and_size_are_those_of_the_film(bare: Path) -> None:
    told = with_more(bare, STORY)
    assert sha256_of_file(told) == sha256_of_file(bare)
    assert size_of_file(told) == len(FILM)


@pytest.mark.parametrize(
    "more",
    [
        STORY[:-1],
        STORY + b"x",
        STORY[:30] + b"?" + STORY[31:],
        STORY[:-16] + b"\xff" * 8 + STORY[-8:],
        b"shotgrph",
        b"x" * 90 + b"shotgrph",
    ],
    ids=["cut", "more", "changed", "too long", "a word", "no story"],
)
async def test_what_is_no_whole_story_belongs_to_the_file(
    store: Store, bare: Path, more: bytes
) -> None:
    told = with_more(bare, more)
    taken = await store.assets.add(told, "video")
    assert taken.size_bytes == size_of_file(told) == len(FILM + more)
    assert taken.sha256 == sha256_of_file(told) != sha256_of_file(bare)
    assert (await store.assets.file(taken)).read_bytes() == FILM + more
