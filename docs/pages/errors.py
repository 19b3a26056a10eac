"""Exit codes and error codes: from the errors' classes, wherever they are."""

from importlib import import_module
from pkgutil import walk_packages

import shotgraph
from pages.table import code, first_line, table
from shotgraph.errors import Ambiguous, Retryable, ShotgraphError, Terminal

_EXITS = {
    0: "done",
    2: "a bad file, parameter or usage; nothing was sent",
    3: "over the budget; what would have gone over it was not sent",
    4: "a step failed for good, or could not be done this time; also instead of 2 if the run has "
    "bought something",
    5: "a job's outcome is not known; nothing was sent again",
    130: "interrupted; what was bought is on record",
}
_WORDS = (Retryable, Terminal, Ambiguous)


def page() -> str:
    """Write the page."""
    errors = sorted(
        _subclasses(ShotgraphError), key=lambda error: (_word(error), error.code, error.__name__)
    )
    unsaid = {error.exit_code for error in errors} - set(_EXITS)
    if unsaid:
        raise SystemExit(f"say what the exit codes {unsaid} mean")
    rows = [
        [
            code(error.code),
            code(error.__name__),
            _word(error),
            str(error.exit_code),
            first_line(error.__doc__),
        ]
        for error in errors
    ]
    words = [[word.__name__, first_line(word.__doc__)] for word in _WORDS]
    return "\n".join(
        [
            "# Exit codes and errors\n",
            table(["exit code", "meaning"], [[str(key), text] for key, text in _EXITS.items()]),
            "Every error is one of three:\n",
            table(["word", "meaning"], words),
            "`error.code` in the JSON of `run --json` and `plan --json` is one of these:\n",
            table(["code", "class", "word", "exit code", "meaning"], rows),
        ]
    )


def _subclasses(root: type[ShotgraphError]) -> set[type[ShotgraphError]]:
    for module in walk_packages(shotgraph.__path__, "shotgraph."):
        if not module.name.startswith("shotgraph.examples"):
            import_module(module.name)
    found, left = set(), [root]
    while left:
        error = left.pop()
        left += error.__subclasses__()
        if error is not root:
            found.add(error)
    return found


def _word(error: type[ShotgraphError]) -> str:
    return next((word.__name__ for word in _WORDS if issubclass(error, word)), "")
