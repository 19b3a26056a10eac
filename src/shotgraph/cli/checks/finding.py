"""What one look of the doctor's has found."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        about: What was looked at.
        status: note: films are made all the same, and somebody may want to know.
        said: What was found; never a secret.
        mend: The command, or the deed, that mends it; empty where nothing has to be mended.
    """

    about: str
    status: Status
    said: str
    mend: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as ``doctor --json`` prints it."""
        return {
            "about": self.about,
            "status": self.status,
            "said": self.said,
            "mend": self.mend or None,
        }
