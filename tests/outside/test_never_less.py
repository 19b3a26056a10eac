"""A film that was paid for is replaced only by one that is whole, and never by a rehearsal."""

import hashlib
from pathlib import Path

from tests.cli.command import Desk

from .buying import IMPATIENT
from .figures import Count
from .other_fal import Job, OtherFal, hangs_up

KIND = 18

FILM = """\
name: sea
params:
  words: {type: text, default: a sea}
steps:
  sea: {fal: {endpoint: other/sea, arguments: {prompt: $words}, price_usd: "0.50"}}
  cut: {trim: {video: $sea, seconds: 2}}
output: $cut
"""
ASKS = FILM.replace("output: $cut", "  seen: {approve: {video: $cut}}\noutput: $seen")


def _kept(folder: Path) -> dict[str, str]:
    """The film and all that lies beside it, as it is now."""
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    names = ("sea.mp4", "sea/storyboard.html", "sea/manifest.json")
    assert set(names) <= found.keys(), found
    return {name: found[name] for name in names}


def test_nothing_that_is_less_replaces_it(desk: Desk, fal: OtherFal, count: Count) -> None:
    film, films = desk.folder / "film.yaml", desk.folder / "films"
    film.write_text(FILM)
    paid = desk.run("run", "film.yaml", "--json")
    assert paid.code == 0, paid.err
    before, ways = _kept(films), dict[str, int]()

    rehearsed = desk.run("run", "film.yaml", "--rehearse", "--json")
    path = Path(rehearsed.json["output"]["path"])
    assert path.is_file()
    assert path != films / "sea.mp4"
    ways["rehearsed"] = rehearsed.code

    def refuses(job: Job) -> None:
        typed = {"loc": ["body"], "msg": "no", "type": "content_policy_violation"}
        job.refusal = (422, {"detail": [typed]}, {})

    fal.new_job = refuses
    ways["refused"] = desk.run("run", "film.yaml", "--set", "words=refused").code
    fal.usually("submit", hangs_up)
    ways["unknown"] = desk.run("run", "film.yaml", "--set", "words=lost", **IMPATIENT).code
    fal.moods.clear()
    too_little = ("--set", "words=dear", "--max-usd", "0.1")
    ways["over budget"] = desk.run("run", "film.yaml", *too_little).code
    film.write_text(ASKS)
    ways["waits"] = desk.run("run", "film.yaml").code
    film.write_text(FILM.replace("seconds: 2", "seconds: 99"))
    ways["local failure"] = desk.run("run", "film.yaml").code
    after = _kept(films)
    replaced = [name for name in before if before[name] != after[name]]
    count(runs=1 + len(ways), submits=fal.submits, replaced=len(replaced))
    assert ways["rehearsed"] == 0, rehearsed.err
    assert all(code != 0 for way, code in ways.items() if way != "rehearsed"), ways
    assert replaced == []

    film.write_text(FILM)
    fal.new_job = lambda job: None
    whole = desk.run("run", "film.yaml", "--set", "words=one more", "--json")
    assert whole.code == 0, whole.err
    assert _kept(films)["sea/manifest.json"] != before["sea/manifest.json"]
