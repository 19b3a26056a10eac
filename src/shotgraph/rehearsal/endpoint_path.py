"""What part of an endpoint's id stands in which URL.

An id is ``owner/app[/path]``. Submitting takes all of it; status, result and cancel take only
``owner/app``. The namespaces ``workflows`` and ``comfy`` shift that by one segment.
"""

import re
from dataclasses import dataclass

from shotgraph.endpoints import ENDPOINTS

_NAMESPACES = ("workflows", "comfy")
_APP = rf"(?P<app>(?:(?:{'|'.join(_NAMESPACES)})/)?[^/]+/[^/]+)"
_OF_REQUEST = re.compile(
    rf"{_APP}/requests/(?P<request_id>[^/]+)(?:/(?P<what>status|status/stream|cancel))?"
)


@dataclass(frozen=True)
class RequestPath:
    """The path of one request.

    Attributes:
        app: ``owner/app``.
        request_id: The id that submitting returned.
        what: ``status``, ``status/stream``, ``cancel``; empty for the result.
    """

    app: str
    request_id: str
    what: str


def request_path(path: str) -> RequestPath | None:
    """Read the path of a request, without its leading slash; None if it is not one."""
    found = _OF_REQUEST.fullmatch(path)
    if found is None:
        return None
    return RequestPath(found["app"], found["request_id"], found["what"] or "")


def app_of(endpoint_id: str) -> str:
    """``owner/app`` of a full id."""
    segments = endpoint_id.split("/")
    return "/".join(segments[: 3 if segments[0] in _NAMESPACES else 2])


KLING_APPS = frozenset(app_of(endpoint_id) for endpoint_id in ENDPOINTS)
"""Of these only the endpoints that are known are there."""
