"""What is sent: fal's documented fields, those that were set, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shotgraph.endpoints import ENDPOINTS, KINDS
from shotgraph.errors import MediaError
from shotgraph.inputs.intake import Intake
from shotgraph.money.events import Intent
from shotgraph.money.job import Job, wire_body
from shotgraph.money.send import send
from shotgraph.money.session import Permit, Session
from tests.rehearsal.client import Client

PROMPT = "Based on @Video1, generate the next shot. keep the style of the video"
ELEMENT = {"frontal_image": "front", "reference_images": ["left", "right"]}
WIRE_ELEMENT = {"frontal_image_url": "front", "reference_image_urls": ["left", "right"]}

# By kind: what a step is given, and what fal's page says of how it is sent.
DOCUMENTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "edit": (
        {
            "prompt": "Transform the landscape into @Image1, with @Element1",
            "video": "clip",
            "keep_audio": False,
            "images": ["look"],
            "elements": [ELEMENT],
        },
        {
            "prompt": "Transform the landscape into @Image1, with @Element1",
            "video_url": "clip",
            "keep_audio": False,
            "image_urls": ["look"],
            "elements": [WIRE_ELEMENT],
        },
    ),
    "reference": (
        {
            "prompt": PROMPT,
            "video": "clip",
            "keep_audio": False,
            "images": [],
            "elements": [ELEMENT],
            "aspect_ratio": "auto",
            "duration": "5",
        },
        {
            "prompt": PROMPT,
            "video_url": "clip",
            "keep_audio": False,
            "image_urls": [],
            "elements": [WIRE_ELEMENT],
            "aspect_ratio": "auto",
            "duration": "5",
        },
    ),
    "image_to_video": (
        {
            "prompt": "From @Image1 to @Image2",
            "start_image": "look",
            "end_image": "front",
            "duration": "10",
        },
        {
            "prompt": "From @Image1 to @Image2",
            "start_image_url": "look",
            "end_image_url": "front",
            "duration": "10",
        },
    ),
    "reference_to_video": (
        {
            "prompt": "@Element1 in @Image1",
            "images": ["look"],
            "elements": [ELEMENT],
            "duration": "3",
            "aspect_ratio": "9:16",
        },
        {
            "prompt": "@Element1 in @Image1",
            "image_urls": ["look"],
            "elements": [WIRE_ELEMENT],
            "duration": "3",
            "aspect_ratio": "9:16",
        },
    ),
}
SHORTEST: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "edit": ({"prompt": "dusk", "video": "clip"}, {"prompt": "dusk", "video_url": "clip"}),
    "reference": ({"prompt": PROMPT, "video": "clip"}, {"prompt": PROMPT, "video_url": "clip"}),
    "image_to_video": (
        {"prompt": "dusk", "start_image": "look"},
        {"prompt": "dusk", "start_image_url": "look"},
    ),
    "reference_to_video": ({"prompt": "dusk"}, {"prompt": "dusk"}),
}
CASES = [
    (kind, tier, given, sent)
    for cases in (DOCUMENTED, SHORTEST)
    for kind, (given, sent) in cases.items()
    for tier in KINDS[kind]
]


@pytest.fixture
async def urls(server: Client, clip: Path, tmp_path: Path) -> dict[str, str]:
    """Files that fal has, by the names that the cases give them."""
    uploaded = {"clip": await server.upload(clip)}
    for number, name in enumerate(("look", "front", "left", "right")):
        picture = tmp_path / f"{name}.png"
        Image.new("RGB", (640, 360), (number * 60, 0, 90)).save(picture)
        uploaded[name] = await server.upload(picture, "image/png")
    return uploaded


def filled(value: Any, urls: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(item, urls) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, urls) for item in value]
    return urls.get(value, value) if isinstance(value, str) else value


async def sent_by(session: Session, kind: str, tier: str, given: dict[str, Any]) -> Job:
    endpoint = KINDS[kind][tier]  # type: ignore[index]
    arguments = endpoint.arguments.model_validate(given)
    taken = await Intake(session.fal.bases, session.store, session.clock).take_in(arguments)
    job = Job("dusk", endpoint, taken, 1, session.fal.backend)
    before, place = await session.ledger.latest(job.key), Permit(session.places, job.step)
    assert await send(session, job, before, place) is not None
    return job


@pytest.mark.parametrize(
    ("kind", "tier", "given", "sent"),
    CASES,
    ids=[f"{kind}-{tier}-{len(sent)}" for kind, tier, _, sent in CASES],
)
async def test_a_request_is_what_the_page_documents(
    server: Client,
    session: Callable[..., Session],
    urls: dict[str, str],
    kind: str,
    tier: str,
    given: dict[str, Any],
    sent: dict[str, Any],
) -> None:
    await server.fault("fail_request", status=503)
    uploads = (await server.book())["counts"]["uploads"]
    bought = session()
    job = await sent_by(bought, kind, tier, filled(given, urls))
    book = await server.book()
    (booked,) = book["jobs"]
    assert booked["endpoint_id"] == job.endpoint.id
    assert booked["input"] == filled(sent, urls)
    assert book["counts"]["uploads"] == uploads
    # Enough is on record to find it again, should its answer be lost.
    intent = (await bought.ledger.latest(job.key)).find(Intent)
    assert intent is not None
    assert intent.body == booked["input"]


def test_every_field_of_every_endpoint_is_covered() -> None:
    for endpoint in ENDPOINTS.values():
        given, sent = DOCUMENTED[endpoint.kind]
        fields = endpoint.arguments.model_fields
        assert set(given) == set(fields)
        assert set(sent) == {field.alias or name for name, field in fields.items()}


def test_what_is_not_in_the_store_is_never_sent() -> None:
    arguments = KINDS["edit"]["standard"].arguments.model_validate(
        {"prompt": "dusk", "video": "clip.mp4"}
    )
    with pytest.raises(TypeError, match="has not been taken into the store"):
        wire_body(arguments, lambda _: "url")


async def test_an_input_outside_of_the_limits_is_said_before_anything_is_sent(
    server: Client, session: Callable[..., Session], tmp_path: Path
) -> None:
    small = tmp_path / "small.png"
    Image.new("RGB", (200, 200)).save(small)
    given = {"prompt": "dusk", "start_image": str(small)}
    with pytest.raises(MediaError, match=r"start_image: it is 200 x 200 px; allowed: at least 300"):
        await sent_by(session(), "image_to_video", "standard", given)
    counts = (await server.book())["counts"]
    assert (counts.get("submits", 0), counts.get("uploads", 0)) == (0, 0)
