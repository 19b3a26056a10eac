"""What the names in free JSON say of the media that stand under them."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from shotgraph.media_ref import MediaKind

_VIDEOS = "video clip movie footage"
_KINDS: dict[str, MediaKind] = {
    **dict.fromkeys(_VIDEOS.split(), "video"),
    **dict.fromkeys(
        ("image", "photo", "picture", "mask", "frame", "thumbnail", "portrait", "face", "logo"),
        "image",
    ),
    **dict.fromkeys(("audio", "sound", "music", "song", "voice", "speech"), "audio"),
}
# Without "url" beside them, other words also stand for texts: voice: Rachel, frame: wide.
_ALONE: dict[str, MediaKind] = {
    "video": "video",
    "image": "image",
    "photo": "image",
    "picture": "image",
    "audio": "audio",
}
_SUFFIXES: dict[str, MediaKind] = {
    **dict.fromkeys(("mp4", "mov", "webm", "mkv", "m4v"), "video"),
    **dict.fromkeys(("png", "jpg", "jpeg", "webp"), "image"),
    **dict.fromkeys(("wav", "mp3", "m4a", "aac", "flac", "ogg"), "audio"),
}
_URL = ("url", "urls")
_FILE = (*_URL, "uri", "uris", "file", "files")
"""Words that say of an output that it is a file, and not which kind."""
_COUNTING = frozenset({"num", "number", "max", "min", "count"})
_ASKING = _COUNTING | {"total", "has", "is"}
"""First words of an output's name that make it a number, or a yes or no: num_images, has_video."""
_WORD = re.compile(r"[a-z]+")


def media_kind_of_argument(path: Sequence[str | int]) -> MediaKind | None:
    """Tell which kind of medium a text is at this place of an endpoint's arguments.

    ``image_url``, ``reference_video_urls[0]``, ``audio`` and ``image.url`` are media;
    ``image_size`` and ``voice`` are not.

    Args:
        path: The names and indices that lead to it.

    Returns:
        The kind; None where the name does not say that a medium stands there.
    """
    names = [_words(part) for part in path if isinstance(part, str)]
    if not names or not names[-1]:
        return None
    words = names[-1]
    if words[-1] not in _URL:
        return None if words[0] in _COUNTING else _ALONE.get(_singular(words[-1]))
    if len(words) > 1:
        return _last_kind(words)
    return _last_kind(names[-2]) if len(names) > 1 else None


def media_kind_of_output(path: str) -> MediaKind | None:
    """Tell which kind of medium an endpoint makes at a path of its reply, by its last word.

    ``images[0]``, ``video_url`` and ``clips[2].file`` are media; ``voice_id``, ``video_duration``,
    ``num_images`` and ``video.width`` are texts and numbers about one.

    Returns:
        The kind; None where the word does not say that a medium stands there.
    """
    for name in reversed(path.split(".")):
        words = _words(name)
        if len(words) > 1 and words[0] in _ASKING:
            return None
        while words and words[-1] in _FILE:
            words.pop()
        if words:
            return _KINDS.get(_singular(words[-1]))
    return None


def media_kind_of_file(text: str) -> MediaKind | None:
    """Tell which kind of medium a path or URL names, by its suffix."""
    path = urlsplit(text).path if "://" in text else text
    return _SUFFIXES.get(path.rpartition(".")[2].lower())


def _words(name: str) -> list[str]:
    return _WORD.findall(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower())


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _last_kind(words: Sequence[str]) -> MediaKind | None:
    kinds = (_KINDS.get(_singular(word)) for word in reversed(words))
    return next((kind for kind in kinds if kind is not None), None)
