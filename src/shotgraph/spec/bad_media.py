"""Checks of media fields: the error for a wrong path or URL, and a suggestion for a right one."""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from shotgraph.errors import MediaError
from shotgraph.media.source import identify, why_not_opened
from shotgraph.model.file_memory import is_file, what_is_no_file
from shotgraph.model.references import LocalFile, MediaKind, RemoteUrl, one
from shotgraph.spec.checked import shown
from shotgraph.spec.foreign_forms import BULLETS, meant_address
from shotgraph.spec.hidden_characters import escape_of, hidden_in, is_hidden, name_of_character
from shotgraph.spec.meant import Missing, meant_item
from shotgraph.spec.problem import without_user


class BadValue(ValueError):
    """The value of a media field is wrong; the error names the allowed values.

    Attributes:
        missing: The file that does not exist, if that is the fault.
        nearest: The allowed value nearest to the given value; '' if there is none.
    """

    def __init__(
        self, what: str, allowed: str, *, nearest: str = "", missing: Missing | None = None
    ) -> None:
        super().__init__(f"{what}; allowed: {allowed}")
        self.what = what
        self.allowed = allowed
        self.nearest = nearest
        self.missing = missing


# Sites on which every address is a page with a player, whatever its path.
_PAGES = frozenset(
    (
        "youtube.com", "youtu.be", "youtube-nocookie.com", "vimeo.com", "dailymotion.com", "dai.ly",
        "twitch.tv", "clips.twitch.tv", "tiktok.com", "vm.tiktok.com", "instagram.com",
        "facebook.com", "fb.watch", "x.com", "twitter.com", "reddit.com", "loom.com",
        "streamable.com", "bilibili.com", "rumble.com", "pinterest.com", "imgur.com",
    )
)  # fmt: skip
# Sites with pages and files: an address is a page if its path matches.
_SOME_PAGES = {
    "player.vimeo.com": re.compile(r"/video/"),
    "drive.google.com": re.compile(r"/(file|drive|open|folders)\b"),
    "photos.google.com": re.compile(r"/"),
    "docs.google.com": re.compile(r"/"),
    "pexels.com": re.compile(r"/(?!download/)"),
    "pixabay.com": re.compile(r"/(?!videos/download/|images/download/)"),
    "unsplash.com": re.compile(r"/photos/(?!.*/download)"),
    "github.com": re.compile(r"/[^/]+/[^/]+/(blob|tree)/"),
    "fal.ai": re.compile(r"/"),
}
# A host name with an empty label, or with a label that is only the prefix of non-ASCII labels.
_NO_NAME = re.compile(r"^\.|\.\.|(^|\.)xn--(\.|$)")
_BEFORE_THE_SITE = re.compile(r"^(www|m|mobile|web)\.")
_PAGE_SUFFIXES = (".html", ".htm")


def why_not_fetched(url: str) -> tuple[str, str, str] | None:
    """The reason why no run could fetch a medium from a URL.

    Args:
        url: It begins with ``http://`` or ``https://``.

    Returns:
        The fault, the allowed form, and the right URL ('' if it can't be guessed); None for a URL
        that a run can try. A host that only this machine or its network knows is not refused: it
        may be a stand-in for fal.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "is no URL", "an https URL", ""
    if not host:
        return "names no host", "an https URL", ""
    if _NO_NAME.search(host.rstrip(".") or "."):
        return "has no name of a host", "an https URL", ""
    if _is_page(parts, host):
        return (
            "is the address of a page, not of a file",
            "the https URL of the file itself, or the path of a copy on this machine",
            "",
        )
    if parts.username is not None or parts.password is not None:
        plain = url.replace(f"{parts.netloc.rpartition('@')[0]}@", "", 1)
        return "has a user name in it", "an https URL without a user name", plain
    if parts.scheme == "http" and not _is_nearby(host):
        return "begins with http://", "an https URL", f"https{url[4:]}"
    return None


def _is_page(parts: SplitResult, host: str) -> bool:
    site = _BEFORE_THE_SITE.sub("", host.lower().rstrip("."))
    path = parts.path or "/"
    if site in _PAGES or path.lower().endswith(_PAGE_SUFFIXES):
        return True
    if site == "dropbox.com":
        asked = parse_qs(parts.query)
        return asked.get("dl") != ["1"] and asked.get("raw") != ["1"]
    some = _SOME_PAGES.get(site)
    return some is not None and some.match(path) is not None


def _is_nearby(host: str) -> bool:
    """Tell whether a host is on this machine or its network: it may be a stand-in for fal."""
    try:
        return not ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))


_A_FILE = "a path to a file that exists, or an https URL"
_QUOTES = "\"'“”‘’„«»`"
_HOLDS: Mapping[str, tuple[MediaKind, ...]] = {
    **dict.fromkeys(("png", "jpeg", "webp"), ("image",)),
    **dict.fromkeys(("wav", "mp3", "aac", "flac"), ("audio",)),
    **dict.fromkeys(("mp4", "mov", "matroska", "ogg"), ("video", "audio")),
    **dict.fromkeys(("ttf", "otf"), ("font",)),
}
"""The kinds of media that each container can hold; only a file's content shows its kind."""


def take_media(
    given: Any, *, folder: Path, confined: bool, kind: MediaKind | None = None
) -> LocalFile | RemoteUrl:
    """Read a path or a URL.

    Args:
        given: The path or the URL.
        folder: The folder that relative paths start from.
        confined: Whether files must lie below the folder.
        kind: The expected kind, if it is known. The file's first bytes must not contradict it.

    Raises:
        BadValue: The value is neither a path nor a URL, the URL can't be fetched, or the path leads
            out of the folder, to no file, or to a file of another kind.
    """
    if isinstance(given, LocalFile | RemoteUrl):
        return given
    if not isinstance(given, str | Path) or not str(given):
        what = f"{shown(given)} is given"
        raise BadValue(what, "a path or an https URL", nearest=meant_item(given))
    text = str(given)
    if text.startswith(("https://", "http://")):
        return _url(text)
    if "\0" in text:
        raise _hidden(text, "\0", folder, in_file=confined)
    if nearest := meant_address(text):
        raise BadValue(f"{shown(text)} is no URL", "a path or an https URL", nearest=nearest)
    if "://" in text:
        nearest = text.removeprefix("file://") if text.startswith("file://") else ""
        raise BadValue(f"{shown(text)} is no path", "a path or an https URL", nearest=nearest)
    found = _file(text, folder, confined=confined)
    if kind is not None:
        _check_kind(text, found, kind)
    return LocalFile(file=found)


def _url(text: str) -> RemoteUrl:
    if (why := why_not_fetched(text)) is not None:
        what, allowed, nearest = why
        raise BadValue(f"{shown(without_user(text))} {what}", allowed, nearest=nearest)
    return RemoteUrl(url=text)


def _file(text: str, folder: Path, *, confined: bool) -> Path:
    try:
        path = (folder / text).resolve()
        is_there = is_file(path)
    except (OSError, RuntimeError, ValueError) as error:
        # The name is too long, a link leads to itself, or a folder may not be read.
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadValue(f"{shown(text)} can't be looked up: {reason}", _A_FILE) from None
    if confined and not path.is_relative_to(folder.resolve()):
        raise BadValue(
            outside_words(text, folder),
            f"a path below {folder.resolve()}; others can be given with --set",
        )
    if not is_there:
        raise _not_there(text, path, folder, confined=confined)
    return path


def outside_words(text: str, folder: Path) -> str:
    """Say that a path leads out of the pipeline's folder; name the link that leads out, if any."""
    home = folder.resolve()
    place = home
    for part in Path(os.path.normpath(text)).parts:
        place /= part
        is_in_it = place.is_relative_to(home) and ".." not in place.parts
        if is_in_it and place.is_symlink() and not place.resolve().is_relative_to(home):
            link, target = shown(str(place.relative_to(home))), shown(os.readlink(place))
            return (
                f"{shown(text)}: the link {link} leads to {target}, which is outside of the "
                "pipeline's folder"
            )
    return f"{shown(text)} is outside of the pipeline's folder"


def _not_there(text: str, path: Path, folder: Path, *, confined: bool) -> BadValue:
    """Guess why a path leads to no file."""
    if text.startswith("~"):
        return _home(text, folder, confined=confined)
    if found := _if_there(text.replace("\\ ", " "), folder):
        what = f'{shown(text)}: a "\\" before a space is for shells'
        return BadValue(what, _A_FILE, nearest=found)
    if "\\" in text or re.match(r"[A-Za-z]:/", text):
        plain = re.sub(r"^[A-Za-z]:", "", text.replace("\\", "/"))
        what = f'{shown(text)} is a Windows path; write "/" between the folders'
        return BadValue(what, _A_FILE, nearest=_if_there(plain, folder))
    if char := hidden_in(text):
        return _hidden(text, char, folder, in_file=confined)
    if text.startswith("data:"):
        return BadValue("a data: URL is given", _A_FILE)
    if kind := what_is_no_file(path):
        allowed = _A_FILE if kind == "a folder" else "a path to a regular file, or an https URL"
        return BadValue(f"{shown(text)} is {kind}", allowed)
    if "*" in text:
        return BadValue(f"{shown(text)} is a pattern, not a path", "each path by itself, in a list")
    what = f"{shown(text)}: there is no file {path}"
    nearest = _of_several(text, folder) or _bare(text, folder) or _with_scheme(text)
    if nearest:
        return BadValue(what, _A_FILE, nearest=nearest)
    return BadValue(what, _A_FILE, missing=Missing(text, folder))


def _home(text: str, folder: Path, *, confined: bool) -> BadValue:
    what = f'{shown(text)}: "~" does not stand for the home folder here'
    try:
        expanded = Path(text).expanduser().resolve()
        is_there = expanded.is_file()
    except (OSError, RuntimeError, ValueError):
        return BadValue(what, _A_FILE)
    if not confined:
        return BadValue(what, _A_FILE, nearest=str(expanded) if is_there else "")
    allowed = f"a path below {folder.resolve()}; others can be given with --set"
    inside = is_there and expanded.is_relative_to(folder.resolve())
    nearest = str(expanded.relative_to(folder.resolve())) if inside else ""
    return BadValue(what, allowed, nearest=nearest)


def _hidden(text: str, char: str, folder: Path, *, in_file: bool) -> BadValue:
    """Name a character of a path that can't be seen, and say how it came there."""
    what = f"{shown(text)} holds {name_of_character(char)}"
    escape = escape_of(char)
    if escape and in_file:
        what += f': "{escape}" in double quotes is one'
    nearest = _if_there("".join(each for each in text if not is_hidden(each)), folder)
    nearest = nearest or _if_there("".join(" " if is_hidden(one) else one for one in text), folder)
    nearest = nearest or _if_there(text.replace(char, f"/{escape[1:]}"), folder)
    allowed = "a path in 'single quotes', or with \"/\"" if escape and in_file else _A_FILE
    return BadValue(what, allowed, nearest=nearest)


def _of_several(text: str, folder: Path) -> str:
    """Turn several paths in one text into a list."""
    names = [name for name in re.split(r"[,\s]+", text) if name.strip(BULLETS)]
    plain = [name.lstrip(BULLETS) for name in names]
    if len(names) > 1 and all(_if_there(name, folder) for name in plain):
        return f"[{', '.join(plain)}]"
    return f"- {plain[0]}" if names != plain and _if_there(plain[0], folder) else ""


def _bare(text: str, folder: Path) -> str:
    """Remove the quotes and spaces around a path."""
    plain = text.strip().strip(_QUOTES).strip().rstrip(",;")
    return _if_there(plain, folder) if plain != text else ""


def _with_scheme(text: str) -> str:
    """Make a URL from a text with a host but no scheme."""
    found = re.match(r"(www\.[\w-]+|[\w-]+(\.[\w-]+)*)\.(com|org|net|io|ai|dev|media)/\S", text)
    return f"https://{text}" if found is not None else ""


def _if_there(text: str, folder: Path) -> str:
    try:
        return text if text and (folder / text).is_file() else ""
    except (OSError, ValueError):
        return ""


def _check_kind(text: str, path: Path, kind: MediaKind) -> None:
    try:
        now = path.stat()
    except OSError:
        return
    holds = _held(path, now.st_size, now.st_mtime_ns, now.st_ino)
    if holds and kind not in holds:
        if (other := why_not_opened(path, kind)) is not None:
            what, allowed = other
            raise BadValue(f"{shown(text)} {what}", allowed)
        said = " or ".join(one(each) for each in holds)
        raise BadValue(f"{shown(text)} holds {said}", one(kind))


# Each run of a step with for_each looks at the same file.
@lru_cache(maxsize=256)
def _held(path: Path, *_stamp: int) -> tuple[MediaKind, ...]:
    try:
        return _HOLDS.get(identify(path).name, ())
    except MediaError:
        return ()  # The code that opens the file reports the error.
