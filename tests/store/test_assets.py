"""Media are kept by their bytes: the same bytes once, and never other bytes under their name."""

import asyncio
import hashlib
import os
import shutil
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from shotgraph.errors import Retryable, StoreRefused, Terminal
from shotgraph.model.references import Asset, MediaKind, Sha256
from shotgraph.store import AssetStore, Store, open_store, sha256_of_file

MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"
BYTES = MP4 + b"a clip"
LOST = r"the store no longer has the video [0-9a-f]{12}… \(\d+ bytes\).*SHOTGRAPH_STORE"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(BYTES)
    return path


async def test_is_known_by_its_bytes(store: Store, clip: Path) -> None:
    asset = await store.assets.add(clip, "video")
    assert asset == Asset(
        sha256=Sha256(hashlib.sha256(BYTES).hexdigest()),
        kind="video",
        size_bytes=len(BYTES),
        content_type="video/mp4",
    )
    assert sha256_of_file(clip) == asset.sha256
    assert await store.assets.size_bytes(asset.sha256) == len(BYTES)
    assert store.assets.here_now(asset.sha256)
    assert (await store.assets.file(asset)).read_bytes() == BYTES


async def test_what_is_not_there_is_not_there(store: Store) -> None:
    nothing = Sha256("0" * 64)
    assert await store.assets.size_bytes(nothing) is None
    assert not store.assets.here_now(nothing)


async def test_bytes_that_nobody_may_look_up_are_not_called_lost(
    folder_store: Store, clip: Path
) -> None:
    """From Python 3.14 on, `Path.is_file` answers False where 3.11 raises."""
    asset = await folder_store.assets.add(clip, "video")
    assert folder_store.folder is not None
    (kept,) = (folder_store.folder / "objects").rglob(asset.sha256)
    was_root = os.geteuid() == 0
    kept.parent.chmod(0)
    if was_root:
        os.seteuid(65534)
    try:
        with pytest.raises(StoreRefused, match="permission to read and write there"):
            await folder_store.assets.file(asset)
    finally:
        if was_root:
            os.seteuid(0)
        kept.parent.chmod(0o700)
    assert (await folder_store.assets.file(asset)).read_bytes() == BYTES


async def test_the_same_bytes_are_kept_once(folder_store: Store, clip: Path) -> None:
    copy = clip.with_name("copy.mov")
    copy.write_bytes(BYTES)
    asset = await folder_store.assets.add(clip, "video")
    assert folder_store.folder is not None
    (kept,) = (folder_store.folder / "objects").rglob(asset.sha256)
    inode = kept.stat().st_ino
    assert await folder_store.assets.add(copy, "video") == asset
    files = [path for path in (folder_store.folder / "objects").rglob("*") if path.is_file()]
    assert files == [kept]
    assert kept.stat().st_ino == inode


async def test_what_was_put_into_a_bucket_is_not_got_back(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    backend = MemoryStore()
    assets = AssetStore(backend, None)
    asset = await assets.add(clip, "video")
    backend.delete(f"objects/{asset.sha256[:2]}/{asset.sha256}")
    assert (await assets.file(asset)).read_bytes() == BYTES


async def test_a_file_that_changes_while_it_is_put_is_not_kept_as_what_it_was(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    copyfile = shutil.copyfile

    def late(source: Path, target: Path) -> None:
        source.write_bytes(MP4 + b"another clip")
        copyfile(source, target)

    monkeypatch.setattr("shutil.copyfile", late)
    assets = AssetStore(MemoryStore(), None)
    with pytest.raises(Retryable, match="changed while it was read"):
        await assets.add(clip, "video")
    assert not assets.here_now(Sha256(hashlib.sha256(BYTES).hexdigest()))
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


async def test_other_bytes_are_kept_besides(store: Store, clip: Path) -> None:
    first = await store.assets.add(clip, "video")
    clip.write_bytes(MP4 + b"b clip")
    second = await store.assets.add(clip, "video")
    assert first.sha256 != second.sha256
    assert (await store.assets.file(first)).read_bytes() == BYTES
    assert (await store.assets.file(second)).read_bytes() == MP4 + b"b clip"


async def test_what_is_kept_is_not_the_users_own_file(store: Store, clip: Path) -> None:
    asset = await store.assets.add(clip, "video")
    with clip.open("r+b") as file:
        file.write(b"spoilt")
    assert (await store.assets.file(asset)).read_bytes() == BYTES


async def test_many_may_add_the_same_bytes_at_once(store: Store, clip: Path) -> None:
    assets = await asyncio.gather(*(store.assets.add(clip, "video") for _ in range(16)))
    assert set(assets) == {assets[0]}
    assert (await store.assets.file(assets[0])).read_bytes() == BYTES


async def test_a_clip_of_many_parts_is_kept_whole(store: Store, tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    large.write_bytes(MP4 + bytes(range(256)) * 45_000)
    asset = await store.assets.add(large, "video")
    assert asset.size_bytes > 11_000_000
    assert sha256_of_file(await store.assets.file(asset)) == asset.sha256


async def test_lost_bytes_are_said_to_be_lost(store: Store, clip: Path, tmp_path: Path) -> None:
    asset = await store.assets.add(clip, "video")
    lost = asset.model_copy(update={"sha256": Sha256("f" * 64)})
    with pytest.raises(Terminal, match=LOST):
        await store.assets.file(lost)
    assert not list((tmp_path / "cache").rglob("*.part"))


async def test_bytes_that_are_taken_away_are_lost(folder_store: Store, clip: Path) -> None:
    asset = await folder_store.assets.add(clip, "video")
    (await folder_store.assets.file(asset)).unlink()
    with pytest.raises(Terminal, match=LOST):
        await folder_store.assets.file(asset)
    assert await folder_store.assets.size_bytes(asset.sha256) is None


async def test_a_damaged_clip_is_lost_until_it_is_added_again(
    folder_store: Store, clip: Path
) -> None:
    asset = await folder_store.assets.add(clip, "video")
    kept = await folder_store.assets.file(asset)
    kept.chmod(0o644)
    kept.write_bytes(BYTES[:10])
    with pytest.raises(Terminal, match=LOST):
        await folder_store.assets.file(asset)
    assert await folder_store.assets.add(clip, "video") == asset
    assert (await folder_store.assets.file(asset)).read_bytes() == BYTES


async def test_a_store_is_found_again(tmp_path: Path, clip: Path) -> None:
    asset = await open_store(str(tmp_path / "store")).assets.add(clip, "video")
    again = open_store(str(tmp_path / "store"))
    assert (await again.assets.file(asset)).read_bytes() == BYTES


@pytest.mark.parametrize(
    ("start", "kind", "content_type"),
    [
        (MP4, "video", "video/mp4"),
        (MP4, "audio", "audio/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "video", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x01\0\0\0", "video", "video/webm"),
        (b"\x89PNG\r\n\x1a\n", "image", "image/png"),
        (b"\xff\xd8\xff\xe0", "image", "image/jpeg"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image", "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio", "application/octet-stream"),
        (b"", "video", "application/octet-stream"),
        (b"#!/bin/sh", "video", "application/octet-stream"),
    ],
)
async def test_the_content_type_is_what_the_bytes_say(
    store: Store, tmp_path: Path, start: bytes, kind: MediaKind, content_type: str
) -> None:
    path = tmp_path / "name.says.nothing"
    path.write_bytes(start)
    assert (await store.assets.add(path, kind)).content_type == content_type


async def test_bytes_take_the_place_of_a_link_that_others_put_there(
    folder_store: Store, tmp_path: Path
) -> None:
    clip, other = tmp_path / "clip", tmp_path / "other"
    clip.write_bytes(b"the clip")
    other.write_bytes(b"somebody else's")
    sha256 = sha256_of_file(clip)
    place = tmp_path / "store" / "objects" / sha256[:2] / sha256
    place.parent.mkdir(parents=True)
    place.symlink_to(other)
    asset = await folder_store.assets.add(clip, "video")
    assert (await folder_store.assets.file(asset)).read_bytes() == b"the clip"
    assert other.read_bytes() == b"somebody else's"
