"""``await fal(…)`` in a flow: what it gives, when it is there already, and what it says."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from shotgraph.errors import InvalidInput
from shotgraph.inputs.hosts import FalBases, backend_of
from shotgraph.making.given_arguments import checked
from shotgraph.rehearsal.model import ANY_JOB_USD
from shotgraph.tasks import Made, RunSettings, fal
from shotgraph.tasks.policy import PAID_TIMEOUT_S, RETRIES
from shotgraph.tasks.step import found_now
from tests.money.free_steps.conftest import ENDPOINT
from tests.rehearsal.client import Client
from tests.tasks.calls import call
from tests.through_prefect import PrefectServer

OUTPUT = {"sound": "audio.url", "cover": "images[0]"}


async def test_what_one_task_makes_another_takes(
    at_fal: Client, still: Path, prefect_server: PrefectServer
) -> None:
    backend = backend_of(FalBases.model_validate(at_fal.bases.as_dict()))
    settings = RunSettings(backend=backend)
    given: dict[str, Any] = {"prompt": "sea", "image_url": str(still)}
    paid: dict[str, Any] = {"price_usd": "0.05", "settings": settings}
    both = (await call(fal, ENDPOINT, given, output=OUTPUT, **paid)).value
    assert (both["kind"], both["how"], both["cost_usd"]) == ("audio", "ran", str(ANY_JOB_USD))
    assert list(both["outputs"]) == ["sound", "cover"]
    assert both["outputs"]["sound"]["sha256"] == both["sha256"]
    cover = both["outputs"]["cover"]
    assert (cover["kind"], cover["width"], cover["height"]) == ("image", 640, 360)
    TypeAdapter(Made).validate_python(both)

    alone = await call(fal, ENDPOINT, given, output="audio", **paid)
    assert (alone.state.name, alone.value["sha256"]) == ("Cached", both["sha256"])
    assert "outputs" not in alone.value
    again = await call(fal, ENDPOINT, given, output=OUTPUT, **paid)
    assert (again.state.name, again.value["outputs"]) == ("Cached", both["outputs"])

    later = await call(fal, ENDPOINT, {"deep": [{"first": cover}, both]}, output="video", **paid)
    assert later.value["kind"] == "video"
    (first, second) = await at_fal.jobs()
    assert first["input"]["image_url"].startswith(at_fal.bases.cdn_url)
    # fal has what it made: it is passed on, and not uploaded.
    assert second["input"] == {
        "deep": [{"first": first["output"]["image"]["url"]}, first["output"]["audio"]["url"]]
    }
    assert (await at_fal.book())["counts"]["uploads"] == 1


async def test_what_is_in_the_store_is_found_for_each_set_of_files(
    at_fal: Client, still: Path, tmp_path: Path, prefect_server: PrefectServer
) -> None:
    backend = backend_of(FalBases.model_validate(at_fal.bases.as_dict()))
    settings = RunSettings(backend=backend)
    inputs: dict[str, Any] = {
        "endpoint": ENDPOINT,
        "arguments": {"prompt": "key", "image_url": str(still)},
        "output": OUTPUT,
        "price_usd": "0.05",
        "schema": None,
        "take": 1,
        "settings": settings,
    }

    def found(**changed: Any) -> Made | None:
        given = {**inputs, **changed}
        settings, take = given.pop("settings"), given.pop("take")
        return found_now(checked("fal", given, take=take), settings)

    assert found() is None
    made = (await call(fal, **inputs)).value
    there = {**made, "how": "cached", "cost_usd": "0"}
    assert found() == there
    alone = found(output="audio")
    assert alone is not None
    assert (alone["key"], alone["sha256"]) == (made["key"], made["sha256"])
    assert "outputs" not in alone
    turned = found(output=dict(reversed(OUTPUT.items())))
    assert turned is not None
    assert turned["sha256"] == made["outputs"]["cover"]["sha256"]
    assert found(output="video") is None
    assert found(take=2) is None
    assert found(settings=RunSettings()) is None
    assert found(price_usd="0.06", schema="absent.json") == there
    elsewhere = tmp_path / "elsewhere.png"
    os.link(still, elsewhere)
    assert found(arguments={"image_url": str(elsewhere), "prompt": "key"}) == there
    cover = made["outputs"]["cover"]["sha256"]
    asset = tmp_path / "store" / "objects" / cover[:2] / cover
    asset.chmod(0o600)
    asset.unlink()
    assert found() is None
    assert found(output="audio") == alone


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "fal: price_usd: the price of fal-ai/some/model is not known"),
    ({"price_usd": "1", "take": 0}, "take is 0; allowed: from 1 up"),
    ({"price_usd": "1", "output": "result"}, "output: does not tell the kind of the medium"),
    ({"price_usd": "1", "arguments": {"a": {1, 2}}}, "arguments: a: set is no JSON"),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=[said for _, said in WRONG])
async def test_wrong_use_is_said_and_nothing_is_sent(
    at_fal: Client, prefect_server: PrefectServer, given: dict[str, Any], said: str
) -> None:
    ended = await call(fal, ENDPOINT, **given)
    assert type(ended.error) is InvalidInput
    assert said in str(ended.error)
    assert (await at_fal.book())["counts"] == {}


async def test_a_schema_is_a_file(
    at_fal: Client, tmp_path: Path, prefect_server: PrefectServer
) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"paths": {}}), encoding="utf-8")
    schema = str(tmp_path / "model.json")
    ended = await call(fal, ENDPOINT, {"prompt": "x"}, price_usd="1", schema=schema)
    assert type(ended.error) is InvalidInput
    assert "schema: model.json: it does not say what is sent to /fal-ai/some/model" in str(
        ended.error
    )


def test_it_has_what_every_paid_task_has() -> None:
    assert (fal.retries, fal.timeout_seconds) == (RETRIES, PAID_TIMEOUT_S)
    assert fal.persist_result
    assert fal.isasync
