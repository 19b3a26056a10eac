"""One walk serves keys, wire, records and fields: each value is met once, at its own path."""

import json
import unicodedata
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shotgraph.endpoints import KINDS, AnyArguments
from shotgraph.keys import canonical_json
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.references import Asset, LocalFile, MediaRef, RemoteUrl, StepOutput
from shotgraph.model.walk import FieldPath, each_value, fields_of, walk
from shotgraph.money.job import wire_body
from tests.endpoints.examples import ALL, asset

ASSETS = st.integers(1, 9).map(lambda number: asset(number, "image"))
REFS: st.SearchStrategy[MediaRef] = (
    ASSETS
    | st.sampled_from("ab").map(lambda name: LocalFile(file=Path(name)))
    | st.sampled_from("ab").map(lambda name: RemoteUrl(url=f"https://example.org/{name}"))
    | st.sampled_from("ab").map(lambda name: StepOutput(step=name, kind="video"))
)
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text("é\u0301e", max_size=3)
EXACT = SCALARS | st.fractions(max_denominator=9) | st.decimals(-9, 9, places=2)


def kling(refs: st.SearchStrategy[Any]) -> st.SearchStrategy[BaseModel]:
    """Real arguments of an endpoint, with other media in them."""
    model = KINDS["edit"]["standard"].arguments
    fields = ALL["edit"]
    some = st.sets(st.sampled_from(sorted(set(fields) - {"prompt", "video"})))

    def filled(drawn: tuple[set[str], list[MediaRef]]) -> BaseModel:
        names, media = drawn
        chosen = {"prompt", "video", *names}
        arguments = model.model_validate({name: fields[name] for name in fields if name in chosen})
        found = iter(media * 9)
        return with_media(arguments, lambda ref: next(found))

    return st.tuples(some, st.lists(refs, min_size=1, max_size=4)).map(filled)


def trees(leaves: st.SearchStrategy[Any], refs: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Models, mappings and lists inside of one another, references and scalars at their ends."""
    names = st.text("abe\u0301é", max_size=2)
    free = st.dictionaries(st.sampled_from(["json", "clip", "n"]), SCALARS | ASSETS, max_size=2)
    return st.recursive(
        leaves | refs | kling(refs) | free.map(lambda values: AnyArguments(values=values)),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=2).map(tuple)
            | st.dictionaries(names, inner, max_size=3)
        ),
        max_leaves=8,
    )


def at(value: Any, path: FieldPath) -> Any:
    for part in path:
        value = fields_of(value)[str(part)] if isinstance(value, BaseModel) else value[part]
    return value


@given(trees(EXACT, REFS))
def test_each_value_stands_at_its_path(tree: Any) -> None:
    found = list(each_value(tree))
    assert len({path for path, _ in found}) == len(found)
    for path, value in found:
        assert at(tree, path) is value


@given(trees(EXACT, REFS))
def test_a_walk_meets_what_each_value_gives_in_the_same_order(tree: Any) -> None:
    met: list[Any] = []
    walk(tree, met.append, met.append)
    ends = (
        value
        for _, value in each_value(tree)
        if isinstance(value, MediaRef) or not isinstance(value, dict | list | tuple | BaseModel)
    )
    assert [id(value) for value in met] == [id(value) for value in ends]


@given(trees(EXACT, REFS))
def test_a_new_tree_has_each_new_value_where_the_old_one_was(tree: Any) -> None:
    new = walk(tree, lambda ref: ("new", ref), lambda value: ("new", value))
    for path, value in each_value(tree):
        if isinstance(value, MediaRef):
            assert at(new, path) == ("new", value)


@given(kling(REFS))
def test_media_are_put_back_where_they_were(arguments: BaseModel) -> None:
    same = with_media(arguments, lambda ref: ref)
    assert same == arguments
    assert same is not arguments
    assert same.model_fields_set == arguments.model_fields_set
    for path, kind, ref in media_in(arguments):
        assert kind is not None
        assert at(arguments, path) is ref


@given(trees(EXACT, ASSETS))
def test_a_key_is_what_it_was_before_there_was_one_walk(tree: Any) -> None:
    before = json.dumps(plain(tree), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical_json(tree) == before


@given(kling(ASSETS))
def test_what_is_sent_is_what_it_was_before_there_was_one_walk(arguments: BaseModel) -> None:
    body = wire_body(arguments, lambda ref: ref.sha256)
    assert body == sent(arguments)
    assert list(body) == list(sent(arguments))


def plain(value: Any) -> Any:
    """The walk that keys had for themselves: each key that a store holds was made by it."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Fraction | Decimal):
        return str(Fraction(value))
    if isinstance(value, Asset):
        return {"sha256": value.sha256}
    if isinstance(value, AnyArguments):
        return plain({name: apart(item) for name, item in value.values.items()})
    if isinstance(value, BaseModel):
        return plain({name: getattr(value, name) for name in type(value).model_fields})
    if isinstance(value, dict):
        new = {plain(key): plain(item) for key, item in value.items()}
        return {key: item for key, item in new.items() if item is not None and item != []}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def apart(value: Any) -> Any:
    if value is None or value == []:
        return {"json": "null" if value is None else "[]"}
    if isinstance(value, Decimal):
        return {"json": f"{value.normalize():f}"}
    if isinstance(value, list):
        return [apart(item) for item in value]
    if isinstance(value, dict):
        new = {name: apart(item) for name, item in value.items()}
        return {"json": new} if new.keys() & {"json", "sha256"} else new
    return value


def sent(value: Any) -> Any:
    """The walk that the wire had for itself."""
    if isinstance(value, Asset):
        return value.sha256
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {
            fields[name].alias or name: sent(getattr(value, name))
            for name in fields
            if name in value.model_fields_set and getattr(value, name) is not None
        }
    return [sent(item) for item in value] if isinstance(value, list) else value
