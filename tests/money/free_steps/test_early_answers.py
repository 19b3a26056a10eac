"""A ``fal`` step whose result's address answers before the file is there: the file is not lost."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotgraph.endpoints import any_endpoint
from shotgraph.endpoints.endpoint import Output, has_files, is_empty_at
from shotgraph.money.answers import NotInReply, lacking, to_come
from shotgraph.money.attempts import Attempt
from shotgraph.money.events import Ended
from shotgraph.money.follow import RESULT_PATIENCE_S
from shotgraph.money.session import Session
from tests.money.clocks import FastClock
from tests.money.free_steps.conftest import ENDPOINT, Draw
from tests.money.free_steps.test_bought_once import counts
from tests.money.ledger.records import KEY
from tests.rehearsal.client import Client

EARLY: dict[str, Any] = {
    "null": {"video": None},
    "a number": {"seed": 3},
    "an error": {"error": "not ready"},
    "an empty list": {"video": []},
    "an empty object": {"video": {}},
    "a null URL": {"video": {"url": None}},
    "an empty text": {"video": ""},
    "a null URL, and another file": {
        "video": {"url": None},
        "cover": {"url": "https://v3.fal.media/files/x/cover.png"},
    },
    "a detail": {"detail": "not ready"},
    "nothing": {},
}
SLOW = ("a number", "an error", "an empty list", "an empty object", "an empty text", "a detail")
CASES = [
    pytest.param(answer, id=name, marks=pytest.mark.slow if name in SLOW else ())
    for name, answer in EARLY.items()
]


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


ELSEWHERE = {"film": {"url": "https://v3.fal.media/files/x/other.mp4"}}


@pytest.mark.parametrize("early", EARLY.values(), ids=EARLY)
async def test_one_early_answer_is_asked_for_again_in_the_same_run(
    early: Any, server: Client, draw: Draw
) -> None:
    await server.fault("answer", at="result", status=200, answer=early, times=1)
    assert (await draw(output="video.url")).how == "ran"
    assert (await counts(server))["submits"] == 1
    assert (await draw(output="video.url")).how == "cached"


@pytest.mark.parametrize("early", CASES)
async def test_what_came_too_late_for_one_run_is_there_for_the_next(
    early: Any, server: Client, draw: Draw, clock: FastClock
) -> None:
    await server.fault("answer", at="result", status=200, answer=early)
    for _ in range(2):
        before, slept = (await counts(server)).get("results", 0), sum(clock.slept)
        with pytest.raises(NotInReply) as missing:
            await draw(output="video.url")
        assert (await counts(server))["results"] > before, "fal is asked in each run"
        assert sum(clock.slept) - slept >= RESULT_PATIENCE_S
        assert "fal for the reply once more" in missing.value.message
        assert "--buy-again" not in missing.value.message
    await server.lift()
    assert (await draw(output="video.url")).how == "resumed"
    assert (await counts(server))["submits"] == 1


async def test_a_wrong_path_is_told_at_once_and_asked_about_in_each_run(
    server: Client, draw: Draw, clock: FastClock
) -> None:
    await server.fault("answer", at="result", status=200, answer=ELSEWHERE)
    for run in (1, 2):
        with pytest.raises(NotInReply, match='no file at "video"; it has: film') as missing:
            await draw(output="video.url")
        assert "asks fal for the reply once more" in missing.value.message
        assert (await counts(server))["results"] == run
    assert sum(clock.slept) < RESULT_PATIENCE_S
    await server.lift()
    assert (await draw(output="video.url")).how == "resumed"
    assert (await counts(server))["submits"] == 1


async def test_what_fal_no_longer_has_leaves_the_paths_on_record(
    server: Client, draw: Draw
) -> None:
    await server.fault("answer", at="result", status=200, answer=ELSEWHERE)
    with pytest.raises(NotInReply):
        await draw(output="video.url")
    await server.lift()
    await server.http.delete(f"{server.control}/book")
    with pytest.raises(NotInReply, match="it has: film"):
        await draw(output="video.url")


@pytest.mark.parametrize("early", EARLY.values(), ids=EARLY)
async def test_a_record_of_an_older_shotgraph_is_asked_about(
    early: Any, server: Client, draw: Draw, session: Callable[..., Session], clock: FastClock
) -> None:
    await server.fault("answer", at="result", status=500, answer={})
    with pytest.raises(Exception, match="could not be read"):
        await draw(output="video.url")
    ledger = session().ledger
    (attempt,) = await ledger.all_latest()
    await ledger.record(attempt, Ended(at=clock.now(), succeeded=True, output=early))
    await server.lift()
    assert (await draw(output="video.url")).how == "resumed"
    assert (await counts(server))["submits"] == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("https://a/b.mp4"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["video", "url", "a"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(JSON, st.sampled_from(["video", "video[0]", "a.video", "a"]))
def test_an_answer_without_the_file_is_never_final(answer: Any, path: str) -> None:
    output = Output(name="video", path=path, kind="video")
    endpoint = any_endpoint(ENDPOINT, Decimal(1), [output])
    attempt = Attempt(KEY, 1)
    lacks, awaited = lacking(endpoint, attempt, answer), to_come(endpoint, attempt, answer)
    if not lacks:
        assert not awaited
    elif not awaited:
        assert has_files(answer), "only an answer with files elsewhere ends a run at once"
        assert not is_empty_at(answer, path)
