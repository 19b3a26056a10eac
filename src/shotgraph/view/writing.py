"""What a page may send: JSON of a known shape, from our own pages alone.

A browser sends a cookie along with requests of other pages too, and takes other ports of this
machine for the same site. So the page that sends has to say who it is, and only ours are heard; and
JSON is nothing that a form can send.
"""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

MOST_BYTES = 1 << 15
"""Of what a page sends."""

Body = TypeVar("Body", bound=BaseModel)


async def body_of(request: Request, shape: type[Body]) -> Body:
    """Read what was sent.

    Raises:
        HTTPException: It is not from a page of ours, or is not of this shape.
    """
    _check_sender(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "JSON is needed here.")
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > MOST_BYTES:
            raise HTTPException(413, "That is too much.")
    try:
        return shape.model_validate_json(bytes(read))
    except ValidationError as error:
        raise HTTPException(422, _said(error)) from None


_PLAIN = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "string_too_short": "it is empty",
    "string_type": "it is no text",
    "int_type": "it is no whole number",
    "int_from_float": "it is no whole number",
    "model_type": "it is no JSON object",
}
"""What pydantic finds, in our words."""


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return f"What was sent is no JSON: {first['ctx']['error']}"
    bounds = first.get("ctx", {})
    what = _PLAIN.get(first["type"], first["msg"])
    if first["type"] == "string_too_long":
        what = f"it has more than {bounds['max_length']} characters"
    elif first["type"] == "value_error":
        what = str(bounds["error"])
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {what}" if place else f"What was sent is wrong: {what}"


def _check_sender(request: Request) -> None:
    # Whoever sends the token itself is no page: no page has it.
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403, "Only a page of this server may do that.")
    # That it is no other's origin was looked at before (see `callers`); here it has to be there.
    if not request.headers.get("origin"):
        raise HTTPException(403, "The page that sends this does not say who it is.")
