"""Of a whole file: whatever is written otherwise and means the same has the same key."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotgraph.inputs.known_media import url_record
from shotgraph.model.references import Asset, RemoteUrl
from shotgraph.spec.declare import pipeline_text, write_yaml
from shotgraph.store import Store, open_store, sha256_of_file
from tests.keys.test_content_key import key_of_film

CLIP, STILL = b"the bytes of a clip", b"the bytes of a still"
VIDEOS = ["clip.mp4", "deep/down/copy of it.mov", "https://example.org/clip.mp4?signed=1"]
IMAGES = ["still.png", "deep/other.jpg", "https://example.org/still"]
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name != "look")
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=30)
BUDGETS = st.integers(1, 100)
COMMENTS = TEXTS.map(lambda text: f"# {text}\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spelling")
    for names, data in ((VIDEOS, CLIP), (IMAGES, STILL)):
        for name in names:
            if not name.startswith("https"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
    (folder / "other.mp4").write_bytes(b"other bytes")
    return folder


@pytest.fixture(scope="module")
def store(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that has fetched the URLs before."""
    store = open_store(str(tmp_path_factory.mktemp("store")))
    for (path, _, url), kind in ((VIDEOS, "video"), (IMAGES, "image")):
        asset = Asset(
            sha256=sha256_of_file(folder / path),
            kind="video" if kind == "video" else "image",
            size_bytes=7,
            content_type="",
        )
        record = url_record(RemoteUrl(url=url))
        asyncio.run(store.records.put_if_absent(record, asset.model_dump_json().encode()))
    return store


def film(words: str, **changed: Any) -> dict[str, Any]:
    """A film as its key reads it: everything said in the plainest way."""
    body = {"video": VIDEOS[0], "prompt": words, "images": [IMAGES[0]], "keep_audio": True}
    step = {"edit": {**body, **changed}}
    return {"name": "film", "steps": {"film": step}, "output": "$film"}


@st.composite
def spellings(draw: st.DrawFn, words: str) -> str:
    """The same film, in other words that do not count."""
    step, shot, still = draw(st.lists(NAMES, min_size=3, max_size=3, unique=True))
    video, image = draw(st.sampled_from(VIDEOS)), draw(st.sampled_from(IMAGES))
    body: dict[str, Any] = {"video": video, "prompt": words, "images": [image]}
    params: dict[str, Any] = {}
    if draw(st.booleans()):
        params[shot] = {"type": "video", "default": video, "description": draw(TEXTS)}
        body["video"] = f"${shot}"
    if draw(st.booleans()):
        params[still] = {"list": "image", "default": [image]}
        body["images"] = f"${still}"
    if draw(st.booleans()):
        params["look"] = {"type": "text", "default": words}
        body["prompt"] = draw(st.sampled_from(["$look", "${look}"]))
    for name, default in (("tier", "standard"), ("elements", [])):
        if draw(st.booleans()):
            body[name] = default
    defaults = {"edit": {"keep_audio": True}} if draw(st.booleans()) else {}
    if not defaults or draw(st.booleans()):
        body["keep_audio"] = True
    body = dict(draw(st.permutations(list(body.items()))))
    film: dict[str, Any] = {
        "name": draw(NAMES).replace("_", "-"),
        "steps": {step: {"edit": body}},
        "output": f"${step}",
        "params": params,
        "defaults": defaults,
        **draw(st.fixed_dictionaries({}, optional={"description": TEXTS, "budget_usd": BUDGETS})),
    }
    sections = [(name, value) for name, value in film.items() if value or name == "description"]
    text = write_yaml(dict(draw(st.permutations(sections)))).lstrip("\n")
    # A comment may stand before each section.
    lines = text.splitlines(keepends=True)
    return "".join(draw(COMMENTS) + line if line[0].isalpha() else line for line in lines)


@given(data=st.data(), words=st.sampled_from(["Dusk", "Paint it like @Image1", "a: b # c", "é"]))
def test_the_same_film_has_the_same_key_however_it_is_written(
    data: st.DataObject, words: str, folder: Path, store: Store
) -> None:
    plain = key_of_film(pipeline_text(film(words)), folder, store)
    text = data.draw(spellings(words))
    assert key_of_film(text, folder, store) == plain, text


CHANGES: list[dict[str, Any]] = [
    {"prompt": "Dawn"},
    {"prompt": "Dusk "},
    {"video": "other.mp4"},
    {"images": []},
    {"images": [IMAGES[0], IMAGES[0]]},
    {"keep_audio": False},
    {"tier": "pro"},
    {"elements": [{"frontal_image": IMAGES[0], "reference_images": [IMAGES[0]]}]},
]


def test_whatever_changes_the_picture_changes_the_key(folder: Path, store: Store) -> None:
    films = [film("Dusk"), *(film("Dusk", **change) for change in CHANGES)]
    keys = {key_of_film(pipeline_text(one), folder, store) for one in films}
    assert len(keys) == len(films)
