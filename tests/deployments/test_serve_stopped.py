"""A film that is served is stopped with its server process, and goes on with the next one."""

import signal
from pathlib import Path

import pytest

from tests.prefect_crash.process_tree import BIN, ProcessTree

from .films import QUICK, write_film
from .shop import Shop
from .test_started_by_hand import book

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]

END_S = 300.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_a_served_film_goes_on_with_the_next_serve(
    shop: Shop, shot: Path, number: signal.Signals
) -> None:
    name = f"served-{number.name.lower()}"
    file = write_film(shop.folder / name, QUICK.format(name=name), shot)
    words = f"until {name}"
    command = (BIN / "shotgraph", "deploy", file, "--serve", "--set", f"words={words}")
    control = f"{shop.fal.bases.queue_url.removesuffix('/queue')}/_rehearsal/faults"

    def serve(which: str) -> ProcessTree:
        return ProcessTree(*command, env=shop.env, log=shop.folder / f"{name}-{which}.log")

    (held,) = shop._http.post(control, json={"kind": "hold"}).json()["ids"]
    first = serve("first")
    try:
        known = f"deployments/name/film/{name}"
        shop.until(lambda: shop.ask("GET", known).is_success, "the deployment")
        run_id = shop.begin({"deployment_id": shop.ask("GET", known).json()["id"]})
        shop.until(lambda: len(book(shop, words)) == 1, "a job at fal")
        shop.until(lambda: "being drawn" in shop.log_of(run_id), "the job's status")
        first.send(number)
        assert first.wait(END_S) == 0, first.said()
        assert f"{name} continues when the film is served again" in first.said()
    finally:
        first.kill()
    state = shop.ask("GET", f"flow_runs/{run_id}").json()["state"]
    assert (state["type"], state["name"]) == ("SCHEDULED", "AwaitingRetry")
    assert shop._http.delete(f"{control}/{held}").is_success
    second = serve("second")
    try:
        ended = shop.ended(run_id, by_worker=False)
    finally:
        second.kill()
    assert ended["state"]["type"] == "COMPLETED", shop.log_of(run_id)
    (job,) = book(shop, words)
    assert job["status"] == "COMPLETED", "it was neither cancelled nor bought again"
    print(f"\nprefect: serve gets {number.name} with a job at fal: the next goes on, 1 submit of 1")
