"""fal's answer to a job, and the files in the answer that the step takes."""

from decimal import Decimal
from typing import Any

from shotgraph.endpoints import Endpoint
from shotgraph.endpoints.endpoint import (
    Output,
    has_files,
    is_empty_at,
    only_file,
    outline,
    url_at,
    urls_in,
)
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
    """Say which file an answer lacks; empty if it has every file of the step.

    An answer that lacks a file is never final: each later run asks fal for it again.
    """
    there = locate(endpoint, attempt, output)
    paths = [f'"{one.path}"' for one in endpoint.outputs if one.path not in there]
    return f"no file at {', '.join(paths)}; {_held(output)}" if paths else ""


def to_come(endpoint: Endpoint, attempt: Attempt, output: Any) -> str:
    """Say which file may still come, so that a run waits for it; empty if it need not wait.

    If an answer names files, and not at the step's path, then the path is wrong, and a person is
    told at once. If it names no file, or has an empty place for the file, it came too early.
    Kling's endpoints have only one shape, so their answers are always waited for.
    """
    empty = [one for one in endpoint.outputs if is_empty_at(output, one.path)]
    is_other_shape = not endpoint.has_limits and has_files(output) and not empty
    return "" if is_other_shape else lacking(endpoint, attempt, output)


def is_answer(endpoint: Endpoint, output: Any) -> bool:
    """Whether an answer without the expected file shows that the job has ended.

    Every answer of Kling names a file. Other endpoints may return a text or a number. An answer
    with only a `detail` is one of fal's errors. No such answer is final: each later run asks fal
    for it again.
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
        f'${cost_usd:.2f}, and its reply has no file at "{wanted.path}"; {_held(output)}'
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
            "file, and nothing is bought again. A run with the same output asks fal for the reply "
            "once more"
        )
    else:
        what_now = (
            "another run asks fal for the reply once more before anything else, and buys nothing. "
            "If the endpoint makes no file, each run ends with the same error: remove the step, or "
            "use an endpoint that makes a video, an image or a sound"
        )
    error = NotInReply(f"{said}. It is on record: {what_now}")
    error.request_id = request_id
    return error


def _held(output: Any) -> str:
    """What an answer has, in words; never a value of it."""
    has = "it has" if has_files(output) else "it names no file at all, and has"
    return f"{has}: {outline(output)}"
