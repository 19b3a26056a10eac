"""What is put before ffmpeg on the command line: programs that change a setting and become it."""

import shutil
import subprocess
from functools import lru_cache

NICENESS = 10
_CHECK_TIMEOUT_S = 5


@lru_cache(maxsize=1)
def leash() -> tuple[str, ...]:
    """Give ffmpeg a low priority, and have Linux kill it when we die.

    ffmpeg does not end by itself: it goes on when nobody reads its progress any more. The signal
    follows the thread that started it, which is the one of the loop that waits for it; when that
    has ended, nobody is left to want the result.

    Returns:
        The first words of a command line; fewer where these programs are not there.
    """
    nice = shutil.which("nice")
    return (*_dies_with_us(), *((nice, "-n", str(NICENESS)) if nice else ()))


def _dies_with_us() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    words = (setpriv, "--pdeathsig", "KILL")
    try:
        # That of busybox, and of util-linux before 2.33, does not know the option.
        subprocess.run(  # noqa: S603 - an argv list of our own words
            [*words, setpriv, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_CHECK_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return words
