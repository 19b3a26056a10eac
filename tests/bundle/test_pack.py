"""Into the store, and out of it on another machine."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from shotgraph.bundle import is_reference, pack, unpacked
from shotgraph.errors import InvalidInput, Terminal
from shotgraph.graph import build_graph
from shotgraph.spec import load_pipeline
from shotgraph.store import Store

EXAMPLES = Path(__file__).parents[2] / "examples"
FILM = EXAMPLES / "localised-set.yaml"


async def test_a_film_comes_out_as_it_went_in(store: Store) -> None:
    reference = await pack(FILM, store, given={"greetings": ["Hej"], "count": 2.5})
    assert is_reference(reference)
    async with unpacked(reference, store) as film:
        assert film.given == {"greetings": ["Hej"], "count": 2.5}
        folder = film.file.parent
        places = sorted(
            str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
        )
        assert places == ["clips/harbour.mp4", "localised-set.yaml", "parts/painted-sign.yaml"]
        for place in places:
            assert (folder / place).read_bytes() == (EXAMPLES / place).read_bytes()
        assert build_graph(load_pipeline(film.file)).films
    assert not folder.exists()


async def test_the_same_film_has_the_same_reference_wherever_it_is(
    store: Store, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(EXAMPLES, elsewhere)
    os.utime(elsewhere / FILM.name, (1, 1))
    (elsewhere / "not-named.txt").write_text("beside the film")
    first = await pack(FILM, store)
    assert await pack(elsewhere / FILM.name, store) == first
    assert await pack(FILM, store) == first
    assert await pack(FILM, store, given={"shot": "https://a.example/b.mp4"}) != first
    (elsewhere / "clips/harbour.mp4").write_bytes(b"another clip")
    assert await pack(elsewhere / FILM.name, store) != first


async def test_nothing_is_put_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    import obstore

    from shotgraph.store import assets
    from shotgraph.store.records import link_once as link

    await pack(FILM, store)
    put: list[str] = []
    real = obstore.put_async

    def link_once(whole: Path, path: Path) -> bool:
        put.append(str(path))
        return link(whole, path)

    async def put_async(*words: Any, **more: Any) -> Any:
        put.append(words[1])
        return await real(*words, **more)

    monkeypatch.setattr(assets, "link_once", link_once)
    monkeypatch.setattr(obstore, "put_async", put_async)
    await pack(FILM, store)
    assert [name for name in put if name.startswith("objects") or "/objects/" in name] == []


async def test_values_bring_their_files(store: Store, shot: Path) -> None:
    reference = await pack(
        FILM, store, given={"shot": "given/shot.mp4"}, extra_files={"given/shot.mp4": shot}
    )
    async with unpacked(reference, store) as film:
        folder = film.file.parent
        assert (folder / str(film.given["shot"])).read_bytes() == shot.read_bytes()


async def test_a_place_is_not_taken_twice(store: Store, shot: Path) -> None:
    with pytest.raises(InvalidInput, match="which is kept for values"):
        await pack(FILM, store, extra_files={"clips/harbour.mp4": shot})


async def test_a_reference_to_nothing_says_what_to_do(store: Store) -> None:
    with pytest.raises(InvalidInput, match="deploy the file again"):
        async with unpacked(f"bundle:{'0' * 64}", store):
            pass
    with pytest.raises(InvalidInput, match="is no bundle"):
        async with unpacked("bundle:../../etc/passwd", store):
            pass


def record(**changed: Any) -> dict[str, Any]:
    text = FILM.read_bytes()
    file = {
        "path": FILM.name,
        "sha256": hashlib.sha256(text).hexdigest(),
        "size_bytes": len(text),
    }
    return {"version": 1, "pipeline": FILM.name, "given": {}, "files": [file], **changed}


async def put(store: Store, document: Any) -> str:
    data = json.dumps(document).encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await store.records.put_if_absent(f"bundles/{sha256}.json", data)
    return f"bundle:{sha256}"


async def test_a_record_by_hand_is_read_if_it_is_right(store: Store) -> None:
    await store.assets.add(FILM, "video")
    async with unpacked(await put(store, record()), store) as film:
        assert film.file.read_bytes() == FILM.read_bytes()


GOOD = record()["files"][0]
HOSTILE: dict[str, Any] = {
    "upwards": record(files=[{**GOOD, "path": "../film.yaml"}], pipeline="../film.yaml"),
    "from the root": record(files=[{**GOOD, "path": "/etc/film.yaml"}], pipeline="/etc/film.yaml"),
    "twice": record(files=[GOOD, GOOD]),
    "a file and a folder": record(
        files=[GOOD, {**GOOD, "path": "x"}, {**GOOD, "path": "x/y"}],
    ),
    "without the pipeline": record(pipeline="other.yaml"),
    "too large": record(files=[{**GOOD, "size_bytes": 10**13}]),
    "too many": record(files=[{**GOOD, "path": f"{n:04}"} for n in range(501)], pipeline="0000"),
    "no files": record(files=[]),
    "a number as text": record(files=[{**GOOD, "size_bytes": "7"}]),
    "an unknown key": record(more=1),
    "of the future": record(version=2),
    "a list": [],
    "no hash": record(files=[{**GOOD, "sha256": "../../x"}]),
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_record_is_refused(store: Store, document: Any) -> None:
    await store.assets.add(FILM, "video")
    with pytest.raises(Terminal, match="can't be read"):
        async with unpacked(await put(store, document), store):
            pass


async def test_a_record_that_was_changed_is_refused(store: Store) -> None:
    await store.records.put_if_absent(f"bundles/{'1' * 64}.json", json.dumps(record()).encode())
    with pytest.raises(Terminal, match="is damaged"):
        async with unpacked(f"bundle:{'1' * 64}", store):
            pass


async def test_bytes_that_were_lost_or_damaged_are_no_film(store: Store) -> None:
    reference = await pack(FILM, store)
    if store.folder is None:
        return
    sha256 = hashlib.sha256((EXAMPLES / "clips/harbour.mp4").read_bytes()).hexdigest()
    kept = store.folder / "objects" / sha256[:2] / sha256
    kept.chmod(0o644)
    data = bytearray(kept.read_bytes())
    data[1000] ^= 1
    kept.write_bytes(data)
    with pytest.raises(Terminal, match=r"clips/harbour\.mp4 are damaged"):
        async with unpacked(reference, store):
            pass
    kept.unlink()
    with pytest.raises(Terminal, match=r"no longer has the file clips/harbour\.mp4"):
        async with unpacked(reference, store):
            pass
