"""A file of somebody else says itself what it costs: no budget rests on that alone."""

from pathlib import Path
from typing import Any

import pytest

from shotgraph.spec import InvalidPipeline
from tests.flows.pipelines import run
from tests.rehearsal.client import Client

pytestmark = pytest.mark.usefixtures("prefect_server")

ENDPOINT = "someone/expensive"
# Of a still: nothing has to be drawn for long.
FILM = """\
name: prices
steps:
  a:
    takes: {takes}
    fal:
      endpoint: someone/expensive
      arguments: {{prompt: {words}}}
      output: images[0].url
      price_usd: "{price_usd}"
output: $a
"""


def film(price_usd: str, words: str, takes: int = 2) -> str:
    return FILM.format(price_usd=price_usd, words=words, takes=takes)


async def submits(server: Client) -> int:
    return int((await server.book())["counts"].get("submits", 0))


async def ran(pipeline: str, shot: Path, out: Path, **more: Any) -> dict[str, Any]:
    return await run(pipeline, shot, out, params={}, **more)


async def test_a_file_that_says_that_it_is_free_passes_no_budget(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    await at_fal.fault("reprice", endpoint_id=ENDPOINT, usd="50", unit="units")
    for price_usd, trust_prices in (("0", False), ("0", True), ("0.05", False)):
        with pytest.raises(InvalidPipeline) as wrong:
            await ran(
                film(price_usd, "free", takes=12),
                shot,
                tmp_path,
                max_usd=0.01,
                trust_prices=trust_prices,
            )
        assert f"${price_usd} is given, and fal takes $50" in wrong.value.message
        assert wrong.value.exit_code == 2
    assert await submits(at_fal) == 0


@pytest.mark.slow
async def test_a_price_that_only_the_file_knows_needs_the_word_of_who_runs_it(
    at_fal: Client, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = film("0.05", "unheard of")
    refused = await ran(text, shot, tmp_path, max_usd=1)
    assert (refused["status"], refused["error"]["code"]) == ("over_budget", "price_not_known")
    assert (
        "fal's pricing API names no price in dollars for someone/expensive"
        in (refused["error"]["message"])
    )
    monkeypatch.setenv("SHOTGRAPH_DAILY_BUDGET_USD", "5")
    assert (await ran(text, shot, tmp_path))["status"] == "over_budget"
    assert await submits(at_fal) == 0
    rehearsed = await ran(text, shot, tmp_path, max_usd=1, rehearse=True)
    assert rehearsed["status"] == "done"
    vouched = await ran(text, shot, tmp_path, max_usd=1, trust_prices=True)
    assert (vouched["status"], vouched["cost_usd"]) == ("done", 0.1)
    assert await submits(at_fal) == 2
    monkeypatch.setenv("SHOTGRAPH_TRUST_PRICES", "true")
    more = await ran(film("0.05", "unheard of", takes=3), shot, tmp_path, max_usd=1)
    assert (more["status"], more["cost_usd"]) == ("done", 0.05)


async def test_without_any_budget_it_is_bought_and_said(
    at_fal: Client, shot: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    report = await ran(film("0.05", "no budget", takes=1), shot, tmp_path)
    assert report["status"] == "done"
    (line,) = [one for one in caplog.messages if "is known only from the file" in one]
    assert "The run has no budget, so the step is bought" in line


async def test_what_was_billed_counts_in_the_budget_of_the_run(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    await at_fal.fault("reprice", endpoint_id=ENDPOINT, usd="0.05", unit="units")
    await at_fal.fault("bill", endpoint_id=ENDPOINT, units=20)
    report = await ran(film("0.05", "counted", takes=12), shot, tmp_path, max_usd=0.9)
    assert await submits(at_fal) == 1
    assert report["cost_usd"] == 1.0
    assert report["status"] != "done"
