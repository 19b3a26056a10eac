"""What is sent: fal's own names, and only what was set."""

from typing import Any

import pytest

from shotgraph.model.references import Asset, LocalFile, RemoteUrl, StepOutput
from shotgraph.money.job import wire_body
from tests.endpoints.documented import DOCUMENTED, Documented
from tests.endpoints.examples import LEAST, all_arguments, arguments

PAGES = [pytest.param(page, id=page.kind) for page in DOCUMENTED]


def url_of(asset: Asset) -> str:
    return f"https://v3.fal.media/{int(asset.sha256, 16)}"


@pytest.mark.parametrize("page", PAGES)
def test_every_field_goes_under_fals_name(page: Documented) -> None:
    body = wire_body(all_arguments(page.kind), url_of)
    assert set(body) == set(page.fields)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_set_is_not_sent(page: Documented) -> None:
    body = wire_body(arguments(page.kind), url_of)
    assert set(body) == {name for name, field in page.fields.items() if field.required}


def test_the_whole_body_of_a_reference() -> None:
    assert wire_body(all_arguments("reference"), url_of) == {
        "prompt": "Go on",
        "video_url": "https://v3.fal.media/1",
        "keep_audio": True,
        "image_urls": ["https://v3.fal.media/3", "https://v3.fal.media/4"],
        "elements": [
            {
                "frontal_image_url": "https://v3.fal.media/5",
                "reference_image_urls": ["https://v3.fal.media/6", "https://v3.fal.media/7"],
            }
        ],
        "aspect_ratio": "9:16",
        "duration": "10",
    }


def test_a_duration_is_sent_as_text() -> None:
    body = wire_body(arguments("image_to_video", duration="7"), url_of)
    assert body == {
        "prompt": "Move",
        "start_image_url": "https://v3.fal.media/2",
        "duration": "7",
    }


def test_a_default_that_was_written_is_sent() -> None:
    body = wire_body(arguments("edit", keep_audio=False, images=None, elements=[]), url_of)
    assert body == {
        "prompt": "Paint it",
        "video_url": "https://v3.fal.media/1",
        "keep_audio": False,
        "elements": [],
    }


@pytest.mark.parametrize(
    "ref",
    [
        LocalFile.model_validate({"file": "a.mp4"}),
        RemoteUrl(url="https://example.com/a.mp4"),
        StepOutput(step="a", kind="video"),
    ],
)
def test_only_what_is_in_the_store_is_sent(ref: Any) -> None:
    with pytest.raises(TypeError, match="has not been taken into the store"):
        wire_body(arguments("edit", video=ref), url_of)
    element = {"frontal_image": ref}
    with pytest.raises(TypeError, match="has not been taken into the store"):
        wire_body(arguments("edit", elements=[element]), url_of)


def test_the_models_read_fals_names_too() -> None:
    model = type(arguments("edit"))
    body = {"prompt": "Paint it", "video_url": LEAST["edit"]["video"]}
    assert model.model_validate(body) == arguments("edit")
