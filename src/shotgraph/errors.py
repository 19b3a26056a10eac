"""The errors of shotgraph. Each is Retryable, Terminal or Ambiguous.

* ShotgraphError
  x Retryable: nothing was bought, or the purchase is on record; doing it again is safe
    + Interrupted: the run was stopped
    + FullDisk: there is no space left; purchases are on record
    + FilmNotWritten: the film is made, and can't be put into its folder
    + StoreGone: the store's folder is gone in mid-run; it is not made anew
    + StoreRefused: the store's server refuses its key, region, name or this machine's clock
      o ReadOnlyDisk: a disk can only be read; purchases are on record
    + NoPrefect: Prefect's server, configured or a run's own, does not answer, or wants a password
  x Terminal: doing it again cannot help
    + InvalidInput: a file, a parameter or the usage is wrong; nothing was sent
    + MissingKey: no key for fal was found; nothing was sent
    + BadKey: the key for fal does not have the form of a key; nothing was sent
    + OverBudget: the plan costs more than its budget; nothing was sent
      o PriceNotKnown: only the file names a step's price, and that price is not trusted
    + Refused: fal refused for good
    + Undecided: a person must look at a medium before the run continues
    + MediaError: a file is not of the expected kind, or ffmpeg could not process it
    + FaultyClip: a clip from fal has faults, and its step has `check: stop`
  x Ambiguous: the job may have been bought; it is never sent again, only looked for

This module imports only `foreign_text`, because everything imports it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from shotgraph.foreign_text import safe


class ShotgraphError(Exception):
    """Root of all errors of shotgraph; ``str()`` is a message for people.

    A message names the event, the value seen, the cost, the next step and the command to run, as
    far as each applies. It never holds a secret, a signed URL or a header: they are removed from
    every message, as are characters that control a terminal.

    Attributes:
        request_id: fal's id of the job that the error is about, if there is one.
        cost_usd: The dollars that fal billed in spite of the error.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 4

    def __init__(self, message: str) -> None:
        self.message = safe(message)
        super().__init__(self.message)
        self.request_id: str | None = None
        self.cost_usd = Decimal(0)

    def __reduce__(self) -> tuple[Any, ...]:
        # Prefect stores and re-raises exceptions: without this, an exception loses its message.
        return type(self), (self.message,), self.__dict__

    def as_json(self) -> dict[str, str]:
        """The error as in every ``--json`` document."""
        return {"code": self.code, "message": self.message}


class Retryable(ShotgraphError):
    """Doing it again is safe: nothing was bought, or the purchase is on record.

    Attributes:
        after_s: The pause that fal asks for, in seconds; None if fal asks for none.
    """

    code = "retryable"
    after_s: float | None = None


class Interrupted(Retryable):
    """A person or the system stopped the run; purchases are on record."""

    code = "interrupted"
    exit_code = 130


class FullDisk(Retryable):
    """There is no space left on a disk. No partial file is kept, and purchases are on record.

    Doing it again helps when there is space again; no run tries it again by itself.
    """

    code = "full_disk"

    @classmethod
    def of(cls, folder: object) -> "FullDisk":
        """Make the error that names the folder."""
        return cls(
            f"there is no space left on the disk of {folder}; nothing was kept there, and all "
            "purchases are on record. Make room there (shotgraph purge --dry-run lists what can "
            "be removed), "
            "and run again"
        )


class FilmNotWritten(Retryable):
    """The film is made and in the store, but its folder can't be written to.

    Doing it again buys nothing, and helps with another folder, or when this one can be written to.
    """

    code = "film_not_written"


class StoreGone(Retryable):
    """The store's folder was there when the process began, and is gone; it is not made anew."""

    code = "store_gone"

    @classmethod
    def of(cls, folder: object) -> "StoreGone":
        """Make the error that names the folder."""
        return cls(
            f"the store's folder {folder} was there before, and is gone: it was moved or removed, "
            "or its disk is away. It is not made anew, because the records of what was bought are "
            "in it. Put it back, or name its new place with SHOTGRAPH_STORE, and run again: "
            "nothing is bought twice"
        )


class StoreRefused(Retryable):
    """The store's server refuses: a wrong key, region or name, or this machine's clock is wrong.

    Doing it again is safe, and helps after a person has corrected the named fault.
    """

    code = "store_refused"
    exit_code = 2


class ReadOnlyDisk(StoreRefused):
    """A disk can only be read. Purchases are on record; no run tries it again by itself."""

    code = "read_only_disk"

    @classmethod
    def of(cls, folder: object) -> "ReadOnlyDisk":
        """Make the error that names the folder."""
        return cls(
            f"the disk of {folder} can only be read at the moment; nothing was kept there, and "
            "all purchases are on record. Make it writable (dmesg may say why it is not), and "
            "run again"
        )


class NoPrefect(Retryable):
    """Prefect's server does not answer or refuses the password; or a run's own did not start.

    Nothing was sent. Doing it again is safe, and helps when the server answers.
    """

    code = "no_prefect"
    exit_code = 2


class Terminal(ShotgraphError):
    """Doing it again cannot help."""

    code = "terminal"


class Ambiguous(ShotgraphError):
    """A submission may have been accepted and billed. It is never sent again, only looked for.

    Attributes:
        why: How the answer was lost, in a few words.
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
        """Make the error; it names the places where a key was looked for."""
        return cls(
            f'there is no key for fal: no FalCredentials block named "{block}" is saved, and '
            "FAL_KEY is not set. Nothing was sent. Save the block in the Prefect UI, or set "
            "FAL_KEY; or try it for nothing with --rehearse"
        )


class BadKey(Terminal):
    """The key for fal can't be sent: it is empty, or has characters that are not allowed."""

    code = "bad_key"
    exit_code = 2


class OverBudget(Terminal):
    """The plan costs more than its budget. Nothing was sent.

    Attributes:
        left_usd: The dollars left in that budget.
        needed_usd: The dollars needed from that budget.
    """

    code = "over_budget"
    exit_code = 3
    left_usd: Decimal | None = None
    needed_usd: Decimal | None = None


class PriceNotKnown(OverBudget):
    """Only the file names a step's price, so no budget is safe. Nothing was sent."""

    code = "price_not_known"


class Refused(Terminal):
    """fal refused the request or the job for good."""

    code = "refused"


class Undecided(Terminal):
    """A person must look at a medium before the run continues. All finished steps are kept.

    Attributes:
        step: The step at which the run waits.
        clips: The number of clips to choose from; with one clip, the person says yes or no.
        files: The paths of these clips, as in the message.
    """

    code = "waits_for_a_person"
    step: str = ""
    clips: int = 1
    files: Sequence[str] = ()


class MediaError(Terminal):
    """A media file is not of the expected kind, or ffmpeg could not process it."""

    code = "media"


class FaultyClip(Terminal):
    """A clip from fal has faults, and its step has `check: stop`. It is paid for, and kept.

    Attributes:
        faults: The faults, in the form of the records.
    """

    code = "faulty_clip"
    faults: Sequence[dict[str, Any]] = ()
