"""The OpenAPI documents of endpoints, as ``fal.ai/api/openapi`` has them.

A rehearsal has none until one is put there: ``PUT /_rehearsal/schemas?endpoint_id=…``.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shotgraph.endpoints.any_endpoint import is_endpoint_id
from shotgraph.rehearsal.replies import read_object
from shotgraph.rehearsal.stage import stage_of

_MOST_BYTES = 4 << 20


def routes() -> list[Route]:
    """The routes below the base of the platform API; no key is needed, as at fal."""
    return [Route("/openapi/queue/openapi.json", read, methods=["GET"])]


def control_routes() -> list[Route]:
    """The routes below ``/_rehearsal``."""
    return [
        Route("/schemas", put, methods=["PUT"]),
        Route("/schemas", clear, methods=["DELETE"]),
    ]


async def read(request: Request) -> Response:
    """Give a document; 404 and ``null`` where there is none."""
    stage = stage_of(request)
    stage.book.count("schemas")
    document = stage.schemas.get(request.query_params.get("endpoint_id", ""))
    return JSONResponse(document, 200 if document is not None else 404)


async def put(request: Request) -> Response:
    """Keep a document."""
    endpoint_id = request.query_params.get("endpoint_id", "")
    if not is_endpoint_id(endpoint_id):
        raise HTTPException(400, "endpoint_id, in the address, names the endpoint")
    stage_of(request).schemas[endpoint_id] = await read_object(request, _MOST_BYTES)
    return Response(status_code=204)


async def clear(request: Request) -> Response:
    """Forget them all."""
    stage_of(request).schemas.clear()
    return Response(status_code=204)
