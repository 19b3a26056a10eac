"""Mending and breaking the boxes of an mp4 (ISO/IEC 14496-12)."""

from collections.abc import Callable

# Boxes that hold boxes.
_FOLDERS = {
    b"moov",
    b"trak",
    b"mdia",
    b"minf",
    b"dinf",
    b"stbl",
    b"edts",
    b"moof",
    b"traf",
    b"udta",
}


def box(kind: bytes, payload: bytes) -> bytes:
    """One box."""
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


def change(data: bytes, kind: bytes, new: Callable[[bytes], bytes]) -> bytes:
    """Give every box of a kind another payload; all that it lies in fits again.

    The header of the file must come last, or what it says of places is no longer true.
    """
    out, position = b"", 0
    while position + 8 <= len(data):
        size, found = int.from_bytes(data[position : position + 4], "big"), data[position + 4 :][:4]
        payload = data[position + 8 : position + size]
        if found == kind:
            payload = new(payload)
        elif found in _FOLDERS:
            payload = change(payload, kind, new)
        out += box(found, payload)
        position += size
    return out


def put(payload: bytes, at: int, value: int, size: int = 4) -> bytes:
    """A payload with one number in it changed."""
    return payload[:at] + value.to_bytes(size, "big") + payload[at + size :]
