"""URLs of media, as they are written: which of them a run could never fetch."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, urlsplit

# Sites whose addresses lead to pages with a player, whatever stands behind the host.
_PAGES = frozenset(
    (
        "youtube.com", "youtu.be", "youtube-nocookie.com", "vimeo.com", "dailymotion.com", "dai.ly",
        "twitch.tv", "clips.twitch.tv", "tiktok.com", "vm.tiktok.com", "instagram.com",
        "facebook.com", "fb.watch", "x.com", "twitter.com", "reddit.com", "loom.com",
        "streamable.com", "bilibili.com", "rumble.com", "pinterest.com", "imgur.com",
    )
)  # fmt: skip
# On these, some addresses are pages, and others files.
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
_BEFORE_THE_SITE = re.compile(r"^(www|m|mobile|web)\.")
_PAGE_SUFFIXES = (".html", ".htm")


def why_not_fetched(url: str) -> tuple[str, str, str] | None:
    """Tell why no run could fetch a medium from a URL.

    Args:
        url: It begins with ``http://`` or ``https://``.

    Returns:
        What is wrong, what would be right, and what was probably meant, or ''; None for a URL that
        a run can try. A host that only this machine or its network knows is left to the run: it
        may be a stand-in for fal.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "is no URL", "an https URL", ""
    if not host:
        return "names no host", "an https URL", ""
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
    """Tell whether a host is this machine or its network, where a stand-in for fal may be."""
    try:
        return not ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))
