"""Files as editors hand them over, and in codecs that are not opened."""

from pathlib import Path

from tests.joins.odd.bench import Bench
from tests.joins.odd.case import Maker


def picture(codec: str, pixel_format: str, into: str, *options: str, size: str = "") -> Maker:
    """With another coding of the picture."""

    def make(bench: Bench) -> Path:
        scaled = ["-vf", f"scale={size}:flags=neighbor"] if size else []
        how = [*scaled, "-c:v", codec, "-pix_fmt", pixel_format, *options, "-c:a", "copy"]
        return bench.run("-i", bench.good, *how, into=into)

    return make


def sound(codec: str, into: str, *options: str) -> Maker:
    """With another coding of the sound."""

    def make(bench: Bench) -> Path:
        how = ["-c:v", "copy", "-c:a", codec, *options, "-strict", "-2"]
        return bench.run("-i", bench.good, *how, into=into)

    return make
