"""The errors of shotgraph. Each is Retryable, Terminal or Ambiguous.

* ShotgraphError
  x Retryable: nothing was bought, or what was bought is on record; doing it again is safe
    + Interrupted: the run was stopped
    + FullDisk: there is no space left; what was bought is on record
    + StoreRefused: the store's server refuses its key, region, name or this machine's clock
      o ReadOnlyDisk: a disk can only be read; what was bought is on record
    + NoPrefect: Prefect's server, configured or a run's own, does not answer, or wants a password
  x Terminal: doing it again cannot help
    + InvalidInput: a file, a parameter or the usage is wrong; nothing was sent
    + MissingKey: no key for fal was found; nothing was sent
    + BadKey: the key for fal is not of the form of one; nothing was sent
    + OverBudget: the plan costs more than its budget; nothing was sent
      o PriceNotKnown: only the file says what a step costs, and nobody vouches for it
    + Refused: fal said no, for good
    + Undecided: a person has to see something before the run goes on
    + MediaError: a file is not what it should be, or ffmpeg could not do it
    + FaultyClip: what fal returned has faults, and its step says that it stops there
  x Ambiguous: it may have been bought; never sent again, only looked for

This module imports only `foreign_text`, because everything imports it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from shotgraph.foreign_text import safe


class ShotgraphError(Exception):
    """Root of all errors of shotgraph; ``str()`` is a message for people.

    A message says what happened, the value seen, what it cost, what happens next, and the
    command to run, as far as each applies. It never holds a secret, a signed URL or a header: they
    are left out of it whoever wrote them, as are signs that a terminal would obey.

    Attributes:
        request_id: fal's id of the job that it is about, if there is one.
        cost_usd: What fal billed in spite of the error, in dollars.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 4

    def __init__(self, message: str) -> None:
        self.message = safe(message)
        super().__init__(self.message)
        self.request_id: str | None = None
        self.cost_usd = Decimal(0)

    def __reduce__(self) -> tuple[Any, ...]:
        # Prefect stores and re-raises exceptions: one that can't be rebuilt loses its message.
        return type(self), (self.message,), self.__dict__

    def as_json(self) -> dict[str, str]:
        """The error as every ``--json`` document has it."""
        return {"code": self.code, "message": self.message}


class Retryable(ShotgraphError):
    """Doing it again is safe: nothing was bought, or what was bought is on record.

    Attributes:
        after_s: The pause that fal asks for, in seconds; None if it names none.
    """

    code = "retryable"
    after_s: float | None = None


class Interrupted(Retryable):
    """A person or the system stopped the run; what was bought is on record."""

    code = "interrupted"
    exit_code = 130


class FullDisk(Retryable):
    """There is no space left on a disk. Nothing half is kept, and what was bought is on record.

    Doing it again helps when there is room: no run tries it again by itself.
    """

    code = "full_disk"

    @classmethod
    def of(cls, folder: object) -> "FullDisk":
        """Make the error that names the folder."""
        return cls(
            f"there is no space left on the disk of {folder}; nothing was kept there, and what was "
            "bought is on record. Make room there (shotgraph purge --dry-run says what can go), "
            "and run again"
        )


class StoreRefused(Retryable):
    """The store's server refuses: a wrong key, region or name, or this machine's clock is wrong.

    Doing it again is safe, and helps when a person has set right what the message names.
    """

    code = "store_refused"
    exit_code = 2


class ReadOnlyDisk(StoreRefused):
    """A disk can only be read. What was bought is on record; no run tries it again by itself."""

    code = "read_only_disk"

    @classmethod
    def of(cls, folder: object) -> "ReadOnlyDisk":
        """Make the error that names the folder."""
        return cls(
            f"the disk of {folder} can only be read at the moment; nothing was kept there, and "
            "what was bought is on record. Make it writable (dmesg may say why it is not), and "
            "run again"
        )


class NoPrefect(Retryable):
    """Prefect's server does not answer or refuses the password; or a run's own did not start.

    Nothing was sent. Doing it again is safe, and helps when the server is there.
    """

    code = "no_prefect"
    exit_code = 2


class Terminal(ShotgraphError):
    """Doing it again cannot help."""

    code = "terminal"


class Ambiguous(ShotgraphError):
    """A submission may have been accepted and billed. Never sent again, only looked for.

    Attributes:
        why: How its answer was lost, in a few words.
    """

    code = "outcome_unknown"
    exit_code = 5
    why: str = ""


class InvalidInput(Terminal):
    """A file, a parameter or the usage is wrong. Nothing was sent."""

    code = "invalid_input"
    exit_code = 2


class MissingKey(Terminal):
    """No key for fal was found. Nothing was sent."""

    code = "missing_key"
    exit_code = 2

    @classmethod
    def of(cls, block: str) -> "MissingKey":
        """Make the error that says where a key was looked for."""
        return cls(
            f'there is no key for fal: no FalCredentials block named "{block}" is saved, and '
            "FAL_KEY is not set. Nothing was sent. Save the block in the Prefect UI, or set "
            "FAL_KEY; or try it for nothing with --rehearse"
        )


class BadKey(Terminal):
    """The key for fal can't be sent: it is empty, or has characters that no key has."""

    code = "bad_key"
    exit_code = 2


class OverBudget(Terminal):
    """The plan costs more than its budget. Nothing was sent.

    Attributes:
        left_usd: What is left of that budget, in dollars.
        needed_usd: What of it would be needed, in dollars.
    """

    code = "over_budget"
    exit_code = 3
    left_usd: Decimal | None = None
    needed_usd: Decimal | None = None


class PriceNotKnown(OverBudget):
    """Only the file says what a step costs, so no budget can hold. Nothing was sent."""

    code = "price_not_known"


class Refused(Terminal):
    """fal refused the request or the job for good."""

    code = "refused"


class Undecided(Terminal):
    """A person has to see something before the run goes on. What is there is kept.

    Attributes:
        step: Where it waits.
        clips: How many there are to choose from; of one, it waits for a yes.
        files: The paths in the message at which they can be seen.
    """

    code = "waits_for_a_person"
    step: str = ""
    clips: int = 1
    files: Sequence[str] = ()


class MediaError(Terminal):
    """A media file is not what it should be, or ffmpeg could not do what was asked."""

    code = "media"


class FaultyClip(Terminal):
    """What fal returned has faults, and its step says `check: stop`. It is paid for, and kept.

    Attributes:
        faults: What was found, as records keep it.
    """

    code = "faulty_clip"
    faults: Sequence[dict[str, Any]] = ()
