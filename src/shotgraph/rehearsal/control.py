"""The book, the faults and the schemas over HTTP; fal has no such routes. They need no key.

The routes are below ``/_rehearsal``. They accept only requests to the server's own names, and no
request from a page of another origin (see `server`): otherwise any page in a browser could switch
faults on.

==========  ====================  ================================================================
GET         /book                 every accepted job, the counts, the sum
DELETE      /book                 clear the book; running jobs are cancelled, files stay
GET         /faults               the faults, each with the number of its uses
POST        /faults               switch on a fault, or a list of faults (see `faults`); gives ids
DELETE      /faults               switch all faults off
DELETE      /faults/{id}          switch one fault off
PUT         /schemas              keep an endpoint's OpenAPI document (see `platform`)
DELETE      /schemas              remove all OpenAPI documents
==========  ====================  ================================================================
"""

from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shotgraph.endpoints.any_endpoint import is_endpoint_id
from shotgraph.rehearsal.fal_replies import read_body, read_object
from shotgraph.rehearsal.faults import Fault
from shotgraph.rehearsal.stage import stage_of

_FAULTS = TypeAdapter(list[Fault] | Fault)
_BODY_BYTES = 1 << 20
_SCHEMA_BYTES = 4 << 20


def routes() -> list[Route]:
    """Return the routes below ``/_rehearsal``."""
    return [
        Route("/book", read_book, methods=["GET"]),
        Route("/book", clear_book, methods=["DELETE"]),
        Route("/faults", read_faults, methods=["GET"]),
        Route("/faults", add_faults, methods=["POST"]),
        Route("/faults", clear_faults, methods=["DELETE"]),
        Route("/faults/{id}", remove_fault, methods=["DELETE"]),
        Route("/schemas", put_schema, methods=["PUT"]),
        Route("/schemas", clear_schemas, methods=["DELETE"]),
    ]


async def read_book(request: Request) -> Response:
    """Return the book: jobs, counts, charges."""
    return JSONResponse(stage_of(request).book.as_json())


async def clear_book(request: Request) -> Response:
    """Stop all jobs and empty the book."""
    stage = stage_of(request)
    await stage.crew.stop()
    stage.book.clear()
    return Response(status_code=204)


async def read_faults(request: Request) -> Response:
    """Return the faults that are on."""
    return JSONResponse([fault.model_dump(mode="json") for fault in stage_of(request).faults])


async def add_faults(request: Request) -> Response:
    """Switch on the faults in the body; returns their ids."""
    stage = stage_of(request)
    try:
        given = _FAULTS.validate_json(await read_body(request, _BODY_BYTES))
    except ValidationError as error:
        # Without the input: JSON may be unable to hold it.
        said = error.errors(include_url=False, include_context=False, include_input=False)
        return JSONResponse({"detail": said}, 422)
    faults = given if isinstance(given, list) else [given]
    for fault in faults:
        stage.faults.add(fault)
    return JSONResponse({"ids": [fault.id for fault in faults]}, 201)


async def clear_faults(request: Request) -> Response:
    """Switch all faults off."""
    stage_of(request).faults.clear()
    return Response(status_code=204)


async def remove_fault(request: Request) -> Response:
    """Switch one fault off; 404 if it is not on."""
    removed = stage_of(request).faults.remove(request.path_params["id"])
    return Response(status_code=204 if removed else 404)


async def put_schema(request: Request) -> Response:
    """Keep the OpenAPI document of an endpoint."""
    endpoint_id = request.query_params.get("endpoint_id", "")
    if not is_endpoint_id(endpoint_id):
        raise HTTPException(400, "endpoint_id, in the address, names the endpoint")
    stage_of(request).schemas[endpoint_id] = await read_object(request, _SCHEMA_BYTES)
    return Response(status_code=204)


async def clear_schemas(request: Request) -> Response:
    """Remove all documents."""
    stage_of(request).schemas.clear()
    return Response(status_code=204)
