"""Bytes that no coder of H.264 or HEVC writes inside of a picture, such as a run of zeros."""

from collections.abc import Iterator


def holds_start_code(data: bytes, prefix: int) -> bool:
    """Whether there are three bytes in a coded picture that stand between pictures only.

    ITU-T H.264, 7.4.1. Zeros at the end of a unit are padding.

    Args:
        data: A packet.
        prefix: How many bytes the length of a unit has.
    """
    return any(_is_broken(unit) for unit in _units(data, prefix))


def unit_prefix(codec: str, headers: bytes) -> int:
    """How many bytes the length of a unit has; 0 where units are told apart in another way."""
    place = {"h264": 4, "hevc": 21}.get(codec)
    if place is None or len(headers) <= place or headers[0] != 1:
        return 0
    return (headers[place] & 3) + 1


def _units(data: bytes, prefix: int) -> Iterator[bytes]:
    place = 0
    while place + prefix < len(data):
        begin = place + prefix
        place = begin + int.from_bytes(data[place:begin], "big")
        yield data[begin:place]


def _is_broken(unit: bytes) -> bool:
    place = unit.find(b"\0\0")
    last = len(unit.rstrip(b"\0"))
    while 0 <= place < last - 2:
        if unit[place + 2] < 3:
            return True
        place = unit.find(b"\0\0", place + 2)
    return False
