"""fal's answer to a job, and the files in the answer that the step takes."""

from decimal import Decimal
from typing import Any

from shotgraph.endpoints import Endpoint
from shotgraph.endpoints.endpoint import Output, has_files, only_file, outline, url_at, urls_in
from shotgraph.errors import Terminal
from shotgraph.money.attempts import Attempt
from shotgraph.money.events import Accepted, Intent
from shotgraph.money.job import Job


class NotInReply(Terminal):
    """A job's reply has no file where the step looks for one."""

    code = "not_in_reply"


def locate(endpoint: Endpoint, attempt: Attempt, output: Any) -> dict[str, tuple[str, str]]:
    """Find the files that a step takes in the answer to its job.

    Kling makes one video. If an answer of Kling has no video at the documented path, as in
    ``{"data": {"video": …}}``, the only video in the answer is taken. A ``fal`` step names its
    path itself.

    Returns:
        For each expected path, the path where the file was found, and the file's URL.
    """
    intent, found = attempt.find(Intent), dict[str, tuple[str, str]]()
    for wanted in endpoint.outputs:
        url = url_at(output, wanted.path)
        if url is not None:
            found[wanted.path] = (wanted.path, url)
        elif endpoint.has_limits:
            sent = urls_in(intent.body if intent is not None else None)
            there = only_file(output, wanted.kind, sent)
            if there is not None:
                found[wanted.path] = there
    return found


def lacking(endpoint: Endpoint, attempt: Attempt, output: Any) -> str:
    """Say which file an answer lacks, so that fal is asked again; empty if it has every file.

    Any answer of an endpoint other than Kling's counts as final: if the path that the step names
    is not in it, asking again can't help.
    """
    if not endpoint.has_limits and is_answer(endpoint, output):
        return ""
    there = locate(endpoint, attempt, output)
    paths = [f'"{one.path}"' for one in endpoint.outputs if one.path not in there]
    return f"no file at {', '.join(paths)}; it has: {outline(output)}" if paths else ""


def is_answer(endpoint: Endpoint, output: Any) -> bool:
    """Whether an answer without the expected file may be the endpoint's complete answer.

    Every answer of Kling names a file. Other endpoints may return a text or a number. An answer
    with only a `detail` is one of fal's errors.
    """
    says_more = isinstance(output, dict) and bool(output.keys() - {"detail"})
    return has_files(output) or (says_more and not endpoint.has_limits)


def not_in_reply(
    job: Job, attempt: Attempt, output: Any, cost_usd: Decimal, wanted: Output
) -> NotInReply:
    """Make the error of an answer that has no file where the step looks for one.

    Args:
        job: The job.
        attempt: The attempt that fal answered.
        output: The answer.
        cost_usd: The most that fal bills for the attempt, in dollars.
        wanted: The output that the answer lacks.
    """
    accepted = attempt.find(Accepted)
    request_id = accepted.request_id if accepted is not None else "unknown"
    done = "is done at fal" if job.endpoint.has_limits else "succeeded"
    said = (
        f"{job.step}: request {request_id} of {job.endpoint.id} {done}, for at most "
        f'${cost_usd:.2f}, and its reply has no file at "{wanted.path}"; it has: {outline(output)}'
    )
    if job.endpoint.has_limits:
        held = [f"({', '.join(urls_in(output))})"] if has_files(output) else []
        several = f", and no single {wanted.kind} that could be the output" if held else ""
        what_now = (
            "run again: shotgraph first asks fal for the reply again, and nothing is bought "
            f'again. To buy another job: "shotgraph reconcile {job.key[:12]} --buy-again", and run '
            "again"
        )
        said = " ".join([said + several, *held])
    elif has_files(output):
        what_now = (
            "write one of these paths as the step's output and run again: shotgraph fetches the "
            "file, and nothing is bought again"
        )
    else:
        what_now = (
            "the reply has no file that a step could pass on. Another run buys nothing and ends "
            "with the same error, unless fal's reply has changed by then. Remove the step, or "
            "use an endpoint that makes a video, an image or a sound"
        )
    error = NotInReply(f"{said}. It is on record: {what_now}")
    error.request_id = request_id
    return error
