"""What a decoder shows of a file where its headers come into force."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shotgraph.errors import MediaError
from shotgraph.media.coded_units import CodedUnits, coded_units
from shotgraph.media.reader import opened, picture_of
from shotgraph.media.source import identify


def header_pictures(path: Path, lengths: Sequence[int]) -> list[tuple[str, ...]]:
    """Decode, each by itself, the first key picture of each run, and where new headers are said.

    Two files that hold the same codings show the same, if they are read by headers that say the
    same; wrong headers may give wrong colours, or a grey picture, and no error.

    Args:
        path: A video without hidden pictures.
        lengths: How many pictures each run has, in the order of the file; together, all.

    Returns:
        For each run, hashes of what is seen.

    Raises:
        MediaError: It is neither H.264 nor HEVC of an mp4, or such a picture can't be decoded.
    """
    with opened(path, identify(path), looks_inside=False) as media:
        stream = picture_of(media)
        if stream is None:
            raise MediaError(f"{path} holds no picture")
        units = coded_units(stream, path)
        packets = (packet for packet in media.demux(stream) if packet.size)
        return [tuple(_run(stream, units, islice(packets, length))) for length in lengths]


def _run(
    stream: VideoStream, units: CodedUnits, packets: "Iterator[Packet[VideoStream]]"
) -> Iterator[str]:
    is_first = True
    for packet in packets:
        is_new = any(bytes(each) not in units.headers for each in units.parameter_sets(packet))
        if is_new or (is_first and packet.is_keyframe):
            yield _shown(stream, packet)
            is_first = False


def _shown(stream: VideoStream, packet: "Packet[VideoStream]") -> str:
    codec = stream.codec_context
    frames = [*codec.decode(packet), *codec.decode(None)]
    codec.flush_buffers()
    digest = hashlib.sha256()
    for frame in frames:
        _hash(frame, digest)
    return digest.hexdigest()


def _hash(frame: VideoFrame, digest: "hashlib._Hash") -> None:
    digest.update(f"{frame.format.name} {frame.width} {frame.height}".encode())
    for plane in frame.planes:
        lines = memoryview(plane)
        # What is left of a line beyond the picture is whatever was there before.
        for begin in range(0, plane.height * plane.line_size, plane.line_size):
            digest.update(lines[begin : begin + plane.width])
