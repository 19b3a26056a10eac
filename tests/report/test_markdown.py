"""The storyboard as Prefect shows it: small, and nobody's words are markup."""

import asyncio
import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from shotgraph.media.probe import Medium
from shotgraph.report.manifest import Manifest
from shotgraph.report.markdown import MOST_BYTES, escaped, markdown
from shotgraph.report.pictures import Pictures
from shotgraph.store import Store, open_store
from tests.media.coded_clips import write_clip
from tests.report.told_runs import HOSTILE, medium, sha, step, told

VIEW = "http://127.0.0.1:4280"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


@dataclass(frozen=True)
class Kept:
    """A clip in a store that keeps its pictures from one test to the next."""

    store: Store
    clip: Medium


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    store = open_store(str(folder / "store"))
    path = write_clip(folder / "1.mp4", clip=1, frames=150, rate=30, size=(1280, 720))
    asset = asyncio.run(store.assets.add(path, "video"))
    return Kept(store, medium(1, 24, sha256=asset.sha256, size_bytes=asset.size_bytes))


def many(count: int, made: Medium, prompt: str = HOSTILE) -> Manifest:
    steps = [step(f"shot{number}", "edit", made, prompt=prompt) for number in range(count)]
    return told(steps, made)


async def written(manifest: Manifest, store: Store, view_url: str | None = VIEW) -> str:
    return await markdown(manifest, Pictures(store), view_url=view_url, folder="/films")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "pictures", "said"),
    [
        (3, 3, ""),
        (8, 8, ""),
        (24, 24, "these are stills"),
        (900, 0, "too many shots for pictures"),
    ],
)
async def test_it_is_small_however_many_shots_there_are(
    kept: Kept, count: int, pictures: int, said: str
) -> None:
    text = await written(many(count, kept.clip), kept.store)
    assert len(text.encode()) <= MOST_BYTES
    assert text.count("data:image/webp;base64,") == pictures
    assert said in text
    assert ("steps are left out" in text) == (count > 100)


async def test_few_shots_move(kept: Kept) -> None:
    text = await written(many(2, kept.clip), kept.store)
    found = re.search(r"base64,([A-Za-z0-9+/=]+)", text)
    assert found is not None
    picture = Image.open(io.BytesIO(base64.b64decode(found[1])))
    assert getattr(picture, "n_frames", 1) > 5


async def test_without_a_place_to_see_it_there_is_no_link_but_a_path(kept: Kept) -> None:
    made, store = kept.clip, kept.store
    linked = await written(many(1, made, "dusk"), store)
    assert f"[Play the film]({VIEW}/clips/{made.sha256}.mp4)" in linked
    assert f"[The whole storyboard]({VIEW}/films/harbour/run-1)" in linked
    plain = await written(many(1, made, "dusk"), store, view_url=None)
    assert "](" not in plain
    assert "`/films/harbour.mp4`" in plain


async def test_words_of_others_are_words(store: Store) -> None:
    manifest = told([step(HOSTILE, "edit", None, prompt=HOSTILE)], film=HOSTILE)
    text = await written(manifest, store)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}
    assert "<script" not in text
    assert "![" not in re.sub(r"`[^`]*`|\\!", "", text)
    # What is between backticks is shown as it is written.
    assert "(https" not in re.sub(r"`[^`]*`|\\\(", "", text)


def test_escaped_words_have_no_markup_and_one_line() -> None:
    plain = escaped("a\nb <i> [x](y) `c` *d* _e_ | ~f~ \\g \x1b[31m $h$ http://i")
    assert "\n" not in plain
    assert "<" not in plain
    # Each sign that means something has a backslash before it.
    assert not re.search(r"(?<!\\)(\\\\)*[\[\]()`*_|~$]", plain)
    assert len(escaped("x" * 1000)) == 401


async def test_a_medium_that_the_store_lost_has_no_picture(store: Store) -> None:
    text = await written(many(1, medium(3)), store)
    assert "data:image" not in text
    assert sha(3) in text
