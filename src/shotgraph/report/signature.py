"""The C2PA signature of a film, read back."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

from shotgraph.report.story import Inserted

State: TypeAlias = Literal["none", "valid", "untrusted", "invalid", "not checked"]
C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""The type of the ``uuid`` box with a C2PA manifest (C2PA specification, BMFF)."""
_LOOKED_AT_BYTES = 1 << 16


@dataclass(frozen=True)
class FilmSignature:
    """What is known of a film's signature.

    Attributes:
        state: valid: by a certificate that C2PA's list or the system trusts; untrusted: whole, by a
            certificate that nobody here knows; invalid: the film or the signature was changed; not
            checked: the package is not here.
        signer: Whose certificate it is.
        issuer: Who has issued the certificate.
        at: When a time authority has seen it; None if none was asked.
        ingredients: The names of the shots that it names.
        why: What is wrong with it.
    """

    state: State
    signer: str = ""
    issuer: str = ""
    at: datetime | None = None
    ingredients: tuple[str, ...] = ()
    why: str = ""

    def line(self) -> str:
        """Say it."""
        whose = f" by {self.signer}" if self.signer else ""
        said = {
            "none": "It is not signed",
            "valid": f"It is signed{whose}, and that is valid",
            "untrusted": f"It is signed{whose}, whose certificate is not known here; film and "
            "signature are whole",
            "invalid": f"It is signed{whose}, and that is not valid: {self.why}",
            "not checked": f"It is signed, which was not checked: {self.why}",
        }
        return said[self.state]

    def as_json(self) -> dict[str, Any]:
        """It as ``inspect --json`` prints it."""
        return {
            "state": self.state,
            "signer": self.signer or None,
            "issuer": self.issuer or None,
            "at": self.at.isoformat() if self.at else None,
            "ingredients": list(self.ingredients),
            "why": self.why or None,
        }


def is_signature(file: BinaryIO, inserted: Inserted) -> bool:
    """Whether what was put into a film is the box of a signature, and nothing more."""
    file.seek(inserted.start)
    head = file.read(24)
    return head[4:] == b"uuid" + C2PA_BOX and int.from_bytes(head[:4]) == inserted.size_bytes


def signature_of(path: Path, inserted: Inserted | None) -> FilmSignature:
    """Read the signature of a film.

    Args:
        path: The film.
        inserted: What is in it besides the film and its story; None if that is not known.
    """
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT_BYTES)
        known = inserted is not None and bool(inserted.size_bytes) and is_signature(file, inserted)
    if not known and b"uuid" + C2PA_BOX not in start:
        return FilmSignature("none")
    return FilmSignature("not checked", why="the package c2pa-python is not here")
