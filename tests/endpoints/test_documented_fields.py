"""The models say what fal's pages say: no field more, none less, none otherwise."""

from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from shotgraph.endpoints import ENDPOINTS, KINDS, KlingArguments
from shotgraph.endpoints.arguments import Element
from shotgraph.endpoints.endpoint import VIDEO, url_at
from shotgraph.model.fields import media_kind_at
from tests.endpoints.documented import (
    DOCUMENTED,
    ELEMENT,
    MOST_VIEWS_OF_AN_ELEMENT,
    Documented,
    DocumentedField,
)
from tests.endpoints.examples import LEAST, arguments, asset

TIERS = [
    pytest.param(page, tier, id=f"{page.kind}-{tier}") for page in DOCUMENTED for tier in page.ids
]
PAGES = [pytest.param(page, id=page.kind) for page in DOCUMENTED]


def test_there_is_an_endpoint_for_every_page_and_no_other() -> None:
    assert set(ENDPOINTS) == {found for page in DOCUMENTED for found in page.ids.values()}
    assert {kind: set(tiers) for kind, tiers in KINDS.items()} == {
        page.kind: set(page.ids) for page in DOCUMENTED
    }


@pytest.mark.parametrize(("page", "tier"), TIERS)
def test_an_endpoint_is_what_its_page_says(page: Documented, tier: Any) -> None:
    endpoint = KINDS[page.kind][tier]
    assert endpoint is ENDPOINTS[page.ids[tier]]
    assert endpoint.id == page.ids[tier]
    assert (endpoint.kind, endpoint.tier) == (page.kind, tier)
    assert endpoint.price.usd_per_second == page.usd_per_second[tier]
    assert endpoint.price.billed_on == page.billed_on
    assert endpoint.price.dated.startswith("20")
    assert endpoint.id in endpoint.price.source
    assert endpoint.arguments is KINDS[page.kind]["standard"].arguments


@pytest.mark.parametrize("page", PAGES)
def test_the_fields_are_those_of_the_page(page: Documented) -> None:
    model = KINDS[page.kind]["standard"].arguments
    by_wire_name = {field.alias or name: field for name, field in model.model_fields.items()}
    assert set(by_wire_name) == set(page.fields)
    for name, documented in page.fields.items():
        check_field(by_wire_name[name], documented)
    assert issubclass(model, KlingArguments)
    assert model.max_pictures == page.most_pictures
    assert model.videos_given == page.videos


def test_an_element_is_what_the_page_says() -> None:
    by_wire_name = {field.alias: field for field in Element.model_fields.values()}
    assert set(by_wire_name) == set(ELEMENT)
    for name, documented in ELEMENT.items():
        check_field(by_wire_name[name], documented)


def check_field(field: FieldInfo, documented: DocumentedField) -> None:
    assert field.description
    assert field.is_required() == documented.required
    if not documented.required:
        assert field.default == documented.default
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    assert choices == documented.choices
    assert (field.annotation is bool) == (documented.kind == "boolean")


@pytest.mark.parametrize("page", PAGES)
def test_our_names_are_fals_without_the_url(page: Documented) -> None:
    model = KINDS[page.kind]["standard"].arguments
    for name, field in [*model.model_fields.items(), *Element.model_fields.items()]:
        takes = media_kind_at(Element if name in Element.model_fields else model, (name,))
        if field.alias is None:
            assert takes is None
        else:
            assert takes == ("video" if "video" in name else "image")
            assert field.alias == f"{name}_url" or field.alias == f"{name[:-1]}_urls"


@pytest.mark.parametrize("page", PAGES)
def test_every_choice_is_taken_and_nothing_near_it(page: Documented) -> None:
    for name, documented in page.fields.items():
        for choice in documented.choices:
            assert getattr(arguments(page.kind, **{name: choice}), name) == choice
        for wrong in (
            ("", "2", "11", "4:3", "Auto", " 5", 5, None, True) if documented.choices else ()
        ):
            with pytest.raises(ValidationError):
                arguments(page.kind, **{name: wrong})


@pytest.mark.parametrize("page", PAGES)
def test_what_is_required_is_missed(page: Documented) -> None:
    model = KINDS[page.kind]["standard"].arguments
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    assert required == set(LEAST[page.kind])
    for name in required:
        less = {key: value for key, value in LEAST[page.kind].items() if key != name}
        with pytest.raises(ValidationError, match="Field required"):
            model.model_validate(less)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "name", ["seed", "negative_prompt", "resolution", "fps", "prompts", "tier"]
)
def test_no_other_field_is_taken(page: Documented, name: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        arguments(page.kind, **{name: "1"})


@pytest.mark.parametrize("wrong", ["yes", "true", 1, 0, None])
def test_keep_audio_is_a_boolean(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        arguments("edit", keep_audio=wrong)


@pytest.mark.parametrize("wrong", ["", 5, None, ["a"]])
def test_a_prompt_is_a_text(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        arguments("edit", prompt=wrong)


@pytest.mark.parametrize(("views", "right"), [(0, False), (1, True), (3, True), (4, False)])
def test_an_element_has_one_to_three_other_views(views: int, right: bool) -> None:
    assert MOST_VIEWS_OF_AN_ELEMENT == 3
    element = {"frontal_image": asset(1), "reference_images": [asset(2)] * views}
    if right:
        assert arguments("edit", elements=[element])
    else:
        with pytest.raises(ValidationError, match="List should have at"):
            arguments("edit", elements=[element])


def test_reads_the_answer_of_the_page() -> None:
    answer = {
        "video": {
            "content_type": "video/mp4",
            "file_name": "output.mp4",
            "file_size": 7533071,
            "url": "https://v3b.fal.media/files/b/0a86603b/YAlbB2535l07BTy1wpDeI_output.mp4",
        }
    }
    assert url_at(answer, VIDEO.path) == answer["video"]["url"]
    url = {"video": {"url": "https://v3.fal.media/files/x.mp4", "width": 1280}, "seed": 1}
    assert url_at(url, VIDEO.path) == "https://v3.fal.media/files/x.mp4"
    assert {endpoint.outputs for endpoint in ENDPOINTS.values()} == {(VIDEO,)}


def test_models_are_frozen() -> None:
    models: list[type[BaseModel]] = [Element, *(e.arguments for e in ENDPOINTS.values())]
    for model in models:
        assert model.model_config["frozen"] is True
        assert model.model_config["extra"] == "forbid"
