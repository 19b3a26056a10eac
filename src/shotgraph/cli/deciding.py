"""Asking the person at the terminal what a run waits for."""

import sys
from dataclasses import dataclass, field

import typer

from shotgraph.errors import InvalidInput, ShotgraphError, Undecided


@dataclass
class Answers:
    """What a run is told to decide.

    Attributes:
        approve: Names of steps, or ``all``.
        pick: Names of steps, and the take that each goes on with, from 1.
    """

    approve: list[str] = field(default_factory=list)
    pick: dict[str, int] = field(default_factory=dict)


def picks(pairs: list[str]) -> dict[str, int]:
    """Read ``name=number`` pairs from a command line.

    Raises:
        InvalidInput: One is no such pair.
    """
    found = {}
    for pair in pairs:
        name, equals, number = pair.partition("=")
        if not equals or not name or not number.isdecimal() or int(number) < 1:
            raise InvalidInput(f'--pick "{pair}": write --pick name=2, for the second take')
        found[name] = int(number)
    return found


def ask(error: ShotgraphError | None, answers: Answers) -> bool:
    """Ask what a run waits for, where somebody sits at the terminal.

    Returns:
        Whether there is an answer, and the run can go on.
    """
    if not isinstance(error, Undecided) or not sys.stdin.isatty() or not sys.stderr.isatty():
        return False
    typer.echo(error.message, err=True)
    if error.clips == 1:
        if not typer.confirm(f"Go on with {error.step}?", err=True):
            return False
        answers.approve.append(error.step)
        return True
    allowed = typer.prompt(
        f"Which take of {error.step} goes on (1 to {error.clips}, 0 for none)?",
        type=int,
        default=0,
        err=True,
    )
    if not 1 <= allowed <= error.clips:
        return False
    answers.pick[error.step] = allowed
    return True
