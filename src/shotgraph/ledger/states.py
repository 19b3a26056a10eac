"""What an attempt's events add up to: one table, which the code and its model share."""

from typing import Literal, TypeAlias

JobState: TypeAlias = Literal[
    "new", "sending", "unknown", "in_flight", "turned", "given_up", "failed", "succeeded"
]
"""new: never tried. sending: claimed, and the answer is not on record. unknown: the same, and its
sender has lost the answer. in_flight: fal has it. turned: fal did not take it. given_up: it was
looked for and is not there, or what it made is lost. failed: fal took it and failed.
succeeded: there is a result."""

Happening: TypeAlias = Literal[
    "intent",
    "doubt",
    "accepted",
    "turned",
    "given_up",
    "cancel",
    "failure",
    "success",
    "forgotten",
]

TABLE: dict[tuple[JobState, Happening], JobState] = {
    ("new", "intent"): "sending",
    ("sending", "doubt"): "unknown",
    ("sending", "accepted"): "in_flight",
    ("sending", "turned"): "turned",
    ("sending", "given_up"): "given_up",
    ("unknown", "accepted"): "in_flight",
    ("unknown", "turned"): "turned",
    ("unknown", "given_up"): "given_up",
    ("in_flight", "cancel"): "in_flight",
    ("in_flight", "failure"): "failed",
    ("in_flight", "success"): "succeeded",
    ("in_flight", "forgotten"): "given_up",
    ("succeeded", "forgotten"): "given_up",
    # A person gave it up while a run was hearing that it had failed.
    ("failed", "forgotten"): "given_up",
}

MAY_BUY: frozenset[JobState] = frozenset({"new", "turned", "given_up", "failed"})
"""The states of the latest attempt in which the next one may begin."""


def step(state: JobState, happening: Happening) -> JobState:
    """Go one step through the table.

    Raises:
        KeyError: That can't happen in this state.
    """
    return TABLE[state, happening]
