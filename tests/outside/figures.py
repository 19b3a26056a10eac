"""What is counted from outside, by number."""

from tests.figures import Board, Count

__all__ = ["BOARD", "Count"]

_KINDS = {
    1: "every Python that is named",
    2: "only the model's own word ends a paid job",
    3: "only a person's cancel cancels at fal",
    4: "no reply breaks the paid path",
    5: "not sent is not unknown",
    6: "what was paid is said as paid",
    7: "the wall holds for fal steps",
    8: "output says what it is before it is bought",
    9: "the right account",
    10: "the store fails after the reply",
    11: "retries below ours",
    12: "dead ends",
    13: "purge --films keeps what paid jobs took",
    14: "headers that fal has",
    15: "a prompt that is too long",
    16: "all of what a film cost",
    17: "Ctrl-C at a terminal",
    18: "nothing paid is replaced by less",
    19: "options that name nothing are errors",
    20: "every problem of a file at once",
    21: "what survived mutation",
    22: "tests that a busy machine fails",
    23: "what a run shows at a terminal",
}

BOARD = Board("from outside", _KINDS)
