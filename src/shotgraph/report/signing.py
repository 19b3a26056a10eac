"""Sign films by C2PA: the film's claim names its shots, and each shot's claim names its model.

The package c2pa-python signs on this machine. Nothing is sent anywhere, except to a time authority
if one is configured.
"""

import asyncio
import hashlib
import io
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from shotgraph.errors import InvalidInput, MediaError, Terminal
from shotgraph.foreign_text import hide, without_keys
from shotgraph.media.file_parts import file_parts, in_chunks, seal_of, with_moved_pictures
from shotgraph.model.references import Sha256
from shotgraph.report.edit_list import shots_on_film
from shotgraph.report.film_folder import StagedFilms
from shotgraph.report.manifest import FilmEntry, Manifest, StepEntry
from shotgraph.report.report import FilmFile
from shotgraph.report.signature import NO_NETWORK, is_signature, is_signed
from shotgraph.report.stories import SOURCE_TYPES, digital_source_type, film_shown
from shotgraph.report.story import FilmWithStory, Story, film_with_story
from shotgraph.store import Store
from shotgraph.store.assets import read_sha256
from shotgraph.store.disk import room_in

ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")
_CREATED, _PLACED = "c2pa.created", "c2pa.placed"
_LEAST_LINE = 16
_SIGNED_TYPES = frozenset({"video/mp4", "video/quicktime"})
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63600000000200014873a4710000000049454e44ae426082"
)
"""A PNG of one pixel, which is signed to check a certificate."""


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, to sign films with.

    Attributes:
        chain: The certificate and the certificates of its issuers, as PEM, without the root.
        key: The private key, as PEM. It is in no log, error, record or argument.
        algorithm: One of `ALGORITHMS`.
        time_authority: The URL of a service that confirms the time of signing; None for no such
            service.
    """

    chain: str
    key: SecretStr = field(repr=False)
    algorithm: str = "es256"
    time_authority: str | None = None

    def __post_init__(self) -> None:
        for line in self.key.get_secret_value().splitlines():
            if len(line.strip()) >= _LEAST_LINE and not line.startswith("-----"):
                hide(line)

    def __reduce__(self) -> Any:
        raise TypeError("a certificate holds a private key, and is never pickled")

    @property
    def name(self) -> str:
        """A name for the certificate: a hash of its public part."""
        return hashlib.sha256(self.chain.strip().encode()).hexdigest()[:16]

    def check(self) -> None:
        """Sign one pixel, so that a bad certificate is found before anything is bought.

        Raises:
            InvalidInput: The certificate can't sign.
        """
        made = {"action": _CREATED, "digitalSourceType": f"{SOURCE_TYPES}algorithmicMedia"}
        try:
            self.sign(_claim("check", [made]), [], "image/png", io.BytesIO(_PIXEL), io.BytesIO())
        except Terminal as error:
            raise InvalidInput(
                f"films should be signed, but the certificate can't sign: {error.message}. "
                "Nothing was sent. Correct the FilmCertificate block or SHOTGRAPH_CERTIFICATE and "
                "its key, or remove them to make films that are not signed"
            ) from None

    def sign(
        self,
        claim: Mapping[str, Any],
        ingredients: Sequence["Ingredient"],
        content_type: str,
        source: Any,
        target: Any,
    ) -> None:
        """Write a signed copy of a file.

        Raises:
            Terminal: The package c2pa-python is not installed, or can't sign.
        """
        try:
            from c2pa import Builder, C2paError, C2paSignerInfo, Context, Settings, Signer
        except ImportError:
            raise Terminal(
                "the package c2pa-python is not installed: pip install 'shotgraph[c2pa]'"
            ) from None
        info = C2paSignerInfo(
            alg=self.algorithm.encode(),
            sign_cert=self.chain.encode(),
            private_key=self.key.get_secret_value().encode(),
            ta_url=self.time_authority.encode() if self.time_authority else None,
        )
        try:
            with (
                Signer.from_info(info) as signer,
                Builder(json.dumps(claim), Context(Settings.from_dict(NO_NETWORK))) as builder,
            ):
                for one in ingredients:
                    with one.path.open("rb") as clip:
                        builder.add_ingredient(json.dumps(one.said), one.content_type, clip)
                builder.sign(signer, content_type, source, target)
        except C2paError as error:
            raise Terminal(str(error)) from None


@dataclass(frozen=True)
class Ingredient:
    """A clip that a film is made of.

    Attributes:
        said: The entry of the clip in the film's claim.
        path: The clip's file, with its own signature if it has one.
    """

    said: Mapping[str, Any]
    content_type: str
    path: Path


def signature_box(
    film: Path,
    manifest: Manifest,
    entry: FilmEntry,
    clips: Mapping[Sha256, Path],
    certificate: Certificate,
) -> bytes | None:
    """Sign a film with its story behind it, and give the signature's box.

    Args:
        film: The film's file, which is not changed.
        manifest: The manifest of its run.
        entry: The film's entry in the manifest.
        clips: The files of the shots, by their hashes.
        certificate: The certificate to sign with.

    Returns:
        The box; None if the story would not be readable in a signed file of this kind.

    Raises:
        Terminal: The film can't be signed.
    """
    with film.open("rb") as file:
        carried, parts = film_with_story(file), file_parts(file)
    if not isinstance(carried, FilmWithStory) or not parts or parts[0].kind != "ftyp":
        return None
    with room_in(film.parent, ".shotgraph-") as room:
        shots = list(_shots(manifest, entry, clips, certificate, room))
        claim = _claim(entry.file, _actions(manifest, entry, shots), carried.story)
        signed, again = room / "signed", room / "again"
        with film.open("rb") as source, signed.open("w+b") as target:
            certificate.sign(claim, shots, entry.medium.content_type, source, target)
            target.seek(0)
            found = film_with_story(target)
            if not isinstance(found, FilmWithStory) or not is_signature(target, found.inserted):
                return None
            box = b"".join(in_chunks(target, found.inserted.start, found.inserted.size_bytes))
            target.seek(0, os.SEEK_END)
            target.write(seal_of(box))
        write_signed(film, box, again)
        # The inserted box must be the only change: inspect undoes it, and the next run repeats it.
        return box if read_sha256(again) == read_sha256(signed) else None


def write_signed(film: Path, box: bytes, target: Path) -> None:
    """Copy a film, and insert the box of its signature after the first box, as C2PA requires.

    Raises:
        MediaError: The film is damaged.
    """
    with film.open("rb") as source, target.open("wb") as made:
        parts = file_parts(source)
        if parts is None:
            raise MediaError(f"{film.name} is damaged, and can't be signed")
        for number, part in enumerate(parts):
            if part.kind == "moov":
                index = b"".join(in_chunks(source, part.start, part.size_bytes))
                made.write(with_moved_pictures(index, len(box)))
            else:
                for chunk in in_chunks(source, part.start, part.size_bytes):
                    made.write(chunk)
            if number == 0:
                made.write(box)
        made.write(seal_of(box))
        made.flush()
        os.fsync(made.fileno())


def _claim(
    title: str, actions: Sequence[Mapping[str, Any]], story: Story | None = None
) -> dict[str, Any]:
    from shotgraph import __version__

    assertions: list[dict[str, Any]] = [
        {"label": "c2pa.actions.v2", "data": {"actions": list(actions)}}
    ]
    if story is not None:
        about = {"manifest_sha256": story.manifest_sha256, "sha256": story.sha256}
        assertions.append({"label": "com.shotgraph.film", "data": about})
    return {
        "claim_generator_info": [{"name": "shotgraph", "version": __version__}],
        "title": title,
        "assertions": assertions,
    }


def _actions(
    manifest: Manifest, entry: FilmEntry, shots: Sequence[Ingredient]
) -> list[dict[str, Any]]:
    kind = digital_source_type(manifest, entry.step) or f"{SOURCE_TYPES}composite"
    placed = [
        {"action": _PLACED, "parameters": {"ingredientIds": [one.said["label"]]}} for one in shots
    ]
    return [{"action": _CREATED, "digitalSourceType": kind}, *placed]


def _shots(
    manifest: Manifest,
    entry: FilmEntry,
    clips: Mapping[Sha256, Path],
    certificate: Certificate,
    room: Path,
) -> Iterator[Ingredient]:
    given = {one.name: one.medium for one in manifest.given}
    seen: set[str] = set()
    for shot in shots_on_film(manifest, film_shown(manifest, entry))[0]:
        step = manifest.step(shot.name)
        medium = step.medium if step is not None else given.get(shot.name)
        if medium is None or medium.sha256 in {entry.medium.sha256, *seen}:
            continue
        path = clips.get(medium.sha256)
        if path is None or medium.content_type not in _SIGNED_TYPES:
            continue
        seen.add(medium.sha256)
        said = {"title": shot.name, "relationship": "componentOf", "label": f"shot-{len(seen)}"}
        if step is not None and not is_signed(path):
            path = _signed_shot(manifest, step, path, certificate, room / said["label"])
        yield Ingredient(said, medium.content_type, path)


def _signed_shot(
    manifest: Manifest, step: StepEntry, path: Path, certificate: Certificate, target: Path
) -> Path:
    """Sign a copy of a shot for the film; the clip in the store stays as fal returned it."""
    assert step.medium is not None  # noqa: S101  the film shows the shot
    kind = digital_source_type(manifest, step.name) or f"{SOURCE_TYPES}composite"
    agent = step.endpoint or step.recipe or step.kind
    made = {"action": _CREATED, "digitalSourceType": kind, "softwareAgent": {"name": agent}}
    claim = _claim(step.name, [made])
    about = {
        "endpoint": step.endpoint,
        "request_id": step.request_id,
        "prompt": without_keys(step.prompt),
        "take": step.take,
        "sha256": step.medium.sha256,
    }
    said = {name: value for name, value in about.items() if value}
    claim["assertions"].append({"label": "com.shotgraph.shot", "data": said})
    with path.open("rb") as source, target.open("w+b") as signed:
        certificate.sign(claim, [], step.medium.content_type, source, signed)
    return target


async def with_signatures(
    films: StagedFilms, manifest: Manifest, store: Store, certificate: Certificate | None
) -> StagedFilms:
    """Sign each film with its story behind it, or insert the signature that it had before.

    Args:
        films: Copies that are not in place yet.
        manifest: The manifest of the run.
        store: The store with the shots and the kept signatures.
        certificate: The certificate to sign with; None inserts the latest kept signature, if any.

    Returns:
        The films, with the hashes of their files. A film of a kind that can't be signed stays
        unsigned, with a warning in the log.

    Raises:
        Retryable: The store could not be read or written to.
        Terminal: A film can't be signed; the films are unchanged.
    """
    entries = {entry.file: entry for entry in manifest.films_and_deliveries()}
    boxes = [
        await _box_of(file, part, manifest, entries[file.path.name], store, certificate)
        if file.file_sha256 is not None
        else None
        for file, part in zip(films.files, films.parts, strict=True)
    ]
    files = []
    for file, part, box in zip(films.files, films.parts, boxes, strict=True):
        if box is None:
            if certificate is not None:
                logging.getLogger(__name__).warning("%s could not be signed", file.path.name)
            files.append(file)
            continue
        sha256 = await asyncio.to_thread(_replace_signed, part, box)
        files.append(replace(file, file_sha256=sha256))
    return replace(films, files=files)


async def kept_signature(unsigned_sha256: str, store: Store) -> bytes | None:
    """Read the latest kept signature of a film; None if the film was never signed.

    Args:
        unsigned_sha256: The hash of the film's file with its story, before signing.
        store: The store with the signatures.

    Raises:
        Retryable: The store could not be read.
    """
    kept = await store.records.names(f"signatures/{unsigned_sha256}")
    return await store.records.get(kept[-1]) if kept else None


def _replace_signed(part: Path, box: bytes) -> Sha256:
    with room_in(part.parent, ".shotgraph-") as room:
        write_signed(part, box, room / "signed")
        (room / "signed").replace(part)
    return read_sha256(part)


async def _box_of(
    file: FilmFile,
    part: Path,
    manifest: Manifest,
    entry: FilmEntry,
    store: Store,
    certificate: Certificate | None,
) -> bytes | None:
    assert file.file_sha256 is not None  # noqa: S101  a file without a hash carries no story
    if certificate is None:
        return await kept_signature(file.file_sha256, store)
    name = f"signatures/{file.file_sha256}/{certificate.name}.c2pa"
    box = await store.records.get(name)
    if box is None:
        shots = [medium for medium in manifest.media().values() if medium.kind == "video"]
        clips = {one.sha256: await store.assets.file(one) for one in shots}
        box = await asyncio.to_thread(signature_box, part, manifest, entry, clips, certificate)
        if box is not None:
            await store.records.put_if_absent(name, box)
            box = await store.records.get(name) or box
    return box
