"""One request that waits for the model's answer, as ``fal.run`` does it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shotgraph.rehearsal.queue import accept, answer_of, submitted_to
from shotgraph.rehearsal.spoilt_replies import place
from shotgraph.rehearsal.stage import Stage


def routes() -> list[Route]:
    """The routes below the base of the direct way."""
    return [Route("/{path:path}", place("run", run, endpoint_of=submitted_to), methods=["POST"])]


async def run(request: Request, stage: Stage) -> Response:
    """Accept, wait, answer. Whoever hangs up has still bought the job."""
    job = await accept(request, stage, host="run")
    if isinstance(job, Response):
        return job
    await job.until_ended()
    return answer_of(job)
