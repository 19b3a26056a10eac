"""Words of others that would command a terminal, a log or a page, wherever they are told."""

import logging
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from shotgraph.errors import ShotgraphError
from shotgraph.foreign_text import hide
from shotgraph.model.references import Asset
from shotgraph.money.accounts import Money
from shotgraph.money.connection import FalConnection
from shotgraph.money.submit import submit_once
from shotgraph.money.windows import Windows
from shotgraph.report.markdown import escaped
from shotgraph.report.question import Costs, Shown, question_text
from shotgraph.store import open_store
from tests.cli.command import Desk, plain_env
from tests.figures import Count
from tests.money.clocks import SteppingClock
from tests.money.scripted import bases_at
from tests.outside.other_fal import KEY, OtherFal, says

KIND = 23
WORDS = {
    "a screen is cleared": "\x1b[2J\x1b]0;pwned\x07RED",
    "a line of a log is forged": "x\r\n13:00:00.000 | INFO | Flow run 'x' - Completed()",
    "letters run backwards": "\u202egpj.exe \u2066x\u2069 \u200f",
    "lines of other alphabets": "a\u2028b\u0085c",
    "a link": "x) ![t](https://evil.example/p.png) [free](javascript:alert(1)",
    "HTML": "<img src=x onerror=alert(1)><!--",
    "a heading, a table, a list": "# Paid | yes |\n- [x] `ok`",
}
COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
MARKDOWN = re.compile(r"(?<!\\)\]\((?!data:)|(?<!\\)<(?!br>)|(?<!\\)!\[(?!\\?take)|^\s*[#|-]", re.M)


@pytest.fixture
def fal(shot: Path) -> Iterator[OtherFal]:
    with OtherFal(shot.read_bytes()).running() as server:
        yield server


@pytest.mark.parametrize("name", WORDS)
async def test_what_fal_says_is_one_line(name: str, fal: OtherFal, count: Count) -> None:
    fal.usually("submit", says(422, {"detail": WORDS[name]}))
    clock = SteppingClock()
    with pytest.raises(ShotgraphError) as raised:
        await submit_once(
            FalConnection(bases_at(fal.root), SecretStr(KEY), "test"),
            "owner/app",
            {"prompt": "x"},
            what="dusk",
            clock=clock,
            windows=Windows(),
            send_by=clock.monotonic() + 60,
        )
    found = COMMANDS.findall(raised.value.message) + re.findall("\n", raised.value.message)
    count(texts=1, signs_let_through=len(found))
    assert found == []
    assert "dusk" in raised.value.message


@pytest.mark.parametrize("name", WORDS)
def test_a_log_has_no_sign_that_commands(
    name: str, caplog: pytest.LogCaptureFixture, count: Count
) -> None:
    hide(KEY)  # from here on each record of the process is looked at
    logging.getLogger("httpx").warning("it said %s", WORDS[name])
    found = COMMANDS.findall(caplog.text)
    count(texts=1, signs_let_through=len(found))
    assert found == []


@pytest.mark.parametrize("name", WORDS)
async def test_a_form_has_no_link_of_theirs(name: str, tmp_path: Path, count: Count) -> None:
    words, store = WORDS[name], open_store(str(tmp_path / "store"))
    clip = Asset(sha256="0" * 64, kind="audio", size_bytes=1, content_type="audio/mp4")
    none = Costs(Money(Decimal(0), Decimal(0)), Money(Decimal(0), Decimal(0)), Decimal(0))
    form = await question_text(
        words,
        words,
        [Shown(words, clip, url=f"https://v3.fal.media/{words}")],
        none,
        store,
        remark=words,
        prompts=[(words, words)],
    )
    form = re.sub(r"\[the whole audio\]\([^()\s<>\[\]]*\)", "", form)
    form = form.removeprefix("⚠ ").replace("### ", "", 1)
    found = COMMANDS.findall(form) + MARKDOWN.findall(form) + MARKDOWN.findall(escaped(words))
    count(texts=1, signs_let_through=len(found))
    assert found == []


def test_a_terminal_gets_none_from_a_film(tmp_path: Path, shot: Path, count: Count) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "shot.mp4").hardlink_to(shot)
    name = "\\e[2J\\u202e\\r\\nok"
    (folder / "film.yaml").write_text(
        f'name: "a{name}"\nsteps: {{"{name}": {{trim: {{video: "{name}.mp4"}}}}}}\n'
        f'output: "{name}"\n'
    )
    env = {**plain_env(tmp_path / "prefect"), "SHOTGRAPH_STORE": str(tmp_path / "store")}
    found = []
    for arguments in (("validate", "film.yaml"), ("plan", "film.yaml"), ("plan", "x\x1b[2J\u202e")):
        ran = Desk(folder, env).run(*arguments)
        assert ran.code == 2
        found += COMMANDS.findall(ran.out + ran.err)
    count(texts=3, signs_let_through=len(found))
    assert found == []
