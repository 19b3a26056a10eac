"""Text from outside is data: what is secret in it is left out, and its signs command nothing."""

import base64
import hashlib
import io
import json
import logging
import pickle  # noqa: TID251  what must fail is tried
import re
import sys
from collections.abc import Iterator
from urllib.parse import quote

import cloudpickle  # type: ignore[import-untyped]  # noqa: TID251  the same
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from rich.console import Console
from rich.traceback import Traceback

from shotgraph import foreign_text
from shotgraph.blocks import FalCredentials, MediaStore
from shotgraph.errors import Terminal
from shotgraph.foreign_text import (
    LEFT_OUT,
    MAX_SAID,
    _any_of,
    _folded,
    hide,
    hide_all,
    hide_environment,
    is_signed,
    one_line,
    safe,
    shown,
    unsigned,
    without_keys,
    without_secrets,
    without_signature,
)
from shotgraph.inputs.hosts import FalBases
from shotgraph.money.connection import FalConnection
from shotgraph.settings import Settings
from shotgraph.store.store import Access

ID, SECRET = "canary-77aa", "s3cret+canary/77bb=="
KEY = f"{ID}:{SECRET}"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SPELLINGS = {
    "itself": KEY,
    "the first half": ID,
    "the second half": SECRET,
    "in a header": f"Key {KEY}",
    "in a URL": quote(KEY, safe=""),
    "in JSON": json.dumps({"x": KEY}),
    "in base64": coded(KEY),
    "in URL base64": base64.urlsafe_b64encode(KEY.encode()).decode(),
    "one byte into base64": coded(f"u{KEY}"),
    "two bytes into base64": coded(f"u:{KEY} "),
    "a half in base64": coded(SECRET),
}


@pytest.fixture(autouse=True)
def _hidden() -> None:
    hide(KEY)


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_key_is_left_out_however_it_is_written(name: str) -> None:
    spelt = SPELLINGS[name]
    for text in (spelt, f"before {spelt} after", f"x{spelt}x", f"{spelt}\n{spelt}"):
        found = without_secrets(text)
        assert "[hidden]" in found
        assert not [part for part in (ID, SECRET, coded(SECRET)[:20]) if part in found]


def test_an_id_is_no_secret_in_data() -> None:
    # fal may name a file by it, and the clip behind that URL is paid for.
    assert without_keys(f"https://v3.fal.media/{ID}/x.mp4") == f"https://v3.fal.media/{ID}/x.mp4"
    assert without_keys(f"echo {KEY}") == "echo [hidden]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{'authorization': 'Key abc-1:def-2'}", "{'authorization': '[hidden]'}"),
        ('"Authorization": "Bearer abc"', '"Authorization": "[hidden]"'),
        ("x-api-key: 12345, b", "x-api-key: [hidden], b"),
        ("(b'Authorization', b'Key a:b')", "(b'Authorization', b'[hidden]')"),
        ("it was Bearer abcdef0123456789", "it was [hidden]"),
        ("eyJhbGciOiJ9.eyJzdWIiOiI5In0.c2ln", "[hidden]"),
        ("AKIAIOSFODNN7EXAMPLE is gone", "[hidden] is gone"),
        ("see https://h/x.mp4?X-Amz-Signature=0f now", f"see https://h/x.mp4?{LEFT_OUT} now"),
        ("http://me:pass@h/x", "http://***@h/x"),
        ("no server at http://me:pass@h:1/api: away.", "no server at http://***@h:1/api: away."),
        ("(https://h/x?token=abc), and", f"(https://h/x?{LEFT_OUT}), and"),
        ("https://fal.ai/x?page=2 stays", "https://fal.ai/x?page=2 stays"),
        ("Basic understanding of a key frame", "Basic understanding of a key frame"),
    ],
)
def test_what_looks_like_a_secret_is_left_out(text: str, said: str) -> None:
    assert without_secrets(text) == said


@pytest.mark.parametrize(
    "name", ["sig", "Signature", "token", "X-Goog-Expires", "se", "AWSAccessKeyId"]
)
def test_a_signature_is_left_out_of_a_url_once(name: str) -> None:
    url = f"https://v3.fal.media/files/x.mp4?{name}=1&a=b#c"
    assert is_signed(url)
    assert without_signature(url) == f"https://v3.fal.media/files/x.mp4?{LEFT_OUT}"
    assert without_signature(without_signature(url)) == without_signature(url)


@given(st.text())
def test_no_sign_of_any_text_commands_anything(text: str) -> None:
    assert shown(text).isprintable()
    assert one_line(text).isprintable()
    assert set(safe(text)) <= {"\n", "\t"} | {char for char in safe(text) if char.isprintable()}


def test_signs_are_made_visible() -> None:
    assert shown("a\x1b[2J\r\nb\u202ec\u200bd\x07") == r"a\x1b[2J b\u202ec\u200bd\x07"
    assert str(Terminal(f"two\nlines \x1b]0;x {KEY}")) == "two\nlines \\x1b]0;x [hidden]"


def test_a_secret_is_looked_for_before_a_line_is_cut() -> None:
    assert one_line("x" * 290 + KEY) == "x" * 290 + "[hidden]"


def test_each_log_record_is_safe_whoever_writes_it() -> None:
    written = io.StringIO()
    logger, handler = logging.getLogger("somebody.else"), logging.StreamHandler(written)
    logger.addHandler(handler)
    try:
        logger.error("%s and %s", f"Key {ID}", SECRET)
        logger.error(KEY + "\x1b[2J")
        logger.error("split over %s:%s", *KEY.split(":"))
        try:
            raise ValueError(KEY)
        except ValueError:
            logger.exception("%s", {"Authorization": f"Key {KEY}"})
    finally:
        logger.removeHandler(handler)
    said = written.getvalue()
    assert said.count("[hidden]") >= 5
    assert "ValueError" in said
    assert not [sign for sign in (ID, SECRET, "\x1b") if sign in said]


def test_a_long_value_opens_something_under_whatever_name() -> None:
    assert is_signed("https://h/x.mp4?k=0123456789abcdef")
    assert not is_signed("https://h/x.mp4?k=0123456789abcde&page=2")


def test_the_arguments_of_a_record_are_safe_too() -> None:
    # Some formatters read them by themselves, as those that write JSON.
    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append((record.msg, record.args))

    found: list[object] = []
    logger, handler = logging.getLogger("somebody.else"), Kept()
    logger.addHandler(handler)
    try:
        logger.error("%s: %d", KEY, 3)
    finally:
        logger.removeHandler(handler)
    assert found == [("%s: %d", ("[hidden]", 3))]


def test_a_key_is_left_out_in_capitals_and_from_the_moment_on_that_it_is_known() -> None:
    assert without_secrets(f"got {KEY.upper()}") == "got [hidden]"
    later = "another-99cc:a-later-s3cret"
    assert without_secrets(later) == later
    hide(later)
    assert without_secrets(later) == "[hidden]"


def test_base64_of_urls_has_signs_of_its_own() -> None:
    key = "of-5555:?????????~~~~~~~~~"
    hide(key)
    for before in range(3):
        said = base64.urlsafe_b64encode(b"u" * before + key.encode()).decode()
        assert "_" in said
        assert "_" not in without_secrets(said)


def test_what_the_environment_and_a_file_of_credentials_hold_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret-of-a-bucket")
    hide_environment()
    assert without_secrets("it is s3cret-of-a-bucket") == "it is [hidden]"
    private = "-----BEGIN KEY-----" + "k" * 40
    hide_all(json.dumps({"private_key": private, "type": "service_account"}))
    assert without_secrets(f"{private} of a service_account") == "[hidden] of a service_account"


def test_what_others_say_is_short_and_looked_at_as_far_as_it_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(one_line("y" * 1000)) == MAX_SAID
    monkeypatch.setattr("shotgraph.foreign_text._MOST_READ", 10)
    assert one_line("y" * 1000) == "y" * 10
    # No header has a secret of this length; to look for it in every text would take long.
    endless = "z" * 9000
    hide(endless)
    assert without_secrets(endless) == endless


def _holders() -> list[object]:
    return [
        FalCredentials(key=SecretStr(KEY)),
        MediaStore(
            location="s3://b",
            access_key_id=SecretStr("AKIA-of-nobody"),
            secret_access_key=SecretStr(SECRET),
        ),
        Settings(FAL_KEY=KEY),
        FalConnection(FalBases(), SecretStr(KEY), "fal"),
        Access({"secret_access_key": SecretStr(SECRET)}),
    ]


@pytest.mark.parametrize("one", _holders(), ids=lambda one: type(one).__name__)
def test_what_holds_a_key_is_never_pickled_nor_shown(one: object) -> None:
    for dumps in (pickle.dumps, cloudpickle.dumps):
        with pytest.raises(TypeError, match="never pickled"):
            dumps(one)
    written = io.StringIO()
    try:
        raise ValueError("here")
    except ValueError:
        trace = Traceback(show_locals=True, locals_max_length=10**6, locals_max_string=10**6)
    Console(file=written, width=300).print(trace)
    said = f"{written.getvalue()}{one!r}{one}"
    assert type(one).__name__ in said
    assert SECRET not in said


def test_in_a_record_urls_that_differ_by_what_opens_them_stay_two() -> None:
    one, other = (f"https://h/x.mp4?Signature=0123{n}" for n in range(2))
    record = unsigned({"a": [one, 3, None], "b": {"c": f"see {other} and https://h/plain?v=1"}})
    first, second = record["a"][0], record["b"]["c"].split()[1]
    assert first != second
    assert first.startswith(f"https://h/x.mp4?{LEFT_OUT}-")
    assert "Signature=" not in str(record)
    assert record["a"][1:] == [3, None]
    assert record["b"]["c"].endswith("and https://h/plain?v=1")
    assert unsigned(record) == record, "what stands in a record is compared with what fal lists"


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ-",
        "https://h/x?a&",
        *(
            pytest.param(piece, marks=pytest.mark.slow)
            for piece in ("eyJaaaaaaaa.-", "Key a-", "basic a", "bearer \n", "authorization: ")
        ),
    ],
)
def test_a_text_of_many_beginnings_is_read_once(piece: str) -> None:
    """Read to its end from each of them, the first of these would take hours."""
    text = piece * (250_000 // len(piece))
    assert len(safe(text)) > 1000
    assert len(one_line(text)) == MAX_SAID


FORMS = ("s3cret+canary/77bb==", "sk-1234-ık", "sk-1234-ık-longer", "pass-wörd-1", "12345678a")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[re.Pattern[str]]:
    """Only a few secrets, and a plain pattern of them."""
    monkeypatch.setattr(foreign_text, "_keys", set(FORMS))
    monkeypatch.setattr(foreign_text, "_cut", set())
    for kept in (foreign_text._exact, foreign_text._pieces):
        kept.cache_clear()
    yield re.compile("|".join(map(re.escape, FORMS)), re.IGNORECASE)
    monkeypatch.undo()
    for kept in (foreign_text._exact, foreign_text._pieces):
        kept.cache_clear()


PARTS = st.sampled_from([
    *FORMS, *(form.upper() for form in FORMS), "sK-1234-Ik", "\u017f3cret+canary/77bb==",
    "\u017f\u212a-1234-\u0130\u212a", "\u0130", "\u017f", "\u03a3", "\u1e9e", "ß", "x", " ", "",
])  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PARTS, max_size=8).map("".join))
def test_the_grouped_search_finds_what_a_plain_one_finds(few: re.Pattern[str], text: str) -> None:
    found = without_keys(text)
    assert few.search(found) is None
    if few.search(text) is None:
        assert found == text


def test_secrets_that_overlap_are_left_out_whole(few: re.Pattern[str]) -> None:
    assert without_keys("a s3cret+canary/77bb==12345678A b") == "a [hidden][hidden] b"
    assert without_keys("see pass-wörd-12345678a.") == "see [hidden]."


def test_each_character_keeps_its_place_without_its_case() -> None:
    wide = [char for char in map(chr, range(sys.maxunicode + 1)) if len(_folded(char)) != 1]
    assert wide == []
    alike = [char for char in map(chr, range(128, sys.maxunicode + 1)) if LETTER.fullmatch(char)]
    assert [_folded(char) for char in alike] == ["i", "i", "s", "k"]


LETTER = re.compile("[a-z]", re.IGNORECASE)


def test_a_place_of_a_text_is_not_compared_with_each_secret() -> None:
    secrets = {hashlib.sha256(str(number).encode()).hexdigest() for number in range(500)}
    pattern = _any_of(secrets, 2)
    assert all(re.fullmatch(pattern, secret) for secret in secrets)
    depth, first = 0, 1
    for char in pattern:
        depth += (char == "(") - (char == ")")
        first += char == "|" and not depth
    assert first == len({secret[0] for secret in secrets})
