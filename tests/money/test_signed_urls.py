"""URLs that fal signed stand in no record, and what was paid for is had all the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from shotgraph.errors import Terminal
from shotgraph.failpoints import Injected
from shotgraph.foreign_text import LEFT_OUT
from shotgraph.inputs.hosts import backend_of
from shotgraph.model.references import Asset
from shotgraph.money.buy import buy
from shotgraph.money.connection import FalConnection
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.scripted import bases_at
from tests.money.signing_fal import GONE, SIGNATURE, have_sign, take_and_hang_up
from tests.outside.other_fal import KEY, OtherFal, says


@pytest.fixture
def other(clip: Path) -> Iterator[OtherFal]:
    with OtherFal(clip.read_bytes()).running() as fal:
        have_sign(fal)
        yield fal


@pytest.fixture
def signed(other: OtherFal, session: Callable[..., Session]) -> Session:
    bases = bases_at(other.root)
    fal = FalConnection(bases, SecretStr(KEY), backend_of(bases))
    return replace(session(), fal=fal)


@pytest.fixture
def job(signed: Session, asset: Asset) -> Job:
    shot = Shot(prompt=f"as https://h/x?sig={SIGNATURE} has it", video=asset)
    return replace(job_of(shot, signed.fal.backend), step="dusk")


@pytest.fixture
def records(tmp_path: Path) -> Callable[[], dict[str, str]]:
    def read() -> dict[str, str]:
        found = (tmp_path / "store").rglob("*.json")
        return {str(path): path.read_text() for path in found}

    return read


async def test_no_record_has_what_opens_a_url(
    signed: Session, job: Job, records: Callable[[], dict[str, str]], other: OtherFal
) -> None:
    assert (await buy(signed, job)).how == "ran"
    assert SIGNATURE in str(other.jobs[0].body), "what is sent to fal opens its input"
    assert [name for name, text in records().items() if SIGNATURE in text] == []
    # The query and nothing else, of the body, of its canonical form, and of the answer.
    told = [name.rpartition("/")[2] for name, text in records().items() if LEFT_OUT in text]
    assert {"intent.json", "ended.json"} <= set(told)


async def test_after_a_crash_fal_is_asked_for_a_url_that_opens(
    signed: Session, job: Job, other: OtherFal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_FAILPOINT", "ended_there:raise")
    with pytest.raises(Injected):
        await buy(signed, job)
    monkeypatch.delenv("SHOTGRAPH_FAILPOINT")
    gone = says(*GONE)
    other.moods.insert(0, lambda asked: gone if asked.place in ("status", "result") else None)
    with pytest.raises(Terminal, match=r"no longer knows request .*--buy-again"):
        await buy(signed, job)
    del other.moods[0]
    bought = await buy(signed, job)
    assert (bought.how, other.submits) == ("resumed", 1)
    assert await signed.store.assets.size_bytes(bought.result.asset.sha256) == len(other.clip)


async def test_a_lost_reply_is_found_by_a_body_without_signatures(
    signed: Session, job: Job, other: OtherFal
) -> None:
    take_and_hang_up(other)
    assert (await buy(signed, job)).how == "ran"
    assert (other.submits, len(other.jobs)) == (1, 1)
