"""Read the C2PA signature of a film."""

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

from shotgraph.errors import InvalidInput
from shotgraph.foreign_text import one_line
from shotgraph.report.story import Inserted

State: TypeAlias = Literal["none", "valid", "untrusted", "invalid", "not checked"]
C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""The type of the ``uuid`` box with a C2PA manifest (C2PA specification, BMFF)."""
_LOOKED_AT_BYTES = 1 << 16
_FORMAT = "video/mp4"
_UNTRUSTED = "signingCredential.untrusted"
_STATES: Mapping[str, State] = {"Trusted": "valid", "Valid": "untrusted"}
NO_NETWORK: Mapping[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
"""Settings of c2pa: nothing that a file refers to is fetched."""


@dataclass(frozen=True)
class FilmSignature:
    """The signature of a film, as far as it is known.

    Attributes:
        state: valid: made with a trusted certificate; untrusted: whole, but made with an unknown
            certificate; invalid: the film or the signature was changed; not checked: the package
            c2pa-python is not installed.
        signer: The name in the certificate.
        issuer: The name of the certificate's issuer.
        at: The time that a time authority confirmed; None if none was asked.
        ingredients: The names of the shots in the signature.
        why: Why the signature is invalid, or was not checked.
    """

    state: State
    signer: str = ""
    issuer: str = ""
    at: datetime | None = None
    ingredients: tuple[str, ...] = ()
    why: str = ""

    def line(self) -> str:
        """Describe the signature in one line."""
        whose = f" by {self.signer}" if self.signer else ""
        said = {
            "none": "It is not signed",
            "valid": f"It is signed{whose}, and the signature is valid",
            "untrusted": f"It is signed{whose}, but the certificate is not trusted here; film "
            "and signature are intact",
            "invalid": f"It is signed{whose}, but the signature is not valid: {self.why}",
            "not checked": f"It is signed, but the signature was not checked: {self.why}",
        }
        return said[self.state]

    def as_json(self) -> dict[str, Any]:
        """The signature as ``inspect --json`` prints it."""
        return {
            "state": self.state,
            "signer": self.signer or None,
            "issuer": self.issuer or None,
            "at": self.at.isoformat() if self.at else None,
            "ingredients": list(self.ingredients),
            "why": self.why or None,
        }


_PEM_BEGINS = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_PEM_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----"
)


def trusted(text: str) -> str:
    """Read a file of certificates, without the text between them, such as names.

    Each certificate is checked here, because c2pa would report a bad one as a fault of the film.

    Raises:
        InvalidInput: The file has no certificate, or an unreadable one, or another PEM block, such
            as a private key.
    """
    found = _PEM_CERTIFICATE.findall(text)
    if not found:
        raise InvalidInput("it is no file of certificates as PEM")
    others = [one for one in _PEM_BEGINS.findall(text) if one != "CERTIFICATE"]
    if others:
        raise InvalidInput(f"it holds a {others[0].lower()}; only certificates belong into it")
    if text.count("-----BEGIN CERTIFICATE-----") != len(found):
        raise InvalidInput("a certificate in it is cut off or damaged")
    for number, one in enumerate(found, start=1):
        try:
            der = ssl.PEM_cert_to_DER_cert(one)
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
        except (ValueError, ssl.SSLError):
            raise InvalidInput(
                f"certificate {number} of {len(found)} in it can't be read"
            ) from None
    return "\n".join(found) + "\n"


def is_signature(file: BinaryIO, inserted: Inserted) -> bool:
    """Whether the bytes inserted into a film are the box of a signature, and nothing more."""
    file.seek(inserted.start)
    head = file.read(24)
    return head[4:] == b"uuid" + C2PA_BOX and int.from_bytes(head[:4]) == inserted.size_bytes


def is_signed(path: Path) -> bool:
    """Whether a clip has its own signature."""
    with path.open("rb") as file:
        return b"uuid" + C2PA_BOX in file.read(_LOOKED_AT_BYTES)


def signature_of(path: Path, inserted: Inserted | None, trust: str = "") -> FilmSignature:
    """Read the signature of a film.

    Args:
        path: The film.
        inserted: The bytes in it that belong neither to film nor story; None if not known.
        trust: The certificates of trusted signers, as PEM.

    Raises:
        InvalidInput: `trust` is no list of certificates.
    """
    anchors = trusted(trust) if trust else ""
    with path.open("rb") as file:
        known = inserted is not None and bool(inserted.size_bytes) and is_signature(file, inserted)
    if not known and not is_signed(path):
        return FilmSignature("none")
    try:
        from c2pa import C2paError, Context, Reader, Settings
    except ImportError:
        why = "the package c2pa-python is not here: pip install 'shotgraph[c2pa]'"
        return FilmSignature("not checked", why=why)
    settings: dict[str, Any] = dict(NO_NETWORK)
    if anchors:
        settings["trust"] = {"trust_anchors": anchors}
    try:
        with (
            path.open("rb") as file,
            Reader(_FORMAT, file, context=Context(Settings.from_dict(settings))) as reader,
        ):
            return _read(json.loads(reader.json()))
    except C2paError as error:
        return FilmSignature("invalid", why=one_line(str(error)))


def _read(store: Mapping[str, Any]) -> FilmSignature:
    claims = store.get("manifests", {})
    active = claims.get(store.get("active_manifest"), {})
    signed = active.get("signature_info") or {}
    state = _STATES.get(str(store.get("validation_state")), "invalid")
    at = signed.get("time")
    results = store.get("validation_results", {}).get("activeManifest", {})
    wrong = [one for one in results.get("failure", []) if one.get("code") != _UNTRUSTED]
    names = [one.get("title") or "" for one in active.get("ingredients", [])]
    return FilmSignature(
        state,
        signer=one_line(str(signed.get("common_name") or signed.get("issuer") or "")),
        issuer=one_line(str(signed.get("issuer") or "")),
        at=datetime.fromisoformat(at) if at else None,
        ingredients=tuple(one_line(str(name)) for name in names),
        why=one_line("; ".join(f"{one.get('explanation') or one.get('code')}" for one in wrong)),
    )
