"""Find ffmpeg: the program named in the environment, the system's, or the wheel's."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shotgraph.errors import MediaError

VARIABLE = "SHOTGRAPH_FFMPEG"
OLDEST = "5.1"

# libavfilter always has a number; the program's version may be a git revision ("N-1234-g…").
_OLDEST_LIBAVFILTER = (8, 44)
_ENCODERS = frozenset({"aac", "libx264"})
# fmt: off
# Some builds have no zscale: without it wide colours can't be converted.
_FILTERS = frozenset({
    "acrossfade", "adelay", "afade", "aformat", "alimiter", "ametadata", "amix", "anullsrc", "apad",
    "aresample", "asetpts", "asplit", "atempo", "atrim", "avgblur", "blend", "bwdif", "color",
    "concat", "crop", "drawbox", "ebur128", "eq", "fade", "format", "fps", "gblur", "hflip",
    "hstack", "hue", "join", "lagfun", "loop", "loudnorm", "lut3d", "lutrgb", "lutyuv", "metadata",
    "negate", "overlay", "pad", "perspective", "pseudocolor", "reverse", "scale", "scdet", "select",
    "setparams", "setpts", "setsar", "settb", "shuffleframes", "sidechaincompress", "sobel",
    "split", "thumbnail", "tpad", "trim", "unsharp", "vflip", "volume", "vstack", "xfade",
    "zoompan", "zscale",
})
# fmt: on
# Usually 0.1 s; on a busy machine it has taken longer than 20 s.
_INSPECTION_TIMEOUT_S = 120


@dataclass(frozen=True)
class Ffmpeg:
    """An ffmpeg that was run once and has all the encoders and filters that we use.

    Attributes:
        path: The program.
        version: The version that it reports.
        encoders: The names of all its encoders.
    """

    path: Path
    version: str
    encoders: frozenset[str] = frozenset()


def find_ffmpeg() -> Ffmpeg:
    """Find the ffmpeg to run; the result is cached for each value of the environment.

    ``$SHOTGRAPH_FFMPEG`` is used or refused, never ignored. Without it, the system's ffmpeg is
    used if it is 5.1 or newer and has the encoders and filters we use, else the program in the
    wheel of ``imageio-ffmpeg``. A build is judged by its lists of encoders and filters, not by its
    version alone: several recent builds lack filters.

    Raises:
        MediaError: No ffmpeg can be used; the message says why for each program.
    """
    return _find(os.environ.get(VARIABLE), os.environ.get("PATH"))


@lru_cache(maxsize=8)
def _find(named: str | None, search_path: str | None) -> Ffmpeg:
    if named:
        try:
            return _inspect(Path(named).absolute())
        except MediaError as error:
            raise MediaError(f"${VARIABLE} can't be used: {error}") from error
    refused: list[str] = []
    for candidate in (_system(search_path), _bundled()):
        if candidate is None:
            continue
        try:
            return _inspect(candidate)
        except MediaError as error:
            refused.append(str(error))
    reasons = "; ".join(refused) or "there is none on the PATH, and the wheel brought none"
    raise MediaError(
        f"no ffmpeg can be used: {reasons}. "
        f"Install ffmpeg {OLDEST} or newer, or name one in ${VARIABLE}."
    )


def _system(search_path: str | None) -> Path | None:
    found = shutil.which("ffmpeg", path=search_path)
    return Path(found).absolute() if found else None


def _bundled() -> Path | None:
    import imageio_ffmpeg

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:  # a platform without a binary in its wheel
        return None


def _inspect(path: Path) -> Ffmpeg:
    banner = _ask(path, "-version")
    version = re.search(r"^ffmpeg version (\S+)", banner)
    library = re.search(r"^libavfilter\s+(\d+)\.\s*(\d+)\.", banner, re.MULTILINE)
    if version is None or library is None:
        raise MediaError(f"{path} does not answer as ffmpeg does")
    if (int(library[1]), int(library[2])) < _OLDEST_LIBAVFILTER:
        raise MediaError(f"{path} is version {version[1]}; {OLDEST} is the oldest that will do")
    encoders = _names(_ask(path, "-encoders"))
    missing = (_ENCODERS - encoders) | (_FILTERS - _names(_ask(path, "-filters")))
    if missing:
        raise MediaError(f"{path} ({version[1]}) was built without {', '.join(sorted(missing))}")
    return Ffmpeg(path, version[1], frozenset(encoders))


def _names(listing: str) -> set[str]:
    rows = (line.split() for line in listing.splitlines())
    return {row[1] for row in rows if len(row) > 1}


def _ask(path: Path, question: str) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - an argv list, no shell
            [str(path), "-hide_banner", question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"PATH": os.defpath},
            timeout=_INSPECTION_TIMEOUT_S,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise MediaError(
            f"{path} did not answer within {_INSPECTION_TIMEOUT_S} s: the machine may be too busy"
        ) from None
    except (OSError, subprocess.SubprocessError) as error:
        raise MediaError(f"{path} did not run: {error}") from error
    return answer.stdout.decode("utf-8", "replace")
