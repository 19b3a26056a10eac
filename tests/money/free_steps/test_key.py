"""The key of a job of any endpoint: whatever changes what is sent changes it, and nothing else."""

from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shotgraph.endpoints import ENDPOINTS, AnyArguments
from shotgraph.keys import canonical_json
from shotgraph.model.fields import media_in, media_kind_at, takes_anywhere, with_media
from shotgraph.model.references import (
    Asset,
    LocalFile,
    MediaRef,
    RemoteUrl,
    Sha256,
    StepOutput,
    media_kind_of_argument,
    media_kind_of_file,
)
from shotgraph.money.job import Job, fal_job, wire_body
from shotgraph.spec.fal_arguments import FalArguments
from tests.endpoints.examples import asset
from tests.money.free_steps.conftest import body_of

NOT_IN_KEY = {"output": "images[0]", "price_usd": "7", "schema": Path("model.json")}


def key(*, take: int = 1, backend: str = "fal", **fields: Any) -> str:
    return fal_job("step", body_of(**fields), take, backend).key


def test_only_what_is_sent_is_in_the_key() -> None:
    for name, other in NOT_IN_KEY.items():
        changed: dict[str, Any] = {name: other}
        assert key(**changed) == key(), name
    others = [
        key(endpoint="fal-ai/some/model/fast"),
        key(arguments={"prompt": "rough sea"}),
        key(take=2),
        key(backend="rehearsal"),
    ]
    assert len({key(), *others}) == 5
    assert set(FalArguments.model_fields) == {"endpoint", "arguments", *NOT_IN_KEY}


SENT: list[dict[str, Any]] = [
    {},
    {"a": None},
    {"a": []},
    {"a": {}},
    {"a": ""},
    {"a": "null"},
    {"a": "[]"},
    {"a": 1},
    {"a": "1"},
    {"a": True},
    {"a": Decimal("2.5")},
    {"a": "5/2"},
    {"a": "2.5"},
    {"a": {"json": "2.5"}},
    {"a": {"json": "null"}},
    {"a": {"json": {"json": "null"}}},
    {"a": [None]},
    {"a": [[]]},
    {"a": {"b": None}},
    {"a": asset(1)},
    {"a": {"sha256": asset(1).sha256}},
    {"b": asset(1)},
    {"a": [asset(1)]},
    {"a": asset(2)},
]


def test_whatever_is_sent_otherwise_is_another_job() -> None:
    for one, other in combinations(SENT, 2):
        assert key(arguments=one) != key(arguments=other), (one, other)


def test_spelling_is_not_in_the_key() -> None:
    image, same = asset(1), asset(1).model_copy(update={"size_bytes": 7, "content_type": "x/y"})
    assert key(arguments={"a": 1, "b": image}) == key(arguments={"b": same, "a": 1.0})
    assert key(arguments={"a": 0.5}) == key(arguments={"a": Decimal("0.50")})
    assert key(arguments={"a": "caf\u00e9"}) == key(arguments={"a": "cafe\u0301"})
    assert key(arguments={"a": (1, 2)}) == key(arguments={"a": [1, 2]})


def test_an_endpoint_with_a_step_of_its_own_has_that_steps_key() -> None:
    for endpoint in ENDPOINTS.values():
        media = {"video": asset(1, "video"), "start_image": asset(2)}
        names = endpoint.arguments.model_fields
        ours = {name: ref for name, ref in media.items() if name in names}
        wire = {f"{name}_url": ref for name, ref in ours.items()}
        typed = endpoint.arguments.model_validate({"prompt": "x", **ours})
        body = {"prompt": "x", **wire}
        job = fal_job("x", body_of(endpoint=endpoint.id, arguments=body, price_usd=None), 1, "fal")
        assert job == Job("x", endpoint, typed, 1, "fal")
        assert job.key == Job("x", endpoint, typed, 1, "fal").key


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(-9, 9)
    | st.text("ab\u00e9"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("json"), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc"), JSON, max_size=3))
def test_any_json_is_read_once_and_sent_as_it_is(values: dict[str, Any]) -> None:
    arguments = AnyArguments(values=values)
    assert AnyArguments(values=arguments.values) == arguments
    assert wire_body(arguments, lambda ref: ref.sha256) == values
    canonical_json(arguments)


@given(
    st.dictionaries(st.text("ab"), JSON, max_size=2),
    st.dictionaries(st.text("ab"), JSON, max_size=2),
)
def test_equal_keys_send_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = AnyArguments(values=one), AnyArguments(values=other)
    assert (canonical_json(first) == canonical_json(second)) == (
        canonical_json([str(_typed(first.values))]) == canonical_json([str(_typed(second.values))])
    )


def _typed(value: Any) -> Any:
    """Data with the type of everything in it, in a fixed order."""
    if isinstance(value, dict):
        return sorted((name, _typed(item)) for name, item in value.items())
    if isinstance(value, list):
        return ["list", *map(_typed, value)]
    return (type(value).__name__, str(value))


def test_media_are_found_and_replaced_wherever_they_stand() -> None:
    body = body_of(
        arguments={
            "image_url": "still.png",
            "deep": [{"clip": StepOutput(step="a", kind="video")}, Path("x.bin")],
            "audio": {"url": "https://example.org/a.wav"},
            "voice": "Rachel",
            "image_size": "square",
        }
    )
    found = {path: (kind, ref) for path, kind, ref in media_in(body)}
    assert found == {
        ("arguments", "image_url"): ("image", LocalFile(file=Path("still.png"))),
        ("arguments", "deep", 0, "clip"): ("video", StepOutput(step="a", kind="video")),
        ("arguments", "deep", 1): (None, LocalFile(file=Path("x.bin"))),
        ("arguments", "audio", "url"): ("audio", RemoteUrl(url="https://example.org/a.wav")),
    }
    put: dict[MediaRef, Asset] = {
        ref: asset(number) for number, (_, ref) in enumerate(found.values())
    }
    replaced = with_media(body, lambda ref: put[ref])
    assert [ref for _, _, ref in media_in(replaced)] == list(put.values())
    assert replaced.arguments["voice"] == "Rachel"
    assert body.arguments["image_url"] == LocalFile(file=Path("still.png"))
    for path, (kind, ref) in found.items():
        assert takes_anywhere(FalArguments, path)
        if not isinstance(ref, StepOutput):
            assert media_kind_at(FalArguments, path) == kind


def test_what_a_task_made_is_a_medium() -> None:
    made = {**asset(3, "video").model_dump(), "key": "k", "how": "ran"}
    assert body_of(arguments={"first": made}).arguments == {"first": asset(3, "video")}
    only_named = {"sha256": Sha256("0" * 64), "kind": "video"}
    assert body_of(arguments={"first": only_named}).arguments == {"first": only_named}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (("image_url",), "image"),
        (("image_urls", 0), "image"),
        (("start_image_url",), "image"),
        (("imageUrl",), "image"),
        (("mask_url",), "image"),
        (("video",), "video"),
        (("reference_videos", 2), "video"),
        (("input_audio_url",), "audio"),
        (("images", 0, "url"), "image"),
        (("options", "pictures", 1), "image"),
        (("image_size",), None),
        (("num_images",), None),
        (("max_video",), None),
        (("video_number",), None),
        (("voice",), None),
        (("voice_url",), "audio"),
        (("url",), None),
        (("loras", 0, "url"), None),
        (("prompt",), None),
        ((), None),
        (("_",), None),
    ],
)
def test_names_say_where_media_stand(path: tuple[str | int, ...], kind: str | None) -> None:
    assert media_kind_of_argument(path) == kind


def test_suffixes_say_what_a_file_is() -> None:
    assert media_kind_of_file("clips/a.MP4") == "video"
    assert media_kind_of_file("https://example.org/a/b.png?x=1.mp4") == "image"
    assert media_kind_of_file("https://example.org/wav") is None
    assert media_kind_of_file("a.wav") == "audio"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"endpoint": "model"}, "is no endpoint"),
    ({"endpoint": "https://fal.ai/models/fal-ai/x"}, "is no endpoint"),
    ({"endpoint": "fal-ai/../x"}, "is no endpoint"),
    ({"endpoint": "workflows/x"}, "is no endpoint"),
    ({"endpoint": f"fal-ai/{'x' * 200}"}, "is no endpoint"),
    ({"price_usd": None}, "write the highest cost of one job in dollars"),
    ({"price_usd": 0.1}, "is no price"),
    ({"price_usd": "-1"}, "greater than or equal to 0"),
    ({"price_usd": "NaN"}, "finite"),
    ({"arguments": "x"}, "valid dictionary"),
    ({"arguments": {"a": [{"b": object()}]}}, "a[0].b: object is no JSON"),
    ({"arguments": {"a": float("nan")}}, "a: nan is no number"),
    ({"arguments": {"a": {1: 2}}}, "a: a name in it is int"),
    ({"arguments": {"a": "\ud800"}}, "half of a character"),
    ({"arguments": {"image_url": ""}}, "image_url: the text is empty"),
    ({"more": 1}, "Extra inputs"),
]


@pytest.mark.parametrize(("fields", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_said(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        body_of(**fields)
    assert said in str(wrong.value)


def test_what_is_nested_without_end_is_refused() -> None:
    deep: Any = []
    for _ in range(40):
        deep = [deep]
    with pytest.raises(ValidationError, match="nested in more than 32 levels"):
        body_of(arguments={"a": deep})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"arguments": {"prompt": "x"}}, "video_url: Field required"),
        ({"arguments": {"video_url": "a.mp4", "prompt": "x", "seed": 1}}, "seed: Extra inputs"),
        ({"arguments": {"video": "a.mp4", "prompt": "x"}}, "video_url: Field required"),
        ({"output": "audio"}, "makes one video, and nothing else"),
        ({"price_usd": "1"}, "is known by its seconds"),
    ],
)
def test_an_endpoint_with_a_step_of_its_own_is_checked_as_one(
    fields: dict[str, Any], said: str
) -> None:
    right = {"arguments": {"video_url": "a.mp4", "prompt": "x"}, "price_usd": None}
    endpoint = "fal-ai/kling-video/o1/standard/video-to-video/edit"
    assert body_of(endpoint=endpoint, **right).endpoint_used() is ENDPOINTS[endpoint]
    with pytest.raises(ValidationError) as wrong:
        body_of(endpoint=endpoint, **{**right, **fields})
    assert said in str(wrong.value)
