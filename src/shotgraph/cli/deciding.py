"""Questions at the terminal, when a run waits for a person."""

import re
import sys
from dataclasses import dataclass, field
from decimal import Decimal

from shotgraph.errors import Interrupted, InvalidInput, ShotgraphError, Undecided

_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass
class TerminalAnswers:
    """The answers that a person gave at the terminal.

    Attributes:
        approve: Names of steps, or ``all``.
        pick: The number of the chosen take, from 1, by the name of the step.
        agreed_usd: The dollars that a person agreed to spend at most; None if nobody was asked.
        backend: The name of the fal that the person was told of; None if of none.
    """

    approve: list[str] = field(default_factory=list)
    pick: dict[str, int] = field(default_factory=dict)
    agreed_usd: Decimal | None = None
    backend: str | None = None


def picks(pairs: list[str]) -> dict[str, int]:
    """Read ``name=number`` pairs from a command line.

    Raises:
        InvalidInput: A pair has another form, or names a step twice; the message lists all of them.
    """
    found: dict[str, int] = {}
    wrong = []
    for pair in pairs:
        name, equals, number = pair.partition("=")
        if not equals or not name or not _NUMBER.fullmatch(number):
            wrong.append(f'--pick "{pair}": write --pick name=2, for the second take')
        elif name in found:
            wrong.append(f'--pick "{pair}": "{name}" is given twice')
        else:
            found[name] = int(number)
    if wrong:
        raise InvalidInput("\n".join(wrong))
    return found


def ask(error: ShotgraphError | None, answers: TerminalAnswers) -> bool:
    """Ask the question that a run waits for, if a person is at the terminal.

    Returns:
        Whether there is an answer, so that the run can continue.

    Raises:
        Interrupted: The person pressed Ctrl-C at the question.
    """
    if not isinstance(error, Undecided) or not at_terminal():
        return False
    _say(f"{error.message}\n")
    try:
        if error.clips == 1:
            if not says_yes(f"Continue with {error.step}?"):
                return False
            answers.approve.append(error.step)
            return True
        take = _number(f"Which take of {error.step} should the film use?", error.clips)
    except KeyboardInterrupt:
        raise Interrupted(
            f"\nThe question about {error.step} was not answered. Nothing is running; the "
            "finished steps are kept: run again to be asked again"
        ) from None
    if take is not None:
        answers.pick[error.step] = take
    return take is not None


def at_terminal() -> bool:
    """Whether the command can ask a person: stdin and stderr are terminals."""
    return not no_terminal()


def no_terminal() -> str:
    """The reason why the command can't ask anybody; empty if it can."""
    streams = {"stdin": sys.stdin, "stderr": sys.stderr}
    return next((f"{name} is no terminal" for name in streams if not streams[name].isatty()), "")


def says_yes(question: str) -> bool:
    """Ask a yes-or-no question; an empty answer means no."""
    while True:
        said = _answered(f"{question} [y/N]: ")
        if said is None or said.lower() in ("", "n", "no"):
            return False
        if said.lower() in ("y", "yes"):
            return True
        _say(f'"{said}" is not an answer: type y or n\n')


def _number(question: str, most: int) -> int | None:
    """Ask for a number from 1 to `most`; None if the person chooses none."""
    while True:
        said = _answered(f"{question} (1 to {most}, 0 for none) [0]: ")
        if said in (None, "", "0"):
            return None
        if _NUMBER.fullmatch(said) and 1 <= int(said) <= most:
            return int(said)
        _say(f'"{said}" is not an answer: type a number from 1 to {most}, or 0 for none\n')


def _answered(question: str) -> str | None:
    """Ask, and return the answer; None if the input has ended (Ctrl-D)."""
    _say(question)
    line = sys.stdin.readline()
    if not line:
        _say("\n")
        return None
    return line.strip()


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
