"""Pieces of a secret are removed, however they are broken or coded; other texts stay."""

import json
import string
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shotgraph.foreign_text import hide, one_line, without_keys, without_secrets
from shotgraph.secret_pieces import PIECE, pieces_of, without_pieces

SECRET = "Pq7-xw2Zr9Lk4-Tn8Vb3Jd6Hs5"
KEY = f"crane-id-19cd:{SECRET}"
BREAKS = {
    "a line break": "\n",
    "a line break in JSON": "\\n",
    "two line breaks in JSON in JSON": "\\\\r\\\\n",
    "a space": " ",
    "a tab": "\t",
    "a no-break space": "\u00a0",
    "a zero-width space": "\u200b",
    "a zero-width space in JSON": "\\u200b",
    "a soft hyphen": "\u00ad",
    "a byte-order mark": "\ufeff",
    "a colour": "\x1b[0m",
    "a colour of many parts": "\x1b[38;5;196m",
    "a colour in JSON": "\\u001b[31m",
    "a colour that was made visible": "\\x1b[0m",
    "the end of a title": "\x1b]0;",
    "markup": "</b><b>"[:1],
    "a quote": '", "',
}


def spelt(one: str) -> dict[str, str]:
    return {
        "entities": "".join(f"&#{ord(char)};" for char in one),
        "entities in hexadecimal digits": "".join(f"&#x{ord(char):X};" for char in one),
        "entities of entities": "".join(f"&amp;#{ord(char)};" for char in one),
        "some entities": one.replace("-", "&#45;"),
        "percent": "".join(f"%{ord(char):02x}" for char in one),
        "percent of percent": quote("".join(f"%{ord(char):02X}" for char in one)),
        "escapes": "".join(f"\\u{ord(char):04x}" for char in one),
        "escapes of escapes": json.dumps("".join(f"\\u{ord(char):04x}" for char in one)),
        "short escapes": "".join(f"\\x{ord(char):02x}" for char in one),
        "hexadecimal digits": one.encode().hex(),
        "hexadecimal pairs": one.encode().hex(":"),
        "hexadecimal capitals": one.encode().hex().upper(),
        "capitals": one.upper(),
    }


@pytest.fixture(autouse=True)
def _hidden() -> None:
    hide(KEY)


@pytest.mark.parametrize("way", spelt(SECRET))
@pytest.mark.parametrize("one", [SECRET, KEY], ids=["secret", "key"])
def test_a_secret_is_removed_however_it_is_coded(way: str, one: str) -> None:
    coded = spelt(one)[way]
    for clean in (without_secrets, without_keys, one_line):
        said = clean(f"it was {coded}. Done")
        assert "[hidden]" in said
        assert spelt(SECRET[3:])[way][:24] not in said
        assert said.endswith((". Done", '". Done'))


@pytest.mark.parametrize("between", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("each", [1, 7, 14])
def test_a_secret_is_removed_however_it_is_broken(between: str, each: int) -> None:
    parts = [SECRET[at : at + each] for at in range(0, len(SECRET), each)]
    assert without_keys(f"it was <{between.join(parts)}>.") == "it was <[hidden]>."


def test_a_folded_base64_is_removed() -> None:
    import base64

    coded = base64.b64encode(f"Key {KEY} and more of it".encode()).decode()
    folded = "\n".join(coded[at : at + 16] for at in range(0, len(coded), 16))
    said = without_keys(folded)
    assert "[hidden]" in said
    assert len(said) < len(folded) // 2 + 20


@given(st.integers(0, len(SECRET) - 14), st.integers(14, len(SECRET)))
def test_a_piece_counts_as_the_secret(first: int, length: int) -> None:
    """14 characters with at most two signs among them have 12 letters and digits."""
    piece = SECRET[first : first + length]
    said = without_keys(f"({piece})")
    assert "[hidden]" in said
    assert sum(char.isalnum() for char in said) == len("hidden")


@given(
    st.text(string.ascii_letters + string.digits + " .,:;-_/()[]{}'\"\n<>=+é\u200b", max_size=300)
)
@example("the quick brown fox jumps over the lazy dog " * 6)
@example("-" * 300)
@example("crane-id-19cd is the id of a key")
@example(SECRET[:12])
@example("xw2Zr9Lk4Tn 7-xw2Zr9Lk4-T")
def test_a_text_without_a_piece_stays(text: str) -> None:
    plain = "".join(SECRET.split("-")).lower()
    pieces = {plain[at : at + PIECE] for at in range(len(plain) - PIECE + 1)}
    letters = "".join(char for char in text if char.isascii() and char.isalnum()).lower()
    if not any(piece in letters for piece in pieces):
        assert without_pieces(text, pieces_of(frozenset([SECRET])), "[hidden]") == text


@given(st.text(max_size=200))
def test_any_text_stays(text: str) -> None:
    assert without_pieces(text, pieces_of(frozenset([SECRET])), "[hidden]") == text


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("user-of-a-proxy:pw", "the user-of-a-proxy asks"),
        ("-----BEGIN PRIVATE KEY-----" + SECRET, "-----BEGIN PRIVATE KEY----- is no key"),
        ("=" * 40, "=" * 39 + ">"),
        ("short-1", "it is short-2"),
    ],
)
def test_the_words_around_a_secret_stay(secret: str, text: str) -> None:
    hide(secret)
    assert without_keys(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a-",
        SECRET[:11],
        "\\",
        "\\u00",
        "\\x",
        "&",
        "&amp;",
        "&#1",
        "%",
        "%25",
        "\x1b[",
        "\x1b[0;",
        "\\x1b[",
        "\n",
        f"{SECRET} ",
        "P\nq",
    ],
)
def test_a_long_text_is_read_once(piece: str) -> None:
    """Read to its end from each of its beginnings, it would take minutes."""
    text = piece * (100_000 // len(piece))
    assert without_keys(text)
    assert without_secrets(text)


@pytest.mark.parametrize(
    "secret",
    ["/home/anna/2026/service-account.json", "https://anna@host-2/service", "harbour-at-dusk"],
)
def test_a_secret_of_words_is_removed_only_whole(secret: str) -> None:
    hide(secret)
    text = "films in /home/anna/2026/films, a service of host-2, the harbour at dusk"
    assert without_keys(text) == text
    assert secret not in without_keys(f"it is {secret}.")
