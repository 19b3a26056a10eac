"""A sound in Matroska of packets of one byte each: few bytes, and much to read."""

import struct
from pathlib import Path

_SECONDS_IN_A_CLUSTER = 30
_TO_A_SECOND = 1000


def write_many_packets(path: Path, packets: int) -> Path:
    """Write a file of so many packets, each of a millisecond."""
    with path.open("wb") as file:
        file.write(_element("1a45dfa3", _element("4282", b"matroska")))
        file.write(bytes.fromhex("18538067 01ffffffffffffff"))
        # Without a length, libav guesses one by the number of bytes.
        length = _element("4489", struct.pack(">d", packets))
        file.write(_element("1549a966", _element("2ad7b1", b"\x0f\x42\x40") + length))
        file.write(_element("1654ae6b", _track()))
        block = bytes.fromhex("a3 85 81")
        most = _SECONDS_IN_A_CLUSTER * _TO_A_SECOND
        whole = b"".join(block + time.to_bytes(2, "big") + b"\x80\x7f" for time in range(most))
        for start in range(0, packets, most):
            blocks = whole[: min(most, packets - start) * 7]
            file.write(_element("1f43b675", _element("e7", start.to_bytes(4, "big")) + blocks))
    return path


def _track() -> bytes:
    audio = _element("b5", bytes.fromhex("447a0000")) + _element("9f", b"\1")
    return _element(
        "ae",
        _element("d7", b"\1")
        + _element("73c5", b"\1")
        + _element("83", b"\2")
        + _element("86", b"A_PCM/INT/LIT")
        + _element("e1", audio + _element("6264", b"\x08")),
    )


def _element(name: str, data: bytes) -> bytes:
    return bytes.fromhex(name) + (len(data) | 1 << 56).to_bytes(8, "big") + data
