"""What is refused is said in our words, with the allowed values and what was probably meant."""

import pytest

from shotgraph.errors import InvalidInput
from shotgraph.settings import Settings
from tests.cli.command import Desk

NOT_OURS = ("Input should", "Value error", "unable to", "String should", "Extra inputs", "valid")

OPTIONS = [
    (("run", "film.yaml", "--max-usd", "1,50"), '"1,50" is given; allowed: a number, such as 1.5'),
    (("run", "film.yaml", "--max-usd", "-1"), "allowed: from 0"),
    (("deploy", "film.yaml", "--at-once", "x"), '"x" is given; allowed: a whole number'),
    (("view", "--port", "99999"), "allowed: at most 65535"),
    (("deliver", "x", "--to", "tiktok"), "'tiktok' is not one of 'youtube', 'instagram-reel'"),
    (("plan", "film.yaml", "--json", "--markdown"), "give one of them"),
    (("validate", "fim.yaml"), "did you mean film.yaml?"),
    (("plan", "../project/fim.yaml"), "did you mean ../project/film.yaml?"),
    (("run", "film.yaml", "--set", "word=x"), "did you mean words?"),
]


@pytest.mark.parametrize(("command", "said"), OPTIONS, ids=lambda one: " ".join(one[:5]))
def test_an_option_is_refused_in_our_words(
    offline: Desk, command: tuple[str, ...], said: str
) -> None:
    (offline.folder / "fim.png").touch()  # no pipeline file, so it is not meant
    ran = offline.run(*command)
    assert ran.code == 2
    assert said in ran.out + ran.err
    assert not [words for words in NOT_OURS if words in ran.err.replace("Invalid value", "")]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("FAL_AT_ONCE", "abc", "a whole number, such as 2"),
        ("FAL_AT_ONCE", "0", "from 1 up"),
        ("DAILY_BUDGET_USD", "1,5", "a number, such as 1.5"),
        ("ON_AMBIGUOUS", "x", "wait, fail, resubmit"),
        ("FAL_FALLBACK", "maybe", "true or false"),
        ("URL_PORTS", "99999", "ports from 1 to 65535 with commas between them, such as 443,8443"),
        ("URL_PORTS", "443,0", "ports from 1 to 65535 with commas between them, such as 443,8443"),
        ("URL_PORTS", "44a", "ports from 1 to 65535 with commas between them, such as 443,8443"),
        ("WINDOWS__LOOK_S", "x", "a number, such as 1.5"),
        ("VIEW_URL", "foo", "an http or https URL, such as https://films.example.com"),
        ("PERSON", " ", "a name of at most 100 characters, not empty"),
    ],
)
def test_a_variable_is_refused_in_our_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(f"SHOTGRAPH_{name}", value)
    with pytest.raises(InvalidInput) as refused:
        Settings()
    assert f"SHOTGRAPH_{name}: allowed: {allowed}. Nothing was sent" in refused.value.message
    assert not [words for words in NOT_OURS if words in refused.value.message]
