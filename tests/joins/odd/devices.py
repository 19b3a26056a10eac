"""Files as browsers, cameras, studios and cutters write them that only copy."""

from pathlib import Path

from tests.joins.odd.bench import Bench
from tests.joins.odd.case import Maker


def copied(into: str, *how: str, b_frames: int = 0, options: str = "") -> Maker:
    """The good clip, copied into another file in another way."""

    def make(bench: Bench) -> Path:
        given = {"bf": str(b_frames), "g": "30"}
        given |= {"x264-params": options} if options else {}
        good = bench.written(f"b-{b_frames}-{len(options)}.mp4", options=given)
        return bench.run("-i", good, "-c", "copy", *how, into=into)

    return make


def recorded(into: str, *how: str) -> Maker:
    """Coded as a browser does: nothing is written later, so it has no length and no index."""

    def make(bench: Bench) -> Path:
        return bench.run("-i", bench.good, *how, "-f", "webm", "-live", "1", into=into)

    return make


def shifted_sound(by_s: str, into: str) -> Maker:
    """Its sound begins later than its picture, or earlier."""

    def make(bench: Bench) -> Path:
        good = bench.good
        maps = ["-map", "0:v", "-map", "1:a", "-c", "copy"]
        return bench.run("-i", good, "-itsoffset", by_s, "-i", good, *maps, into=into)

    return make


def late_picture(by_s: str, into: str) -> Maker:
    """Its picture begins later than its sound."""

    def make(bench: Bench) -> Path:
        good = bench.good
        maps = ["-map", "0:v", "-map", "1:a", "-c", "copy"]
        return bench.run("-itsoffset", by_s, "-i", good, "-i", good, *maps, into=into)

    return make


def cut_by_copying(into: str, codec: str, *how: str) -> Maker:
    """Cut at a key frame of an open group, without an edit list: frames before it need what is
    gone."""

    def make(bench: Bench) -> Path:
        whole = bench.run(
            "-i", bench.good, "-c:v", codec, *how, "-c:a", "copy", into=f"open-{into}"
        )
        return bench.run("-ss", "1", "-i", whole, "-c", "copy", into=into)

    return make
