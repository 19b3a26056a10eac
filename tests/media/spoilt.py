"""Files with a damaged packet."""

from pathlib import Path

import av


def spoil_picture(source: Path, target: Path, *, at_s: float) -> Path:
    """Copy a clip, with the middle of the first picture's packet from a second on made zeros."""
    with av.open(str(source)) as media:
        packets = [packet for packet in media.demux(video=0) if packet.size]
        place = min(
            (packet for packet in packets if (packet.pts or 0) * (packet.time_base or 0) >= at_s),
            key=lambda packet: packet.pts or 0,
        )
        assert place.pos is not None
        begin, size = place.pos, place.size
    data = bytearray(source.read_bytes())
    data[begin + size // 4 : begin + size * 3 // 4] = bytes(size * 3 // 4 - size // 4)
    target.write_bytes(data)
    return target
