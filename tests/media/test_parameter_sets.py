"""What an mp4 says before its H.264 pictures."""

from dataclasses import replace
from pathlib import Path

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.smart.clip import read_clip
from shotgraph.media.smart.pattern import ParameterSets, read_sets

# Set 40 for pictures: 1, then 00101001 behind five zeros, is 41 - 1 (H.264, 9.1).
_FORTY = bytes([0x68, 0b00000101, 0b00100000])


@pytest.fixture(scope="module")
def headers(first: Path) -> bytes:
    return read_clip(first).headers


def test_it_is_read_and_written_as_it_was(headers: bytes) -> None:
    sets = read_sets(headers)

    assert sets.coded() == headers
    assert (len(sets.sequences), len(sets.pictures)) == (1, 1)
    assert (sets.profile, sets.level) == (66, 13)
    assert sets.numbers() == {0}


def test_two_are_put_into_one(headers: bytes) -> None:
    sets = read_sets(headers)
    other = replace(sets, pictures=(_FORTY,))

    both = read_sets(sets.joined(other).coded())

    assert both == replace(sets, sequences=sets.sequences * 2, pictures=(*sets.pictures, _FORTY))
    assert both.numbers() == {0, 40}


def test_a_mark_in_a_set_is_no_part_of_its_number() -> None:
    # 32 zeros, less a mark after 16 of them, then a one: no coder writes it, but all is read.
    marked = ParameterSets(b"\x01\x64\0\x0d\xff", (), (b"\x68\0\0\3\0\0\x80" + b"\0" * 5,), b"")

    assert marked.numbers() == {2**32 - 1}


@pytest.mark.parametrize("damage", [b"", b"\0\0\0\x01\x67\x64\0\x0d", b"\x01\x64\0\x0d\xff\xe1"])
def test_something_else_is_an_error(damage: bytes) -> None:
    with pytest.raises(MediaError, match=r"H\.264 stream"):
        read_sets(damage)


def test_every_cut_is_an_error(headers: bytes) -> None:
    end = len(headers)
    whole = read_sets(headers)
    for length in range(end - len(whole.rest)):
        with pytest.raises(MediaError):
            read_sets(headers[:length])


def test_a_set_without_a_number_is_an_error(headers: bytes) -> None:
    with pytest.raises(MediaError, match="cut short"):
        replace(read_sets(headers), pictures=(b"\x68\0",)).numbers()
