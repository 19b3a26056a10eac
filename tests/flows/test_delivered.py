"""The further files of a film: beside it, measured, made once, and gone where it has none."""

import json
from pathlib import Path

import pytest

from shotgraph.media import mastering
from tests.flows.pipelines import run, statuses

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.slow]

FILM = """\
name: handed-on
params:
  shot: {type: video}
steps:
  small: {concat: {clips: [$shot], format: {width: 320, height: 180}}}
  film: {trim: {video: $small, seconds: 1}}
output: $film
"""
DELIVERED = f"{FILM}deliver: [youtube, prores-master]\n"


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))


async def test_files_lie_beside_the_film_and_are_made_once(shot: Path, tmp_path: Path) -> None:
    first = await run(DELIVERED, shot, tmp_path)
    again = await run(DELIVERED, shot, tmp_path)

    assert first["status"] == "done"
    assert statuses(first)["film for youtube"] == "ran"
    assert set(statuses(again).values()) == {"cached"}
    paths = [Path(one["path"]) for one in first["deliveries"]]
    assert paths == [
        tmp_path / "handed-on" / "handed-on-youtube.mp4",
        tmp_path / "handed-on" / "handed-on-prores-master.mov",
    ]
    assert all(path.stat().st_size for path in paths)
    assert [one["sha256"] for one in again["deliveries"]] == [
        one["sha256"] for one in first["deliveries"]
    ]
    for report in (first, again):
        measured = report["deliveries"][0]["measured"]
        assert (measured["profile"], measured["tag"], measured["is_front"]) == (
            "youtube",
            "avc1",
            True,
        )
    manifest = json.loads((tmp_path / "handed-on" / "manifest.json").read_text())
    assert [one["file"] for one in manifest["deliveries"]] == [path.name for path in paths]
    page = (tmp_path / "handed-on" / "storyboard.html").read_text()
    assert '<a href="handed-on-youtube.mp4">' in page

    mine = tmp_path / "handed-on" / "handed-on-of-mine.mov"
    mine.write_bytes(b"mine")
    paths[1].write_bytes(b"changed by hand")
    await run(FILM, shot, tmp_path)
    assert not paths[0].exists(), "it was of a film that had it"
    assert paths[1].read_bytes() == b"changed by hand"
    assert mine.exists()


async def test_a_file_that_misses_its_profile_ends_the_run_and_names_the_value(
    shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastering, "misses", lambda *_: ["loudness: -9.0 LUFS for -14 ± 0.5 LUFS"])
    report = await run(DELIVERED.replace("seconds: 1", "seconds: 2"), shot, tmp_path)
    assert (report["status"], statuses(report)["film"]) == ("failed", "ran")
    assert "loudness: -9.0 LUFS for -14 ± 0.5 LUFS" in report["error"]["message"]
    assert not (tmp_path / "handed-on" / "handed-on-youtube.mp4").exists()
