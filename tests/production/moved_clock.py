"""The wall clock of one process, moved while it runs; what waits or measures goes on as before.

libfaketime would do, but with its way to leave monotonic clocks alone `time.sleep` fails (0.9.10).
"""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

_SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *moved;

__attribute__((constructor)) static void open_file(void) {
    const char *path = getenv("MOVED_CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    void *seen = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
    if (seen != MAP_FAILED) moved = seen;
}

int clock_gettime(clockid_t clock, struct timespec *to) {
    int failed = syscall(SYS_clock_gettime, clock, to);
    if (!failed && clock == CLOCK_REALTIME && moved) to->tv_sec += *moved;
    return failed;
}

int gettimeofday(struct timeval *restrict to, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    to->tv_sec = now.tv_sec;
    to->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *to) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (to) *to = now.tv_sec;
    return now.tv_sec;
}
"""


class MovedClock:
    """A clock, for processes that are started with its environment.

    Args:
        folder: Where its library and its file are made.
    """

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("there is no C compiler: apt-get install gcc libc6-dev")
        (folder / "clock.c").write_text(_SOURCE)
        library, self._file = folder / "clock.so", folder / "clock"
        built = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(folder / "clock.c")]
        subprocess.run(built, check=True)
        self.move(0)
        self.env = {"LD_PRELOAD": str(library), "MOVED_CLOCK": str(self._file)}

    def move(self, seconds: int) -> None:
        """Have it say so much more than the machine's."""
        if not self._file.exists():
            self._file.write_bytes(bytes(8))
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", seconds))
