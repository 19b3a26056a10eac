"""The headers of a submission, besides the key: how fal is to treat the request.

https://fal.ai/docs/documentation/model-apis/common-parameters and
https://fal.ai/docs/documentation/model-apis/request-tags. Where fal's pages name a header in two
ways, both are sent: which one the gateway reads could not be tried.
"""

import re
from collections.abc import Mapping

from shotgraph.fal.windows import Windows

MOST_TAGS = 10
MOST_CHARACTERS = 128
"""Of a tag's value. fal takes 256 of each, and 1,024 bytes of all keys and values together."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def submit_headers(
    windows: Windows, tags: Mapping[str, str], *, allow_fallback: bool = False
) -> dict[str, str]:
    """Write the headers.

    Args:
        windows: How long the job may wait for a runner.
        tags: Labels under which fal reports what requests cost, at most `MOST_TAGS`.
        allow_fallback: Whether fal may let an equivalent endpoint do the job where its own fails.
    """
    start_s = f"{windows.start_s:g}"
    headers = {"X-Fal-Request-Timeout": start_s, "X-Fal-Request-Start-Timeout": start_s}
    if not allow_fallback:
        headers |= {"x-app-fal-disable-fallback": "1", "x-fal-disable-fallbacks": "1"}
    said = [f"{name}={_value(text)}" for name, text in tags.items() if _value(text)]
    if said:
        headers["X-Fal-Tags"] = ",".join(said[:MOST_TAGS])
    return headers


def _value(text: str) -> str:
    """Keep letters, digits and ``._-``: fal drops a tag with anything that it does not allow."""
    return _UNSAFE.sub("-", text).strip("-")[:MOST_CHARACTERS]
