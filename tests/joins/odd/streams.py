"""Files with more in them than a picture and a sound, in other orders, on other clocks."""

from pathlib import Path

from tests.joins.odd.bench import Bench
from tests.joins.odd.case import Maker

_A_LINE = "1\n00:00:00,000 --> 00:00:01,000\nhi\n"


def subtitles(many: int, into: str, codec: str) -> Maker:
    """With so many subtitles."""

    def make(bench: Bench) -> Path:
        text = bench.path("a.srt")
        text.write_text(_A_LINE, encoding="ascii")
        given = [word for _ in range(many) for word in ("-i", text)]
        maps = [word for number in range(many + 1) for word in ("-map", str(number))]
        coded = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "30"]
        how = [*coded, "-c:a", "libopus"] if into.endswith("webm") else ["-c", "copy"]
        return bench.run("-i", bench.good, *given, *maps, *how, "-c:s", codec, into=into)

    return make


def fonts(bench: Bench) -> Path:
    """With twenty attachments."""
    font = bench.path("a.ttf")
    font.write_bytes(bytes(100))
    given = [word for _ in range(20) for word in ("-attach", font)]
    kinds = ["-metadata:s:t", "mimetype=application/x-truetype-font"]
    return bench.run("-i", bench.good, *given, *kinds, "-c", "copy", into="fonts.mkv")


def cover_first(bench: Bench) -> Path:
    """With a cover image before its tracks, as some drones write it."""
    cover = bench.run("-i", bench.plain, "-frames:v", "1", into="cover.jpg")
    maps = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic"]
    with_cover = bench.run("-i", bench.good, "-i", cover, *maps, into="cover-last.mp4")
    made = bench.path("cover-first.mp4")
    made.write_bytes(_first_in_moov(with_cover.read_bytes(), b"udta"))
    return made


def cover_as_picture(bench: Bench) -> Path:
    """With a cover that Matroska calls a picture like any other."""
    cover = bench.run("-i", bench.plain, "-frames:v", "1", into="cover.jpg")
    return _second_is_default(bench, cover, "cover-as-picture.mkv")


def second_picture(bench: Bench) -> Path:
    """With another picture before the default one."""
    return _second_is_default(bench, bench.plain, "second-picture.mkv")


def _second_is_default(bench: Bench, first: Path, into: str) -> Path:
    maps = ["-map", "0:v", "-map", "1:v", "-map", "1:a", "-c", "copy"]
    default = ["-disposition:v:0", "0", "-disposition:v:1", "default"]
    return bench.run("-i", first, "-i", bench.good, *maps, *default, into=into)


def sound_first(bench: Bench) -> Path:
    """With its sound as the first stream."""
    maps = ["-map", "0:a", "-map", "0:v", "-c", "copy"]
    return bench.run("-i", bench.good, *maps, into="sound-first.mp4")


def later(container: str, begins_s: int) -> Maker:
    """With a clock that begins at another time."""

    def make(bench: Bench) -> Path:
        webm = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"]
        how = webm if container == "webm" else ["-c", "copy"]
        offset = ["-output_ts_offset", str(begins_s)]
        return bench.run("-i", bench.good, *how, *offset, into=f"later-{begins_s}.{container}")

    return make


def _first_in_moov(data: bytes, kind: bytes) -> bytes:
    begin, size = _box(data, 0, len(data), b"moov")
    inner, inner_size = _box(data, begin + 8, begin + size, kind)
    moved = data[inner : inner + inner_size]
    rest = data[begin + 8 : inner] + data[inner + inner_size : begin + size]
    return data[: begin + 8] + moved + rest + data[begin + size :]


def _box(data: bytes, start: int, stop: int, kind: bytes) -> tuple[int, int]:
    while start < stop:
        size = int.from_bytes(data[start : start + 4], "big")
        if data[start + 4 : start + 8] == kind:
            return start, size
        start += size
    raise ValueError(f"no {kind!r}")
