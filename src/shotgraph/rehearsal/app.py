"""All of it on one address: each of fal's hosts is a folder."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from shotgraph.rehearsal import (
    cdn,
    control,
    platform,
    queue,
    run,
    schemas,
    storage,
)
from shotgraph.rehearsal.stage import Stage


def build_app(stage: Stage) -> Starlette:
    """The application of one server."""
    app = Starlette(
        routes=[
            Mount("/queue", routes=queue.routes()),
            Mount("/run", routes=run.routes()),
            Mount("/rest", routes=storage.routes()),
            Mount("/cdn", routes=cdn.routes()),
            Mount("/api", routes=[*platform.routes(), *schemas.routes()]),
            Mount("/_rehearsal", routes=[*control.routes(), *schemas.control_routes()]),
        ],
        exception_handlers={HTTPException: _as_json},
    )
    app.state.stage = stage
    return app


async def _as_json(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)
