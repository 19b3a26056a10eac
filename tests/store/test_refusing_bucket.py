"""A bucket behind an S3 server that refuses: one line that says what to set right."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shotgraph.errors import Retryable, StoreRefused
from shotgraph.model.references import Sha256
from shotgraph.store import Store, open_store
from tests.cli.command import Desk, plain_env
from tests.rehearsal.client import Client

if TYPE_CHECKING:
    from .strict_s3 import StrictS3

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NAME = "results/a.json"
SHA256 = Sha256("0" * 64)
WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "region": ({"AWS_REGION": "us-east-1"}, "AuthorizationHeaderMalformed", "eu-central-1"),
    "key": ({"AWS_ACCESS_KEY_ID": "AKIANOBODY"}, "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID"),
    "secret": ({"AWS_SECRET_ACCESS_KEY": "no"}, "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
    "clock": ({}, "RequestTimeTooSkewed", "clock of this machine"),
    "bucket": ({"SHOTGRAPH_STORE": "s3://nowhere/a"}, "NoSuchBucket", "SHOTGRAPH_STORE"),
}
DOES: dict[str, Callable[[Store], Awaitable[object]]] = {
    "keeps": lambda store: store.records.put_if_absent(NAME, b"{}"),
    "reads": lambda store: store.records.get(NAME),
    "lists": lambda store: store.records.names("results"),
    "looks": lambda store: store.assets.size_bytes(SHA256),
}
FILM = """\
name: one
params: {shot: {type: video, default: shot.mp4}}
steps: {dawn: {edit: {video: $shot, prompt: "Repaint it at dawn"}}}
output: $dawn
"""


@pytest.fixture(scope="module")
def s3() -> "Iterator[StrictS3]":
    # It takes seconds to import, and the quick suite reads this file, too.
    from .strict_s3 import strict_s3

    with strict_s3() as s3:
        yield s3


def env_of(s3: "StrictS3", wrong: str) -> dict[str, str]:
    """What leads to it, and to what is wrong there."""
    moved = timedelta(minutes=20 if wrong == "clock" else 0)
    s3.clock = lambda: datetime.now(UTC) + moved
    return {**s3.env(), "SHOTGRAPH_STORE": "s3://films/a", **WRONG.get(wrong, ({},))[0]}


def opened(s3: "StrictS3", wrong: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    env = env_of(s3, wrong)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return open_store(env["SHOTGRAPH_STORE"])


async def test_a_path_style_endpoint_holds_a_store(
    s3: "StrictS3", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(s3, "nothing", monkeypatch)
    assert await store.records.put_if_absent("results/b.json", b"{}")
    assert not await store.records.put_if_absent("results/b.json", b"[]")
    assert await store.records.get("results/b.json") == b"{}"
    assert await store.records.names("results") == ["results/b.json"]
    assert await store.assets.size_bytes(SHA256) is None


@pytest.mark.parametrize("does", DOES)
@pytest.mark.parametrize("wrong", WRONG)
async def test_one_line_says_what_to_set_right(
    s3: "StrictS3", wrong: str, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(s3, wrong, monkeypatch)
    if (wrong, does) == ("bucket", "looks"):
        # The answer to HEAD has no body, and is the same as for a file that is not there.
        assert await DOES[does](store) is None
        return
    with pytest.raises(StoreRefused) as raised:
        await DOES[does](store)
    _, code, words = WRONG[wrong]
    said = raised.value.message
    assert code in said
    assert words in said
    assert "\n" not in said
    assert "<" not in said
    assert isinstance(raised.value, Retryable), "what is written after a purchase is tried again"


@pytest.mark.parametrize("wrong", WRONG)
async def test_the_command_ends_with_2_and_nothing_is_sent(
    s3: "StrictS3",
    wrong: str,
    tmp_path: Path,
    shot: Path,
    at_fal: Client,
    fal_env: dict[str, str],
) -> None:
    (tmp_path / "film.yaml").write_text(FILM)
    (tmp_path / "shot.mp4").hardlink_to(shot)
    env = {**plain_env(tmp_path / "prefect"), **fal_env, **env_of(s3, wrong)}
    ran = Desk(tmp_path, env).run("plan", "film.yaml")
    print(f"\n{wrong}: {ran.err}{ran.out}")
    assert ran.code == 2
    assert "Traceback" not in ran.err
    _, code, words = WRONG[wrong]
    assert code in ran.err
    assert words in ran.err
    assert (await at_fal.book())["counts"].get("submits", 0) == 0
