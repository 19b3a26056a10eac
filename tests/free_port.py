"""A port for a server that is started later, in a process of its own."""

import random
import socket

FIRST, LAST = 15_000, 31_999
"""Below those that Linux gives by itself: of those, somebody else may be given it meanwhile."""


def free_port() -> int:
    """Choose a port of the loopback at which nobody listens."""
    while True:
        port = random.SystemRandom().randint(FIRST, LAST)
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port
