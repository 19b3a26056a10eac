"""Who may put a file on the CDN: whoever has the key, or a token that was lent for it."""

from starlette.requests import Request

from shotgraph.rehearsal.replies import key_accepted
from shotgraph.rehearsal.stage import Stage


def may_upload(request: Request, stage: Stage) -> bool:
    """Whether a request carries the key, a token, or a grant in its URL."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    lent = scheme == "Bearer" and token in stage.tokens
    granted = request.query_params.get("upload") in stage.tokens
    return lent or granted or key_accepted(request, stage.options.key)
