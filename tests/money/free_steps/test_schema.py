"""Arguments against the endpoint's own document, from a file or from fal, before a byte is sent."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from shotgraph.clock import SystemClock
from shotgraph.endpoints.any_endpoint import check_outputs
from shotgraph.endpoints.openapi import BadSchema, check_arguments
from shotgraph.errors import InvalidInput
from shotgraph.inputs.hosts import FalBases
from shotgraph.model.references import LocalFile
from shotgraph.money.connection import FalConnection
from shotgraph.money.schemas import PUBLIC_URL, FoundSchema, fetch_schema, schema_url
from shotgraph.spec.fal_arguments import schema_findings
from shotgraph.store import Store
from tests.graph.films import problems_of
from tests.money.clocks import SteppingClock
from tests.money.free_steps.conftest import ENDPOINT, Draw, Publish, body_of
from tests.money.free_steps.documents import document
from tests.money.free_steps.test_bought_once import counts
from tests.rehearsal.client import Client

RIGHT: list[dict[str, Any]] = [
    {"prompt": "sea"},
    {"prompt": "sea", "image_url": LocalFile(file=Path("a.png")), "count": 4},
    {"prompt": "sea", "image_size": "square"},
    {"prompt": "sea", "image_size": {"width": 4096}},
    {"prompt": "sea", "strength": None},
    {"prompt": "sea", "strength": Decimal("0.01")},
    {"prompt": "sea", "options": {"pictures": ["a", "b"], "notes": {"any": "name"}}},
]
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "prompt", "is missing"),
    ({"prompt": ""}, "prompt", '"" is given; allowed: at least 1 characters'),
    ({"prompt": "x" * 21}, "prompt", "allowed: at most 20 characters"),
    ({"prompt": 3}, "prompt", "3 is given; allowed: text"),
    ({"prompt": "x", "count": 0}, "count", "0 is given; allowed: from 1 up"),
    ({"prompt": "x", "count": 5}, "count", "5 is given; allowed: at most 4"),
    ({"prompt": "x", "count": Decimal("1.5")}, "count", "1.5 is given; allowed: a whole number"),
    ({"prompt": "x", "count": True}, "count", "true is given; allowed: a whole number"),
    ({"prompt": "x", "strength": 0}, "strength", "0 is given; allowed: above 0"),
    ({"prompt": "x", "mode": "slow"}, "mode", '"slow" is given; allowed: fast, good'),
    ({"prompt": "x", "mode": None}, "mode", "nothing is given; allowed: fast, good"),
    ({"prompt": "x", "promt": "y"}, "promt", "is not known; allowed: count"),
    ({"prompt": "x", "promt": "y"}, "promt", "did you mean prompt?"),
    ({"prompt": "x", "image_size": {"width": 5000}}, "image_size.width", "allowed: at most 4096"),
    ({"prompt": "x", "options": {"pictures": ["a"] * 3}}, "options.pictures", "at most 2 of them"),
    ({"prompt": "x", "options": {"pictures": [1]}}, "options.pictures.0", "allowed: text"),
    ({"prompt": "x", "options": {"picture": "a"}}, "options.picture", "did you mean pictures?"),
    ({"prompt": "x", "options": {"notes": {"a": 1}}}, "options.notes.a", "allowed: text"),
]


@pytest.mark.parametrize("values", RIGHT, ids=str)
def test_what_the_endpoint_takes_is_right(values: dict[str, Any]) -> None:
    assert check_arguments(document(), ENDPOINT, values) == []


@pytest.mark.parametrize(("values", "where", "said"), WRONG, ids=[str(row[0]) for row in WRONG])
def test_what_it_does_not_take_is_said(values: dict[str, Any], where: str, said: str) -> None:
    found = check_arguments(document(), ENDPOINT, values)
    named = {".".join(str(part) for part in one.path): one.said for one in found}
    assert where in named, named
    assert said in named[where]


FILES = "audio, images[0], subtitles, clip, film, cover"


def test_outputs_are_looked_up_in_the_reply() -> None:
    right = ["audio", "images[0]", "images[3]", "subtitles", "clip", "film", "cover", "more"]
    right += ["more.inside"]
    assert check_outputs(document(), ENDPOINT, right) == []
    (wrong,) = check_outputs(document(), ENDPOINT, ["video"])
    assert wrong.said == f'its reply has no "video"; allowed: {FILES}'
    said_nothing = document()
    del said_nothing["components"]["schemas"]["ModelOutput"]
    assert check_outputs(said_nothing, ENDPOINT, ["video"]) == []


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("voice_id", "a text"),
        ("seed", "a whole number"),
        ("images", "a list"),
        ("timings", "a mapping without a url"),
        ("timings.inference", "a number"),
        ("audio.file_size", "a whole number"),
    ],
)
async def test_a_path_that_leads_to_no_file_is_refused_before_it_is_bought(
    path: str, what: str, server: Client, draw: Draw, publish: Publish
) -> None:
    (wrong,) = check_outputs(document(), ENDPOINT, [path])
    assert wrong.said == f'"{path}" is {what} in its reply, and no file; allowed: {FILES}'
    await publish(document())
    with pytest.raises(InvalidInput, match=f"output: {re.escape(wrong.what)}"):
        await draw(arguments={"prompt": path}, output={"path": path, "kind": "audio"})
    assert "submits" not in await counts(server)


def test_a_document_tells_what_a_path_does_not(file: Path, tmp_path: Path) -> None:
    kinds = {"film": "video", "cover": "image", "images[0]": "image"}
    for path, kind in kinds.items():
        (output,) = body_of(schema=file, output=path).output
        assert (output.name, output.kind) == (kind, kind)
    named = body_of(schema=str(file), output={"still": "cover", "song": "audio"}).output
    assert [(one.name, one.kind) for one in named] == [("still", "image"), ("song", "audio")]
    for schema in (file, tmp_path / "absent.json"):
        with pytest.raises(ValidationError, match="does not tell the kind of the medium"):
            body_of(schema=schema, output="subtitles")
    (output,) = body_of(schema=file, output={"path": "film", "kind": "image"}).output
    assert output.kind == "image", "who says it knows it"


def test_what_a_document_tells_has_its_type_in_the_graph(file: Path, tmp_path: Path) -> None:
    steps = """
still:
  fal: {endpoint: fal-ai/some/model, schema: %s, arguments: {prompt: x}, output: %s, price_usd: 1}
film: {image_to_video: {start_image: $still, prompt: Move}}
"""
    assert problems_of(steps % (file.name, "cover"), tmp_path) == []
    (wrong,) = problems_of(steps % (file.name, "film"), tmp_path)
    assert wrong.startswith("steps.film.image_to_video.start_image: $still is a video")


def changed(*path: str, to: Any) -> dict[str, Any]:
    whole: Any = document()
    inside = whole
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = to
    return dict(whole)


SCHEMAS = ("components", "schemas")
BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "it has no paths"),
    ({"paths": {}}, "its paths are: none"),
    (document("fal-ai/other"), "its paths are: /fal-ai/other"),
    (changed(*SCHEMAS, to={}), "can't be followed"),
    (changed(*SCHEMAS, "ModelInput", to={"$ref": "http://127.0.0.1:9/x"}), "can't be followed"),
    (changed(*SCHEMAS, "ModelInput", to={"$ref": "#/components/schemas/ModelInput"}), "itself"),
    (changed(*SCHEMAS, "ModelInput", to={"type": 7}), "can't be followed"),
]


@pytest.mark.parametrize(("bad", "said"), BAD, ids=[said for _, said in BAD])
def test_a_document_that_says_nothing_is_said(bad: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSchema, match=said):
        check_arguments(bad, ENDPOINT, {"prompt": "x"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(document()), encoding="utf-8")
    return path


def test_every_finding_has_its_place_in_the_step(file: Path, tmp_path: Path) -> None:
    body = body_of(schema=str(file), arguments={"count": 9}, output="video")
    assert {one.path for one in schema_findings(body)} == {
        ("arguments", "count"),
        ("arguments", "prompt"),
        ("output",),
    }
    right = body_of(schema=file, arguments={"prompt": "x"}, output="audio.url")
    assert schema_findings(right) == []
    assert schema_findings(body_of()) == []
    for text, said in (("{", "is no JSON"), ("[]", "is no OpenAPI document"), ("{}", "no paths")):
        file.write_text(text, encoding="utf-8")
        (finding,) = schema_findings(body)
        assert finding.path == ("schema",)
        assert finding.said.startswith("model.json: ")
        assert said in finding.said
    (absent,) = schema_findings(body_of(schema=tmp_path / "absent.json"))
    assert "absent.json: can't be read: No such file" in absent.said


async def test_nothing_is_sent_that_the_file_does_not_allow(
    server: Client, draw: Draw, file: Path
) -> None:
    with pytest.raises(InvalidInput) as wrong:
        await draw(schema=file, arguments={"prompt": "x", "count": 9}, output="audio")
    assert "arguments.count: 9 is given; allowed: at most 4. Nothing was sent" in str(wrong.value)
    assert (await counts(server)).keys() <= {"schemas"}
    assert (await draw(schema=file, arguments={"prompt": "x"}, output="audio")).how == "ran"
    assert "schemas" not in await counts(server)


async def test_fals_own_description_is_asked_for_once_a_day(
    server: Client, draw: Draw, said: list[str], publish: Publish
) -> None:
    await publish(document())
    with pytest.raises(InvalidInput, match=r"fal's description of 2\d{3}-.*count: 9 is given"):
        await draw(arguments={"prompt": "x", "count": 9}, output="audio")
    assert "submits" not in await counts(server)
    assert (await draw(arguments={"prompt": "x"}, output="audio")).how == "ran"
    assert (await draw(arguments={"prompt": "x"}, output="audio")).how == "cached"
    assert (await counts(server))["schemas"] == 1
    assert not [line for line in said if "not checked" in line]


@pytest.mark.parametrize(
    ("published", "said_of_it"),
    [(None, "has no description of fal-ai/some/model"), ({"paths": {}}, "does not say what")],
)
async def test_without_a_description_it_is_said_and_bought(
    draw: Draw, said: list[str], publish: Publish, published: Any, said_of_it: str
) -> None:
    if published is not None:
        await publish(published)
    assert (await draw(arguments={"prompt": "x", "count": 9}, output="audio")).how == "ran"
    (line,) = [line for line in said if "were not checked" in line]
    assert said_of_it in line


async def test_a_description_is_kept_with_its_date(
    server: Client, fal: FalConnection, store: Store, publish: Publish
) -> None:
    await publish(document())
    clock = SteppingClock()

    async def fetched(bases: FalBases = fal.bases) -> FoundSchema:
        return await fetch_schema(ENDPOINT, bases=bases, store=store, clock=clock)

    first = await fetched()
    assert first == FoundSchema(document(), clock.now().date())
    clock.pass_by(24 * 3600)
    await publish({"paths": {}})
    assert (await fetched()).document == {"paths": {}}
    assert (await counts(server))["schemas"] == 2
    clock.pass_by(24 * 3600)
    await publish({"x": "y" * 1_000_000})
    older = await fetched()
    assert older.document == {"paths": {}}
    assert older.dated is not None
    assert older.dated < clock.now().date()


async def test_a_host_that_can_not_be_reached_is_no_obstacle(store: Store) -> None:
    closed = FalBases(queue_url="http://127.0.0.1:9", api_url="http://127.0.0.1:9")
    found = await fetch_schema(ENDPOINT, bases=closed, store=store, clock=SystemClock())
    assert found.document is None
    assert found.note == "fal's description of fal-ai/some/model: ConnectError"


def test_where_descriptions_are() -> None:
    assert schema_url(FalBases()) == PUBLIC_URL
    assert httpx.URL(PUBLIC_URL).host == "fal.ai"
    other = FalBases(api_url="http://localhost:1/api")
    assert schema_url(other) == "http://localhost:1/api/openapi/queue/openapi.json"
