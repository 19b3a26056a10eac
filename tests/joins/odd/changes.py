"""Files whose stream changes on the way, as recorders and lossless merges write them."""

from pathlib import Path

from tests.joins.odd.bench import Bench
from tests.joins.odd.case import Maker

_H264 = ("-c:v", "libx264", "-g", "30", "-bf", "0", "-c:a", "copy")


def merged(name: str, at_frame: int, *filters: str, coder: tuple[str, ...] = _H264) -> Maker:
    """Two parts in one file, the second with other filters of its picture, merged by copying."""

    def make(bench: Bench) -> Path:
        container = name.rpartition(".")[2]
        kind = "ts" if coder == _H264 else container
        parts = []
        bounds = [("0", str(at_frame)), (str(at_frame), "60")]
        for number, (begin, end) in enumerate(bounds):
            cut = f"trim=start_frame={begin}:end_frame={end},setpts=PTS-STARTPTS"
            chain = ",".join([cut, filters[number]])
            into = f"part-{number}-{name}.{kind}"
            parts.append(bench.run("-i", bench.good, "-vf", chain, *coder, "-an", into=into))
        names = "".join(f"file {part.name}\n" for part in parts)
        bench.path(f"{name}.txt").write_text(names, encoding="ascii")
        given: list[str | Path] = [
            "-f",
            "concat",
            "-i",
            bench.path(f"{name}.txt"),
            "-i",
            bench.good,
        ]
        maps = ["-map", "0:v", "-map", "1:a", "-c", "copy"]
        sound = ["-c:a", "libopus"] if container == "webm" else []
        return bench.run(*given, *maps, *sound, into=name)

    return make


def tags(space: str, primaries: str = "", transfer: str = "", limits: str = "tv") -> str:
    """A filter that says other colours, and changes none."""
    both = f"color_primaries={primaries or space}:color_trc={transfer or space}"
    return f"setparams=colorspace={space}:{both}:range={limits}"


def channels(codec: str, name: str) -> Maker:
    """Mono for a second, then stereo."""

    def make(bench: Bench) -> Path:
        parts = []
        for number, layout in enumerate(("mono", "stereo")):
            cut = f"atrim=start={number}:end={number + 1},asetpts=PTS-STARTPTS"
            shaped = f"{cut},aformat=channel_layouts={layout}"
            kind = "ac3" if codec == "ac3" else "aac"
            how = ["-vn", "-af", shaped, "-c:a", codec, "-b:a", "192k"]
            parts.append(bench.run("-i", bench.good, *how, into=f"{number}-{name}.{kind}"))
        both = bench.path(f"both-{name}.{'ac3' if codec == 'ac3' else 'aac'}")
        both.write_bytes(b"".join(part.read_bytes() for part in parts))
        maps = ["-map", "0:v", "-map", "1:a", "-c", "copy"]
        return bench.run("-i", bench.good, "-i", both, *maps, into=name)

    return make
