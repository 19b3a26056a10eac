"""Films that are signed: read back by c2pa itself, and by `inspect` together with their story."""

import json
import pickle  # noqa: TID251
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from shotgraph.cli.main import app
from shotgraph.errors import InvalidInput
from shotgraph.foreign_text import safe
from shotgraph.report.examined import examine
from shotgraph.report.film_folder import FilmFolder, StagedFilms
from shotgraph.report.handover import hand_over, take_over
from shotgraph.report.manifest import GivenEntry, Manifest
from shotgraph.report.signing import Certificate, with_signatures
from shotgraph.report.story import FilmWithStory, film_with_story
from shotgraph.settings import Settings
from shotgraph.store import Store
from tests.media.coded_clips import read_codes, write_clip
from tests.report.certificates import Issued, issued
from tests.report.test_story import Put, flipped, put_film
from tests.report.told_runs import joined

c2pa = pytest.importorskip("c2pa", reason="the extra c2pa is not installed")
KINDS = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@pytest.fixture(scope="module")
def signer() -> Issued:
    return issued()


async def made_of_clips(store: Store, folder: Path) -> Manifest:
    """A film of a file and a bought clip, both in the store."""
    manifest = joined(None, [10, 14], 0).model_copy(update={"backend": "fal"})
    media = []
    for number, frames in enumerate([10, 14], start=1):
        path = write_clip(folder / f"{number}.mp4", clip=number, frames=frames, rate=24)
        asset = await store.assets.add(path, "video")
        shown = manifest.given[0].medium if number == 1 else manifest.steps[0].medium
        assert shown is not None
        media.append(shown.model_copy(update=asset.model_dump()))
    bought, film = manifest.steps
    arguments = json.loads(json.dumps(film.arguments).replace(f"{0:064x}", media[0].sha256))
    return manifest.model_copy(
        update={
            "given": [GivenEntry(name="shot.mp4", medium=media[0])],
            "steps": [
                bought.model_copy(update={"medium": media[1]}),
                film.model_copy(update={"arguments": arguments}),
            ],
        }
    )


async def sign(put: Put, store: Store, certificate: Certificate | None) -> Path:
    """Sign a film that lies in its folder."""
    staged = StagedFilms([put.file], [put.path])
    films = await with_signatures(staged, put.manifest, store, certificate)
    assert films.files[0].file_sha256 is not None
    return put.path


def read(path: Path) -> Any:
    with path.open("rb") as file, c2pa.Reader("video/mp4", file) as reader:
        return json.loads(reader.json())


@pytest.mark.parametrize("kind", ["mp4", "faststart", "mov"])
async def test_a_signed_film_names_its_shots_and_keeps_its_story(
    store: Store, tmp_path: Path, signer: Issued, kind: str
) -> None:
    put = await put_film(store, tmp_path, kind, made=await made_of_clips(store, tmp_path))
    unsigned = put.path.read_bytes()
    path = await sign(put, store, signer.certificate)
    added = path.stat().st_size - len(unsigned)
    assert 0 < added < 30_000
    assert read_codes(path) == read_codes(put.own)
    with av.open(str(path)) as opened:
        assert opened.metadata["title"] == "harbour"

    found = read(path)
    claims, film = found["manifests"], found["manifests"][found["active_manifest"]]
    assert found["validation_state"] == "Valid"
    of_film = {one["label"]: one["data"] for one in film["assertions"]}
    actions = of_film["c2pa.actions.v2"]["actions"]
    assert actions[0]["digitalSourceType"] == f"{KINDS}compositeWithTrainedAlgorithmicMedia"
    ingredients = {one["title"]: one for one in film["ingredients"]}
    assert set(ingredients) == {"shot.mp4", "shot1"}
    shot = claims[ingredients["shot1"]["active_manifest"]]
    by_label = {one["label"]: one["data"] for one in shot["assertions"]}
    assert by_label["com.shotgraph.shot"]["request_id"] == "request-of-shot1"
    made = by_label["c2pa.actions.v2"]["actions"][0]
    assert made["digitalSourceType"] == f"{KINDS}trainedAlgorithmicMedia"

    shutil.rmtree(tmp_path / "store")
    examined = examine(path.rename(tmp_path / "moved"))
    assert examined.changed == []
    assert examined.signature.state == "untrusted"
    assert examined.signature.signer == "Test Signer"
    assert set(examined.signature.ingredients) == {"shot.mp4", "shot1"}
    assert examine(tmp_path / "moved", signer.root).signature.state == "valid"
    assert examine(tmp_path / "moved", issued().root).signature.state == "untrusted"


async def test_the_same_film_is_signed_once(store: Store, tmp_path: Path, signer: Issued) -> None:
    manifest = await made_of_clips(store, tmp_path)
    first = (
        await sign(await put_film(store, tmp_path, made=manifest), store, signer.certificate)
    ).read_bytes()
    for certificate in (signer.certificate, None):
        put = await put_film(store, tmp_path, made=manifest, run_id="run-2")
        assert (await sign(put, store, certificate)).read_bytes() == first
        assert FilmFolder(put.path.parent, "harbour").holds(put.manifest)
    put = await put_film(store, tmp_path, made=manifest)
    assert (await sign(put, store, issued().certificate)).read_bytes() != first


async def test_one_changed_byte_of_a_signed_film_is_noticed(
    store: Store, tmp_path: Path, signer: Issued
) -> None:
    put = await put_film(store, tmp_path, made=await made_of_clips(store, tmp_path))
    path = await sign(put, store, signer.certificate)
    kept, other = path.read_bytes(), tmp_path / "other.mp4"
    with path.open("rb") as file:
        found = film_with_story(file)
    assert isinstance(found, FilmWithStory)
    inserted = found.inserted
    in_signature = range(inserted.start, inserted.start + inserted.size_bytes)
    spread = [place * (len(kept) - 1) // 19 for place in range(20)]
    within = [inserted.start + place * (inserted.size_bytes - 1) // 9 for place in range(10)]
    for place in [*spread, *within]:
        changed = examine(flipped(other, place, kept)).changed
        assert changed, place
        if place in in_signature:
            assert {one.place for one in changed} <= {"signature", "frame"}, place


@pytest.mark.parametrize("what", ["expired", "other key", "no key", "no chain", "algorithm"])
def test_what_can_not_sign_is_said_before_anything_is_bought(what: str, signer: Issued) -> None:
    good = signer.certificate
    wrong = {
        "expired": issued(days=-1).certificate,
        "other key": replace(good, key=issued().certificate.key),
        "no key": replace(good, key=SecretStr("-----BEGIN PRIVATE KEY-----\nnonsense")),
        "no chain": replace(good, chain="nonsense"),
        "algorithm": replace(good, algorithm="es384"),
    }[what]
    good.check()
    with pytest.raises(InvalidInput, match="Nothing was sent") as caught:
        wrong.check()
    assert all(line not in str(caught.value) for line in signer.key.splitlines()[1:-1])


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("cut", "no file of certificates as PEM"),
        ("script", "no file of certificates as PEM"),
        ("json", "no file of certificates as PEM"),
        ("empty", "no file of certificates as PEM"),
        ("bytes", "no file of certificates as PEM"),
        ("key", "no file of certificates as PEM"),
        ("with key", "it holds a private key; only certificates belong into it"),
        ("junk", "certificate 1 of 1 in it can't be read"),
        ("second cut", "a certificate in it is cut off or damaged"),
        ("second junk", "certificate 2 of 2 in it can't be read"),
        ("none", "can't be read: No such file"),
    ],
)
def test_a_wrong_file_of_those_who_are_trusted_says_nothing_of_the_film(
    what: str, says: str, signer: Issued, tmp_path: Path
) -> None:
    root, junk = signer.root, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    texts = {
        "cut": root[: len(root) // 2],
        "script": "#!/bin/sh\necho trust me\n",
        "json": '{"trust": []}',
        "empty": "",
        "bytes": "\xff\xfe\x00",
        "key": signer.key,
        "with key": root + signer.key,
        "junk": junk,
        "second cut": root + root[: len(root) // 2],
        "second junk": root + junk,
    }
    trust, film = tmp_path / "trust.pem", tmp_path / "film.mp4"
    film.write_bytes(b"any")
    if what in texts:
        trust.write_text(texts[what], encoding="latin-1")
    ran = CliRunner().invoke(app, ["inspect", str(film), "--trust", str(trust)])
    assert isinstance(ran.exception, InvalidInput)
    assert says in str(ran.exception)
    assert all(line not in str(ran.exception) for line in signer.key.splitlines()[1:-1])


async def test_names_may_stand_between_the_certificates(
    store: Store, tmp_path: Path, signer: Issued
) -> None:
    put = await put_film(store, tmp_path, made=await made_of_clips(store, tmp_path))
    path = await sign(put, store, signer.certificate)
    listed = f"# Müller's root\n{issued().root}\r\n# Test Root\n{signer.root}"
    assert examine(path, listed).signature.state == "valid"


def test_the_key_is_nowhere(signer: Issued) -> None:
    line = signer.key.splitlines()[1]
    assert line not in repr(signer.certificate)
    assert line not in safe(f"an error with {line} in it")
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(signer.certificate)


def test_the_certificate_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, signer: Issued
) -> None:
    assert Settings().film_certificate() is None
    monkeypatch.setenv("SHOTGRAPH_CERTIFICATE", signer.certificate.chain)
    with pytest.raises(InvalidInput, match="SHOTGRAPH_CERTIFICATE_KEY is not set"):
        Settings().film_certificate()
    (tmp_path / "key.pem").write_text(signer.key)
    monkeypatch.setenv("SHOTGRAPH_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    found = Settings().film_certificate()
    assert found is not None
    assert found.key.get_secret_value() == signer.key
    assert found.name == signer.certificate.name
    monkeypatch.setenv("SHOTGRAPH_CERTIFICATE_KEY", str(tmp_path / "none.pem"))
    with pytest.raises(InvalidInput, match="SHOTGRAPH_CERTIFICATE_KEY names no file"):
        Settings().film_certificate()


async def test_a_film_that_is_handed_on_keeps_its_signature(
    store: Store, tmp_path: Path, signer: Issued
) -> None:
    put = await put_film(store, tmp_path, made=await made_of_clips(store, tmp_path))
    path = await sign(put, store, signer.certificate)
    given = await take_over(put.manifest, put.manifest.films[0], store)
    await hand_over(given, "folder", tmp_path / "handed on")
    assert (tmp_path / "handed on" / "harbour.mp4").read_bytes() == path.read_bytes()
    assert not (tmp_path / "handed on" / "unsigned").exists()
