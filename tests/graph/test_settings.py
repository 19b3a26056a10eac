"""Values on a command line: name=value, each behind its option."""

import pytest

from shotgraph.errors import InvalidInput
from shotgraph.graph.bind import settings


def test_the_value_is_all_behind_the_first_equals_sign() -> None:
    assert settings(["look=a=b", "words="]) == {"look": "a=b", "words": ""}


@pytest.mark.parametrize("option", ["--set", "--event-set"])
def test_what_is_none_is_said_with_its_option(option: str) -> None:
    with pytest.raises(InvalidInput, match=f'{option} "look": write {option} name=value'):
        settings(["look"], option)
    said = f'{option} "look=b": "look" is given twice; a list is .*: {option} .look=\\[a, b\\]'
    with pytest.raises(InvalidInput, match=said):
        settings(["look=a", "look=b"], option)


@pytest.mark.parametrize("pair", ["look:dusk", "look: dusk", "look dusk"])
def test_another_sign_than_equals_is_said(pair: str) -> None:
    with pytest.raises(InvalidInput, match="write --set look=dusk"):
        settings([pair])
