"""Where a request meets the key check and the faults, before and after its handler."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from shotgraph.rehearsal.faults import Place
from shotgraph.rehearsal.replies import WRONG_KEY, json_reply, key_accepted
from shotgraph.rehearsal.spoilt_replies import refusal, spoil
from shotgraph.rehearsal.stage import Stage, stage_of

Handler: TypeAlias = Callable[[Request, Stage], Awaitable[Response]]
EndpointOf: TypeAlias = Callable[[Request, Stage], str | None]


def _of_no_endpoint(request: Request, stage: Stage) -> str | None:
    return None


def place(
    at: Place,
    handler: Handler,
    *,
    endpoint_of: EndpointOf = _of_no_endpoint,
    needs_key: bool = True,
) -> Callable[[Request], Awaitable[ASGIApp]]:
    """A route's function: refuse, or handle and then answer as the faults want it.

    Args:
        at: The name of the place, for faults.
        handler: What the request does.
        endpoint_of: The endpoint that a request is about, for faults that name one.
        needs_key: Whether the request must carry the key.
    """

    async def endpoint(request: Request) -> ASGIApp:
        stage = stage_of(request)
        if needs_key and not key_accepted(request, stage.options.key):
            stage.book.count("keys_refused")
            return _noted(json_reply(WRONG_KEY, 401), at, stage)
        fault = stage.faults.take_reply(at, endpoint_of(request, stage))
        if fault is not None and not fault.takes_effect:
            return _noted(refusal(fault), at, stage)
        reply = await handler(request, stage)
        return reply if fault is None else await spoil(reply, fault)

    return endpoint


def _noted(reply: ASGIApp, at: Place, stage: Stage) -> ASGIApp:
    if at in ("submit", "run"):
        stage.book.count("submits")
        stage.book.count("submits_refused")
    return reply
