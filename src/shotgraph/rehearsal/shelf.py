"""The files of the server: uploads and results, each with a URL on the CDN."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_WORDS = ("panda", "rabbit", "lion", "kangaroo", "zebra", "koala", "tiger", "penguin")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_LENGTH = 80


class TooLarge(Exception):
    """A file is larger than the server accepts."""


@dataclass(frozen=True)
class Shelved:
    """A file on the CDN.

    Attributes:
        key: The path below the base URL of the CDN, such as ``files/b/panda/…_output.mp4``.
        path: The file on disk.
        endpoint_id: The endpoint that made the file; None for an upload.
    """

    key: str
    path: Path
    file_name: str
    content_type: str
    endpoint_id: str | None = None

    @property
    def size_bytes(self) -> int:
        """The bytes written so far."""
        return self.path.stat().st_size


class Shelf:
    """All files, in one folder that is removed with the server."""

    def __init__(self, folder: Path, cdn_url: str, max_bytes: int) -> None:
        self._folder = folder
        self._cdn_url = cdn_url
        self._max_bytes = max_bytes
        self._files: dict[str, Shelved] = {}

    def reserve(
        self, file_name: str, content_type: str, *, endpoint_id: str | None = None
    ) -> Shelved:
        """Reserve a URL for a file whose bytes come later."""
        unique = secrets.token_urlsafe(12).replace("-", "_")
        # The name comes from outside, so it is not used on disk.
        name = _NOT_IN_NAMES.sub("_", file_name)[-_NAME_LENGTH:].lstrip(".") or "upload.bin"
        key = f"files/b/{secrets.choice(_WORDS)}/{unique}_{name}"
        shelved = Shelved(key, self._folder / unique, name, content_type, endpoint_id)
        self._files[key] = shelved
        return shelved

    def url(self, shelved: Shelved) -> str:
        """Return the URL of a file."""
        return f"{self._cdn_url}/{shelved.key}"

    def find(self, key: str) -> Shelved | None:
        """Return the file of a key; None if there is none, or if its bytes have not arrived."""
        shelved = self._files.get(key)
        return shelved if shelved is not None and shelved.path.is_file() else None

    def reserved(self, key: str) -> Shelved | None:
        """Return the file of a key, even if its bytes have not arrived; None if there is none."""
        return self._files.get(key)

    def find_url(self, url: str) -> Shelved | None:
        """Return the file of a URL; None if it is no file of this server."""
        base, _, _ = url.partition("?")
        if not base.startswith(f"{self._cdn_url}/"):
            return None
        return self.find(base.removeprefix(f"{self._cdn_url}/"))

    @contextmanager
    def filling(self, path: Path) -> Iterator["Sink"]:
        """Write a file; readers see it only when it is complete.

        Raises:
            TooLarge: The file is larger than the server accepts.
        """
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        try:
            with part.open("xb") as file:
                yield Sink(file, self._max_bytes)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


class Sink:
    """A file that is written to, with a limit on its bytes."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes

    def write(self, chunk: bytes) -> None:
        """Add some bytes.

        Raises:
            TooLarge: The file would be larger than the server accepts.
        """
        if self._file.tell() + len(chunk) > self._max_bytes:
            raise TooLarge
        self._file.write(chunk)
