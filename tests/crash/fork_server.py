"""A process that has everything imported, and forks each run before any thread or loop exists.

Started as ``python -m tests.crash.fork_server``. Reads one JSON line per run on stdin:
``{"run": 7, "order": {…}, "log": "…"}``; writes ``{"run": 7, "pid": 123}`` when it has begun,
``{"run": 7, "stopped": true}`` when it was stopped, ``{"run": 7, "exit": -9}`` when it has ended.
When stdin ends, so does every run.
"""

import gc
import json
import os
import select
import signal
import sys
from importlib import import_module
from typing import Any

import httpx

from shotgraph.inputs.guard import trusted

from .one_run import carry_out
from .order import Order


def main() -> None:
    """Serve until stdin ends."""
    _read_ahead()
    gc.disable()
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    runs: dict[int, int] = {}
    unread = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_what_became_of(runs)
        if 0 in ready:
            chunk = os.read(0, 1 << 16)
            if not chunk:
                break
            *lines, unread = (unread + chunk).split(b"\n")
            for line in lines:
                _begin(json.loads(line), runs)
    for pid in runs:
        os.kill(pid, signal.SIGKILL)


def _read_ahead() -> None:
    """Load what is otherwise loaded when it is first used: most of a short run's time."""
    trusted()
    import_module("anyio._backends._asyncio")
    httpx.Cookies().extract_cookies(httpx.Response(200, request=httpx.Request("GET", "http://a/")))


def _begin(asked: dict[str, Any], runs: dict[int, int]) -> None:
    pid = os.fork()
    if pid == 0:
        _be_a_run(Order.model_validate(asked["order"]), asked["log"])
    runs[pid] = asked["run"]
    _tell(run=asked["run"], pid=pid)


def _be_a_run(order: Order, log: str) -> None:
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for there, here in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(there, here)
        code = carry_out(order)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(code)


def _tell_what_became_of(runs: dict[int, int]) -> None:
    while runs:
        pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            return
        if os.WIFSTOPPED(status):
            _tell(run=runs[pid], stopped=True)
        else:
            _tell(run=runs.pop(pid), exit=os.waitstatus_to_exitcode(status))


def _tell(**fields: Any) -> None:
    os.write(1, json.dumps(fields).encode() + b"\n")


if __name__ == "__main__":
    main()
