"""Pictures of a store's media: made once, kept, and never a reason to fail."""

import io
from pathlib import Path

import pytest
from PIL import Image

from shotgraph.media.probe import Medium
from shotgraph.media.sheets.preview import glimpse_of, still_of
from shotgraph.model.references import Asset, MediaKind
from shotgraph.report.pictures import Pictures
from shotgraph.store import Store
from tests.media.coded_clips import write_clip
from tests.report.told_runs import medium


async def kept(store: Store, path: Path, kind: MediaKind = "video") -> Medium:
    asset = await store.assets.add(path, kind)
    return medium(0, **asset.model_dump())


def webp(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data), formats=["WEBP"])


async def test_a_preview_is_small_moves_and_is_made_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = await kept(store, write_clip(tmp_path / "1.mp4", clip=1, frames=90, rate=30))
    data = await Pictures(store).of(clip, "preview")
    assert data is not None
    assert len(data) <= 60_000
    assert getattr(webp(data), "n_frames", 1) > 10
    monkeypatch.setattr("shotgraph.report.pictures._DRAWN_BY", {("preview", "video"): refuse})
    assert await Pictures(store).of(clip, "preview") == data


async def test_only_so_many_pictures_of_clips_are_drawn_and_images_always(
    store: Store, tmp_path: Path
) -> None:
    clips = [
        await kept(store, write_clip(tmp_path / f"{clip}.mp4", clip=clip, frames=10, rate=10))
        for clip in (1, 2, 3)
    ]
    Image.effect_noise((64, 64), 90).convert("RGB").save(tmp_path / "still.png")
    still = await kept(store, tmp_path / "still.png", "image")
    none = await Pictures(store, draws=0).all_of([*clips, still], "preview")
    assert none.keys() == {still.sha256}
    few = await Pictures(store, draws=1).all_of([*clips, still], "preview")
    assert few.keys() == {clips[0].sha256, still.sha256}
    # What is there is shown, and does not count.
    more = await Pictures(store, draws=1).all_of(clips, "preview")
    assert more.keys() == {clips[0].sha256, clips[1].sha256}
    # So does what is made of a preview that is there: a page in Prefect draws no clip.
    stills = await Pictures(store, draws=0).all_of(clips[:2], "still")
    assert stills.keys() == more.keys()


async def test_a_still_is_made_of_a_preview_and_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = await kept(store, write_clip(tmp_path / "1.mp4", clip=1, frames=30, rate=30))
    assert await Pictures(store, draws=0).of(clip, "still") is None
    still = await Pictures(store).of(clip, "still")
    assert getattr(webp(still), "n_frames", 1) == 1
    monkeypatch.setattr("shotgraph.report.pictures._SMALLER", {"still": None})
    assert await Pictures(store, draws=0).of(clip, "still") == still


async def refuse(source: Path, target: Path) -> None:
    raise AssertionError("it was there")


async def test_a_picture_that_was_lost_is_made_again(store: Store, tmp_path: Path) -> None:
    clip = await kept(store, write_clip(tmp_path / "1.mp4", clip=1, frames=30, rate=30))
    data = await Pictures(store).of(clip, "poster")
    (name,) = await store.records.names("pictures")
    asset = Asset.model_validate_json(await store.records.get(name) or b"")
    path = await store.assets.file(asset)
    path.chmod(0o600)
    path.unlink()
    assert await Pictures(store).of(clip, "poster") == data


async def test_an_image_is_its_own_picture(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    Image.effect_noise((1600, 900), 90).convert("RGB").save(path)
    still = await kept(store, path, "image")
    preview = await Pictures(store).of(still, "preview")
    assert preview is not None
    assert webp(preview).size == (320, 180)
    assert len(preview) <= 60_000
    assert webp(await Pictures(store).of(still, "poster")).size == (1280, 720)


async def test_what_can_not_be_drawn_has_none(store: Store, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film at all")
    pictures = Pictures(store)
    assert await pictures.of(await kept(store, broken), "preview") is None
    assert await pictures.of(medium(3), "preview") is None
    assert await pictures.of(medium(3, kind="audio"), "preview") is None
    assert await pictures.all_of([medium(3)], "preview") == {}


async def test_a_glimpse_is_made_of_a_preview_and_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / "1.mp4", clip=1, frames=150, rate=30, size=(640, 360))
    clip = await kept(store, path)
    monkeypatch.setattr("shotgraph.report.pictures.GLIMPSE_BYTES", 8_000)
    preview = await Pictures(store).of(clip, "preview")
    glimpse = await Pictures(store).of(clip, "glimpse")
    assert preview is not None
    assert glimpse is not None
    assert len(glimpse) <= 8_000 < len(preview)
    monkeypatch.setattr("shotgraph.report.pictures.glimpse_of", None)
    assert await Pictures(store).of(clip, "glimpse") == glimpse


async def test_a_preview_is_made_smaller_out_of_itself(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    write_clip(path, clip=1, frames=150, rate=30, size=(640, 360))
    data = await Pictures(store).of(await kept(store, path), "preview")
    assert data is not None
    assert glimpse_of(data, len(data)) == data
    smaller = glimpse_of(data, len(data) // 2)
    assert smaller is not None
    assert len(smaller) <= len(data) // 2
    assert getattr(webp(smaller), "n_frames", 1) > 3
    assert glimpse_of(data, 10) is None
    still = webp(still_of(data))
    assert getattr(still, "n_frames", 1) == 1
    assert max(still.size) <= 240
