"""Failpoints: tests kill a run at each of them, to show that nothing is lost or bought twice.

Each name is at one place in the code. Without ``SHOTGRAPH_FAILPOINT`` nothing happens there.
``SHOTGRAPH_FAILPOINT=intent_put:kill`` kills the process there; ``:raise`` raises; ``:torn`` writes
half of a record and kills; ``:pause`` stops the process until it gets SIGCONT. A number, as in
``poll:kill:3``, means the third time.
"""

import os
import signal
from collections import Counter
from enum import StrEnum


class Failpoint(StrEnum):
    """Every failpoint, in the order in which a job passes them."""

    JOB_LOOKED_UP = "job_looked_up"
    INPUTS_CHECKED = "inputs_checked"
    UPLOAD_BEGUN = "upload_begun"
    UPLOAD_DONE = "upload_done"
    UPLOAD_NOTED = "upload_noted"
    BUDGET_RESERVED = "budget_reserved"
    INTENT_PUT = "intent_put"
    INTENT_THERE = "intent_there"
    CONNECTED = "connected"
    DEADLINE_CHECKED = "deadline_checked"
    POST_SENT = "post_sent"
    REPLY_READ = "reply_read"
    OUTCOME_PUT = "outcome_put"
    OUTCOME_THERE = "outcome_there"
    POLL = "poll"
    COMPLETED_SEEN = "completed_seen"
    RESULT_READ = "result_read"
    ENDED_PUT = "ended_put"
    ENDED_THERE = "ended_there"
    FETCH_HALF = "fetch_half"
    FETCHED = "fetched"
    ASSET_PUT = "asset_put"
    ASSET_THERE = "asset_there"
    RESULT_PUT = "result_put"
    RESULT_THERE = "result_there"
    RECONCILE_LISTED = "reconcile_listed"
    CLAIM_PUT = "claim_put"
    GIVE_UP_PUT = "give_up_put"
    FLAWS_PUT = "flaws_put"
    FLAWS_THERE = "flaws_there"
    LOCAL_MADE = "local_made"
    EXPORT_COPIED = "export_copied"


class Injected(BaseException):
    """Raised at a failpoint; no `except Exception` catches it."""


_passed: Counter[str] = Counter()


def armed(failpoint: Failpoint, action: str) -> bool:
    """Tell whether an action is set for this passing of a failpoint."""
    setting = os.environ.get("SHOTGRAPH_FAILPOINT")
    if not setting:
        return False
    name, _, rest = setting.partition(":")
    wanted, _, count = rest.partition(":")
    return name == failpoint and wanted == action and _passed[failpoint] + 1 == int(count or "1")


def reach(failpoint: Failpoint) -> None:
    """Pass a failpoint; nothing happens unless it is armed."""
    if not os.environ.get("SHOTGRAPH_FAILPOINT"):
        return
    if armed(failpoint, "kill") or armed(failpoint, "torn"):
        os.kill(os.getpid(), signal.SIGKILL)
    if armed(failpoint, "pause"):
        _passed[failpoint] += 1
        os.kill(os.getpid(), signal.SIGSTOP)
        return
    if armed(failpoint, "raise"):
        _passed[failpoint] += 1
        raise Injected(failpoint)
    _passed[failpoint] += 1
