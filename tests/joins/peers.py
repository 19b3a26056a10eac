"""How others join clips: moviepy, ffmpeg-python as its manual has it, and a blind copy."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import ffmpeg

from shotgraph.media.binary import find_ffmpeg

# A Python that has moviepy; moviepy 2.2 needs a Pillow that is older than ours.
MOVIEPY_PYTHON = os.environ.get("SHOTGRAPH_MOVIEPY_PYTHON", sys.executable)
_SCRIPT = Path(__file__).with_name("moviepy_join.py")
_TIMEOUT_S = 120


class PeerError(Exception):
    """A peer said that it could not."""


class PeerAbsentError(Exception):
    """A peer is not installed."""


Joiner = Callable[[Sequence[Path], Path], None]


def copy_blindly(clips: Sequence[Path], film: Path) -> None:
    """What most answers to the question recommend."""
    listed = film.with_suffix(".txt")
    listed.write_text("".join(f"file '{clip}'\n" for clip in clips), encoding="utf-8")
    options = ("-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", "-y", str(film))
    _run([str(find_ffmpeg().path), "-nostdin", "-v", "error", *options])


def filter_naively(clips: Sequence[Path], film: Path) -> None:
    """The example in ffmpeg-python's own documentation."""
    inputs = [ffmpeg.input(str(clip)) for clip in clips]
    streams = [stream for each in inputs for stream in (each.video, each.audio)]
    joined = ffmpeg.concat(*streams, v=1, a=1).node
    output = ffmpeg.output(joined[0], joined[1], str(film), preset="ultrafast")
    command = [str(find_ffmpeg().path), "-nostdin", "-v", "error"]
    _run(ffmpeg.compile(output, cmd=command, overwrite_output=True))


def filter_scaled(clips: Sequence[Path], film: Path) -> None:
    """The usual advice for clips that differ: filters bring them to one size and rate, and join.

    The size and the rate of a plain clip; a clip alone keeps its rate.
    """
    size, rate = "320:180", ",fps=30" if len(clips) > 1 else ""
    parts, chain = [], ""
    for number in range(len(clips)):
        parts.append(
            f"[{number}:v]scale={size}:force_original_aspect_ratio=decrease,"
            f"pad={size}:-1:-1,setsar=1{rate},format=yuv420p[v{number}];"
            f"[{number}:a]aresample=48000,aformat=channel_layouts=stereo[a{number}];"
        )
        chain += f"[v{number}][a{number}]"
    graph = f"{''.join(parts)}{chain}concat=n={len(clips)}:v=1:a=1[v][a]"
    inputs = [word for clip in clips for word in ("-i", str(clip))]
    made = ["-map", "[v]", "-map", "[a]", "-preset", "ultrafast", "-y", str(film)]
    command = [str(find_ffmpeg().path), "-nostdin", "-v", "error"]
    _run([*command, *inputs, "-filter_complex", graph, *made])


def chain(clips: Sequence[Path], film: Path) -> None:
    """Join by moviepy's default."""
    _join_with_moviepy("chain", clips, film)


def compose(clips: Sequence[Path], film: Path) -> None:
    """Join by what moviepy recommends for clips of several sizes."""
    _join_with_moviepy("compose", clips, film)


PEERS: dict[str, Joiner] = {
    "moviepy chain": chain,
    "moviepy compose": compose,
    "ffmpeg-python": filter_naively,
    "-c copy": copy_blindly,
}


ODD_PEERS: dict[str, Joiner] = {
    "moviepy compose": compose,
    "ffmpeg, scaled": filter_scaled,
    "-c copy": copy_blindly,
}
"""Who is given the odd files too, each at its best."""


def _join_with_moviepy(method: str, clips: Sequence[Path], film: Path) -> None:
    if not _has_moviepy():
        raise PeerAbsentError(f"{MOVIEPY_PYTHON} has no moviepy")
    _run([MOVIEPY_PYTHON, str(_SCRIPT), method, str(film), *map(str, clips)])


@cache
def _has_moviepy() -> bool:
    asked = [MOVIEPY_PYTHON, "-c", "import moviepy"]
    return not subprocess.run(asked, capture_output=True, check=False).returncode


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, "IMAGEIO_FFMPEG_EXE": str(find_ffmpeg().path)},
            timeout=_TIMEOUT_S,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"not done after {_TIMEOUT_S} s") from error
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stderr.splitlines() if line.strip()]
        raise PeerError(said[-1] if said else f"exit code {error.returncode}") from error
