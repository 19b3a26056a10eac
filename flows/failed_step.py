"""The report of a step that has failed."""

from shotgraph.errors import FaultyClip, Retryable, ShotgraphError, Terminal
from shotgraph.graph import Node
from shotgraph.media.quality.flaw import flaws_of_json
from shotgraph.report import StepReport


def failed_step(node: Node, error: BaseException) -> StepReport:
    """Report a step that has failed.

    Args:
        node: The step.
        error: The error that its task or its gate ended with.
    """
    if isinstance(error, TimeoutError):
        shown: ShotgraphError = Retryable(
            f"{node.name} took too long, and this run gave it up. Its purchases are on record: "
            "run again to continue; nothing is bought twice"
        )
    elif isinstance(error, ShotgraphError):
        shown = error
    else:
        shown = Terminal(f"{node.name}: an unexpected {type(error).__name__}: {error}")
    return StepReport(
        node.name,
        node.kind.name,
        "failed",
        shown.cost_usd,
        shown.request_id,
        error=shown,
        flaws=flaws_of_json(shown.faults) if isinstance(shown, FaultyClip) else (),
    )
