"""Files with something wrong inside, as disks, cards and networks leave them."""

from collections.abc import Callable
from pathlib import Path

import av

from tests.joins.odd.bench import Bench
from tests.joins.odd.case import Maker

Spoil = Callable[[bytearray, int, int], None]
"""Changes a packet of a file: the file's bytes, where the packet begins, its size."""


def spoilt(
    name: str, kind: str, at_s: float, spoil: Spoil, *, many: int = 1, of: str = ""
) -> Maker:
    """With packets of a stream changed, from one that is shown at a second on.

    Args:
        name: Of the file.
        kind: video or audio.
        at_s: Where the damage begins.
        spoil: What becomes of a packet.
        many: How many packets.
        of: The coding of the file; that of `Bench.detailed` if empty.
    """

    def make(bench: Bench) -> Path:
        source = bench.detailed(of)
        with av.open(str(source)) as media:
            stream = media.streams.video[0] if kind == "video" else media.streams.audio[0]
            places = sorted(
                (float(packet.pts * packet.time_base), packet.pos, packet.size)
                for packet in media.demux(stream)
                if packet.pts is not None and packet.pos is not None and packet.time_base
            )
        data = bytearray(source.read_bytes())
        for _, begin, size in [place for place in places if place[0] >= at_s - 0.001][:many]:
            spoil(data, begin, size)
        made = bench.path(name)
        made.write_bytes(data)
        return made

    return make


def zeros(data: bytearray, begin: int, size: int) -> None:
    """A lost block of a disk."""
    until = begin + size * 3 // 4
    data[begin + size // 4 : until] = bytes(until - begin - size // 4)


def one_bit(data: bytearray, begin: int, size: int) -> None:
    """A bit that tipped over."""
    data[begin + size // 3] ^= 0x10


def noise(data: bytearray, begin: int, size: int) -> None:
    """Other bytes, none of which stays what it was."""
    for place in range(begin + size // 4, begin + size):
        data[place] ^= 0x35 + place % 11
