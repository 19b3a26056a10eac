"""A URL out of a reply is a link's target, and nothing more."""

import pytest

from shotgraph.model.references import Asset
from shotgraph.report.question import Shown, _line, plain

ASSET = Asset(sha256="0" * 64, kind="video", size_bytes=1, content_type="video/mp4")
HOSTILE = "https://v3.fal.media/x) ![t](https://evil.example/p.png) [free](javascript:alert(1)"


def test_a_url_can_not_end_its_link_and_begin_another() -> None:
    said = _line(Shown("dusk", ASSET, url=HOSTILE), 0)
    target = said.partition("](")[2]
    assert target.endswith(")")
    assert not set(target[:-1]) & set(' ()[]<>"`\\\n')
    assert said.count("](") == 1


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://v3.fal.media/x.mp4?sig=abc"]
)
def test_what_is_no_open_web_page_is_not_linked(url: str) -> None:
    assert "](" not in _line(Shown("dusk", ASSET, url=url), 0)


def test_words_command_nothing() -> None:
    assert plain("a\x1b[2J\n# b \u202e![x](y)") == r"a\\x1b\[2J \# b \\u202e\!\[x\](y)"
