"""The recipe in plain Python, with the rehearsal that it starts by itself."""

from pathlib import Path

import pytest

from shotgraph.flows import extend_restyle_concat
from shotgraph.model.references import Sha256
from shotgraph.store import open_store
from tests.media.coded_clips import codes, read_codes

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


async def test_extend_restyle_concat(
    shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAL_KEY", raising=False)
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    made = await extend_restyle_concat(str(shot), look="rain", length="3", rehearse=True)
    assert made["kind"] == "video"
    assert (made["width"], made["height"], made["duration_s"], made["fps"]) == (720, 720, "7", "24")
    sha256 = Sha256(made["sha256"])
    folder = open_store(str(tmp_path / "store")).folder
    assert folder is not None
    film = folder / "objects" / sha256[:2] / sha256
    frames = read_codes(film)
    assert len(frames) == 168
    # The shot itself, untouched, comes first; over what was drawn nobody can read its numbers.
    assert frames[:96] == codes(9, range(96))
    assert frames[96:].count(None) > 60

    # Another rehearsal, at another port: it finds what the first one made.
    again = await extend_restyle_concat(str(shot), look="rain", length="3", rehearse=True)
    assert again["sha256"] == made["sha256"]
    assert again["how"] == "cached"
