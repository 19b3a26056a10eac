"""Whom TLS connections trust."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """Read the trusted certificates once: it takes 36 ms, in which nothing else of a run goes on.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name others than the usual ones.
    """
    return httpx.create_ssl_context()
