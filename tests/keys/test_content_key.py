"""The key changes with whatever changes the picture, and with nothing else."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel

from shotgraph.endpoints import ENDPOINTS, KINDS, KlingArguments
from shotgraph.graph import build_graph
from shotgraph.inputs.known_media import known_asset
from shotgraph.keys import content_key
from shotgraph.making.step_jobs import LocalJob
from shotgraph.model.fields import with_media
from shotgraph.model.references import MediaRef
from shotgraph.money.job import Job
from shotgraph.spec import ConcatArguments, read_pipeline
from shotgraph.store import Store, open_store
from tests.endpoints.examples import ALL, all_arguments, arguments, asset
from tests.keys.recipes import CONCAT

PROMPTS = st.text(min_size=1, max_size=30).filter(lambda text: "@" not in text)
SHA256S = st.integers(1, 16**64 - 1)
KINDS_OF_STEPS = st.sampled_from(sorted(KINDS))


def key(arguments: BaseModel, **changed: Any) -> str:
    job = {"recipe": "fal-ai/x", "take": 1, "backend": "fal", **changed}
    return content_key(job["recipe"], arguments, take=job["take"], backend=job["backend"])


def test_is_a_sha256() -> None:
    assert re.fullmatch("[0-9a-f]{64}", key(arguments("edit")))


def test_is_the_same_on_every_machine_and_in_every_version() -> None:
    # A key that changes is a film that is bought again.
    assert key(all_arguments("reference")) == (
        "c160dc4dcc27972449bc32130a2bf33899fbfcad23a04f87ae007c647af2cc04"
    )
    # What paid jobs call a clip that was made to fit stays, whatever becomes of local recipes.
    assert LocalJob("x", "concat", _concat()).name == (
        "02df8216f0d65c6cc728f0fdb0c15dd73ad675faf883045b9d6af423134ad282"
    )


def test_a_recipe_that_makes_something_else_has_another_key() -> None:
    # Version 2: mirrored, HDR, wide-gamut and transparent clips; several sound tracks.
    assert LocalJob("x", "concat", _concat()).key == (
        "2be6d7a5cf71bbc6805dde07f0a0c6e7b7ed92fc47c51d99442c78da21b6aae5"
    )


def _concat() -> ConcatArguments:
    return ConcatArguments.model_validate(CONCAT)


@given(PROMPTS, PROMPTS)
def test_another_prompt_is_another_key(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (key(arguments("edit", prompt=one)) == key(arguments("edit", prompt=other))) == same


@given(PROMPTS)
def test_the_spelling_of_an_accent_is_not_in_the_key(prompt: str) -> None:
    keys = {
        key(arguments("edit", prompt=unicodedata.normalize(form, f"é ö {prompt}")))
        for form in ("NFC", "NFD")
    }
    assert len(keys) == 1


def test_a_look_alike_letter_is_another_letter() -> None:
    prompts = ["Cafe", "Café", "cafe", "Cafe ", "Сafe", "Ｃafe"]
    assert len({key(arguments("edit", prompt=prompt)) for prompt in prompts}) == len(prompts)


@given(SHA256S, SHA256S)
def test_other_bytes_are_another_key(one: int, other: int) -> None:
    assume(one != other)
    assert key(arguments("edit", video=asset(one, "video"))) != key(
        arguments("edit", video=asset(other, "video"))
    )


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.text(max_size=9), st.text(max_size=9))
def test_the_take_and_the_backend_are_in_the_key(
    take: int, other_take: int, backend: str, other_backend: str
) -> None:
    normal = [unicodedata.normalize("NFC", text) for text in (backend, other_backend)]
    same = (take, normal[0]) == (other_take, normal[1])
    made = key(arguments("edit"), take=take, backend=backend)
    assert (made == key(arguments("edit"), take=other_take, backend=other_backend)) == same


def test_the_tier_and_the_endpoint_are_in_the_key() -> None:
    jobs = [
        Job("film", endpoint, arguments("edit"), take, backend)
        for endpoint in ENDPOINTS.values()
        for take in (1, 2)
        for backend in ("fal", "rehearsal", "https://queue.example.com")
    ]
    assert len({job.key for job in jobs}) == len(ENDPOINTS) * 2 * 3


def test_the_name_of_a_step_is_not_in_the_key() -> None:
    endpoint = KINDS["edit"]["standard"]
    one, other = (Job(step, endpoint, arguments("edit"), 1, "fal") for step in ("dusk", "dawn"))
    assert one.key == other.key
    assert LocalJob("film", "concat", _concat()).key == LocalJob("end", "concat", _concat()).key


@given(KINDS_OF_STEPS, st.randoms())
def test_the_order_of_the_fields_is_not_in_the_key(kind: str, random: Any) -> None:
    names = list(ALL[kind])
    random.shuffle(names)
    model = KINDS[kind]["standard"].arguments
    shuffled = model.model_validate({name: ALL[kind][name] for name in names})
    assert key(shuffled) == key(all_arguments(kind))


@given(KINDS_OF_STEPS, st.data())
def test_a_default_is_as_good_as_nothing(kind: str, data: st.DataObject) -> None:
    fields = KINDS[kind]["standard"].arguments.model_fields
    defaults = {name: field.default for name, field in fields.items() if not field.is_required()}
    some = data.draw(st.sets(st.sampled_from(sorted(defaults))))
    written = arguments(kind, **{name: defaults[name] for name in some})
    assert key(written) == key(arguments(kind))


def test_an_empty_list_is_as_good_as_none() -> None:
    assert key(arguments("edit", images=[], elements=[])) == key(arguments("edit"))


def test_the_order_of_images_is_in_the_key() -> None:
    one, other = asset(1), asset(2)
    keys = [key(arguments("edit", images=images)) for images in ([one, other], [other, one], [one])]
    assert len(set(keys)) == 3


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(str(tmp_path_factory.mktemp("keys")))


def key_of_film(
    text: str, folder: Path, store: Store, given: Mapping[str, Any] | None = None
) -> str:
    """Give the key of the only job of a pipeline whose media are files in a folder."""
    graph = build_graph(read_pipeline(text, folder=folder), given, folder=folder)
    (node,) = graph.nodes.values()
    kinds = {ref: kind for _, kind, ref in node.media()}

    def known(ref: MediaRef) -> MediaRef:
        return known_asset(ref, kinds[ref], store)

    arguments = with_media(node.arguments, known)
    assert node.endpoint is not None
    assert isinstance(arguments, KlingArguments)
    return Job(node.name, node.endpoint, arguments, node.take, "fal").key


FILM = """
name: film
params: {look: {type: text, default: dusk}}
steps:
  film:
    edit:
      video: a/clip.mp4
      prompt: Paint @Image1 as ${look}
      images: [one.png]
output: $film
"""
SAME_FILM = """
# The very same film, written by somebody else.
name: other-film
description: Another name, another order, other paths to the same bytes.
params:
  shot: {type: video}
  still: {list: image, default: [b/two.png]}
budget_usd: 3
steps:
  repainted:
    edit: {tier: standard, keep_audio: false, images: $still, prompt: Paint @Image1 as dusk,
           video: $shot, elements: []}
output: ${repainted}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a/clip.mp4", "b/copy.mov", "one.png", "b/two.png", "other.mp4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"other bytes" if name == "other.mp4" else path.suffix[1:3].encode())
    (tmp_path / "b/copy.mov").write_bytes((tmp_path / "a/clip.mp4").read_bytes())
    return tmp_path


def test_the_same_film_written_otherwise_has_the_same_key(folder: Path, store: Store) -> None:
    same = key_of_film(SAME_FILM, folder, store, {"shot": str(folder / "b/copy.mov")})
    assert key_of_film(FILM, folder, store) == same


def test_another_film_has_not(folder: Path, store: Store) -> None:
    key = key_of_film(FILM, folder, store)
    assert key_of_film(FILM, folder, store, {"look": "dawn"}) != key
    assert key_of_film(FILM.replace("a/clip.mp4", "other.mp4"), folder, store) != key
    pro = FILM.replace("edit:", "edit:\n      tier: pro")
    assert key_of_film(pro, folder, store) != key
    (folder / "one.png").write_bytes(b"repainted")
    assert key_of_film(FILM, folder, store) != key


def test_a_film_that_is_coded_better_has_a_key_of_its_own() -> None:
    film = LocalJob("x", "concat", _concat(), is_final=True)
    usual = LocalJob("x", "concat", _concat())
    assert film.key == ("a24e4809e5749f8e1367c0212bd10e358a6fc220152feca0d3b5cb654474235c")
    assert film.found_as == (film.key, usual.key)
    assert usual.found_as == (usual.key,)
