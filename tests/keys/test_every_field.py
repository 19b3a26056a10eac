"""No field of any model is left out of the key: one that changes the picture changes the key."""

from typing import Any

import pytest
from pydantic import BaseModel

from shotgraph.endpoints.arguments import Element
from shotgraph.keys import Key, content_key
from shotgraph.model.references import Asset
from shotgraph.spec import STEP_KINDS, ApproveArguments
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.spec.local_arguments import FormatArguments, TransitionArguments
from shotgraph.spec.pipeline import UseArguments
from tests.endpoints.examples import asset
from tests.keys.recipes import CONCAT, RECIPES, Recipe

EACH = [pytest.param(recipe, id=recipe.name) for recipe in RECIPES]
# These make no job under their own fields: a fal step's job is looked at in
# tests/money/free_steps/test_key.py, a gate's question in tests/money/ledger, and `use` becomes
# other steps.
NOT_KEYED: dict[type[BaseModel], set[str]] = {
    FalArguments: {"endpoint", "arguments", "output", "price_usd", "schema"},
    ApproveArguments: {"video", "image", "message"},
    UseArguments: {"file", "params"},
}
# What an asset is called besides its bytes says nothing about the picture.
IRRELEVANT = {Asset: {"kind", "size_bytes", "content_type"}}


def key_of(recipe: Recipe, fields: dict[str, Any]) -> Key:
    arguments = recipe.model.model_validate(fields)
    return content_key(recipe.name, arguments, take=1, backend="fal")


@pytest.mark.parametrize("recipe", EACH)
def test_each_field_changes_the_key(recipe: Recipe) -> None:
    key = key_of(recipe, recipe.fields)
    others = {
        name: key_of(recipe, {**recipe.fields, name: value}) for name, value in recipe.other.items()
    }
    assert len({key, *others.values()}) == len(others) + 1


def test_every_field_of_every_model_is_looked_at() -> None:
    seen: dict[type[BaseModel], set[str]] = dict(NOT_KEYED)
    for recipe in RECIPES:
        seen.setdefault(recipe.model, set()).update(recipe.other)
        assert recipe.fields.keys() == recipe.other.keys()
    for kind in STEP_KINDS.values():
        assert seen[kind.arguments] == set(kind.arguments.model_fields), (
            f"{kind.name} has a field that no test has seen in a key: add it to recipes.py"
        )


def test_every_field_of_an_element_changes_the_key() -> None:
    elements = [
        {"frontal_image": asset(5)},
        {"frontal_image": asset(6)},
        {"frontal_image": asset(5), "reference_images": [asset(6)]},
        {"frontal_image": asset(5), "reference_images": [asset(6), asset(7)]},
        {"frontal_image": asset(5), "reference_images": [asset(7), asset(6)]},
    ]
    (recipe,) = (found for found in RECIPES if found.name.endswith("standard/reference-to-video"))
    keys = {key_of(recipe, {**recipe.fields, "elements": [element]}) for element in elements}
    assert len(keys) == len(elements)
    assert set(Element.model_fields) == {"frontal_image", "reference_images"}


def test_every_field_of_a_transition_changes_the_key() -> None:
    (recipe,) = (found for found in RECIPES if found.name == "local/concat@1")
    transitions = [
        {"kind": "cut"},
        {"kind": "dissolve", "seconds": "0.5"},
        {"kind": "dissolve", "seconds": "0.6"},
        {"kind": "wipeleft", "seconds": "0.6"},
    ]
    keys = {key_of(recipe, {**CONCAT, "transition": each}) for each in transitions}
    assert len(keys) == len(transitions)
    assert set(TransitionArguments.model_fields) == {"kind", "seconds"}


def test_every_field_of_a_format_changes_the_key() -> None:
    (recipe,) = (found for found in RECIPES if found.name == "local/concat@1")
    formats = [
        {},
        {"width": 1280},
        {"width": 1920},
        {"height": 1280},
        {"fps": 24},
        {"fps": "24000/1001"},
        {"width": 1280, "height": 1280},
        {"codec": "hevc"},
        {"pixel_format": "yuv420p10le"},
        {"quality": "high"},
    ]
    keys = {key_of(recipe, {**CONCAT, "format": each}) for each in formats}
    assert len(keys) == len(formats)
    assert key_of(recipe, {**CONCAT, "format": None}) == key_of(recipe, CONCAT)
    assert set(FormatArguments.model_fields) == {
        *("width", "height", "fps", "codec", "pixel_format", "quality")
    }


def test_only_the_bytes_of_an_asset_are_in_the_key() -> None:
    (recipe,) = (found for found in RECIPES if found.name == "local/frame@1")
    video = asset(1, "video")
    key = key_of(recipe, {"video": video})
    other: dict[str, Any] = {"kind": "image", "size_bytes": 7, "content_type": "video/quicktime"}
    for name in Asset.model_fields:
        changed = video.model_copy(update={name: other.get(name, "f" * 64)})
        assert (key_of(recipe, {"video": changed}) == key) == (name in IRRELEVANT[Asset])
    assert set(other) == IRRELEVANT[Asset]


def test_no_two_recipes_share_a_key() -> None:
    arguments = STEP_KINDS["edit"].arguments.model_validate(
        {"prompt": "Paint it", "video": asset(1, "video")}
    )
    names = [recipe.name for recipe in RECIPES]
    assert len({content_key(name, arguments) for name in names}) == len(names)
