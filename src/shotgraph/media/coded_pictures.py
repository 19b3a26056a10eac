"""Whether the coded pictures of a film are those of its pieces, bit for bit."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from av.packet import Packet
from av.video.stream import VideoStream

from shotgraph.media.coded_units import CodedUnits, coded_units
from shotgraph.media.reader import opened, picture_of
from shotgraph.media.source import identify


class CodedPictures:
    """What makes pictures: the codings themselves, and the headers by which they are read.

    What stands between pictures is left out: headers are written again where clips meet.

    Attributes:
        headers: All that were said before the pictures, each once.
    """

    def __init__(self) -> None:
        self.headers: set[bytes] = set()
        self._digest = hashlib.sha256()
        self._units: CodedUnits | None = None

    @property
    def sha256(self) -> str:
        """Of all pictures so far, one after the other."""
        return self._digest.hexdigest()

    def add(self, packet: "Packet[VideoStream]", path: Path) -> None:
        """Add a packet of a file.

        Raises:
            MediaError: It is neither H.264 nor HEVC of an mp4, or is damaged.
        """
        if self._units is None or self._units.path != path:
            self._units = coded_units(packet.stream, path)
            self.headers.add(self._units.headers)
        for unit in self._units.pictures(packet):
            self._digest.update(unit)


def coded_pictures(paths: Iterable[Path]) -> CodedPictures:
    """Hash the coded pictures of files, as if they were one, in the order of the files.

    Raises:
        MediaError: One is neither H.264 nor HEVC in an mp4, or is damaged.
    """
    pictures = CodedPictures()
    for path in paths:
        with opened(path, identify(path), looks_inside=False) as media:
            stream = picture_of(media)
            for packet in media.demux(stream) if stream is not None else ():
                if packet.size:  # not the end, as PyAV marks it
                    pictures.add(packet, path)
    return pictures
