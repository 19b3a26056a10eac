"""The three words: every error is one of them, survives Prefect, and tells no secret."""

from importlib import import_module
from pkgutil import walk_packages

import pytest

import shotgraph
from shotgraph.errors import Ambiguous, Retryable, ShotgraphError, Terminal

# Prefect stores exceptions with the protocol of pickle: rebuilding by hand what __reduce__ says
# shows the same without one.


def all_errors() -> list[type[ShotgraphError]]:
    for module in walk_packages(shotgraph.__path__, "shotgraph."):
        if not module.name.startswith("shotgraph.examples"):
            import_module(module.name)

    def below(kind: type[ShotgraphError]) -> list[type[ShotgraphError]]:
        return [kind, *(found for sub in kind.__subclasses__() for found in below(sub))]

    return sorted(set(below(ShotgraphError)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_is_one_of_three_words(kind: type[ShotgraphError]) -> None:
    words = [word for word in (Retryable, Terminal, Ambiguous) if issubclass(kind, word)]
    assert kind is ShotgraphError or len(words) == 1
    assert kind.__doc__
    assert kind.exit_code in (2, 3, 4, 5, 130)


def test_codes_are_distinct() -> None:
    codes = [kind.code for kind in all_errors()]
    assert len(set(codes)) == len(codes)


def test_an_error_can_be_rebuilt() -> None:
    error = Retryable("what happened")
    error.request_id = "abc"
    rebuild, arguments, state = error.__reduce__()
    again = rebuild(*arguments)
    again.__dict__.update(state)
    assert str(again) == "what happened"
    assert again.request_id == "abc"
