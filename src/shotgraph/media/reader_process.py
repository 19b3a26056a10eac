"""The program of the child that reads media: it gets a request per line, and answers with a line.

It starts with an empty environment. Before the first file it gives up the network if the system
allows it (`_leave_network`; elsewhere only libav's list of protocols, ``file``, protects), writing
to files, and memory and time beyond its `Bounds`. It runs as the same user, so it can still read
all files of that user.
"""

import json
import math
import os
import resource
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from shotgraph.errors import MediaError

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES = 38


def serve(cpu_s: int, memory_mb: int, niceness: int) -> None:
    """Answer requests until stdin is closed.

    Args:
        cpu_s: Seconds of processor time for each file.
        memory_mb: Megabytes of data.
        niceness: The niceness of this process.
    """
    os.nice(niceness)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # a library's prints must not mix with the answers
    no_network = _leave_network()
    from shotgraph.media.inspection import inspect_here
    from shotgraph.media.lettering import draw_here
    from shotgraph.media.quality.measuring import look_here
    from shotgraph.media.reading import read_here
    from shotgraph.media.timecode_reading import start_timecode_here

    _set_limits(memory_mb << 20)
    _say(answers, {"ready": True, "no_network": no_network})
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        _allow_time(cpu_s)
        path = Path(asked["path"])
        try:
            # Messages name paths as the user gave them; relative paths need the parent's folder.
            os.chdir(asked["folder"])
            how = asked.get("how") or {}
            found: dict[str, Any]
            if said := asked.get("draw"):
                found = {"drawn": draw_here(path, said)}
            elif how.pop("start_timecode", None):
                start = start_timecode_here(path)
                found = {"start_timecode": asdict(start) if start is not None else None}
            elif how.pop("measure", None):
                looked = look_here(path, **how)
                found = {
                    "measured": looked.measures.as_json(),
                    "inspected": looked.findings.as_json(),
                }
            elif how:
                found = {"inspected": inspect_here(path, **how).as_json()}
            else:
                found = {"info": read_here(path).model_dump(mode="json")}
        except MediaError as error:
            is_of_memory = _is_of_memory(error)
            found = _out_of_memory(path, memory_mb) if is_of_memory else {"error": error.message}
        except MemoryError:
            found = _out_of_memory(path, memory_mb)
        except Exception as error:  # a damaged file can cause any error
            found = {"error": f"{path} can't be read: {type(error).__name__}: {error}"[:2000]}
        _say(answers, found)
        if "last" in found:
            return


def _say(answers: BinaryIO, found: dict[str, Any]) -> None:
    answers.write(json.dumps(found).encode() + b"\n")


def _is_of_memory(error: BaseException | None) -> bool:
    from av.error import FFmpegError

    while error is not None:
        if isinstance(error, MemoryError) and not isinstance(error, FFmpegError):
            return True
        error = error.__cause__
    return False


def _out_of_memory(path: Path, memory_mb: int) -> dict[str, Any]:
    # Memory is not always given back to the system, so the next file gets a new process.
    said = f"{path} is not opened: to read it takes over {memory_mb} MB of memory, the limit"
    return {"error": said, "last": True}


def _allow_time(cpu_s: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time()) + cpu_s
    if most != resource.RLIM_INFINITY:
        until = min(until, most - 1)  # at the hard limit SIGKILL would hide the reason
    resource.setrlimit(resource.RLIMIT_CPU, (until, most))


def _set_limits(memory_bytes: int) -> None:
    # The limit is on data, not on addresses: a decoder's threads reserve many addresses, use few.
    bounds = {
        resource.RLIMIT_DATA: memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for bound, most in bounds.items():
        with suppress(OSError, ValueError):  # the system lacks the limit, or has a lower one
            resource.setrlimit(bound, (most, most))


def _leave_network() -> bool:
    """Move this process to an empty network namespace; tell whether the system allowed it."""
    if sys.platform != "linux":
        return False
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if libc.unshare(_NEW_NET) == 0:
        return True
    # In a new user namespace root could no longer read the files of other users.
    return os.geteuid() != 0 and libc.unshare(_NEW_USER | _NEW_NET) == 0
