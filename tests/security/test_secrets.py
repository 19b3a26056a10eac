"""fal's error echoes the request with its headers, or its URLs are signed: no sink holds it."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Desk, plain_env
from tests.figures import Count
from tests.money.signing_fal import SIGNATURE, have_sign
from tests.outside.other_fal import KEY, Answer, Asked, OtherFal, Place, says

KIND = 14
SECRET = KEY.partition(":")[2]
CODED = base64.b64encode(KEY.encode()).decode().rstrip("=")
SIGNS = [sign.encode() for sign in (KEY, SECRET, CODED[:16], CODED[4:20], "sig=c4nary")]
FILM = """
name: echo
steps:
  dusk: {edit: {video: shot.mp4, prompt: dusk}}
output: $dusk
"""


def echo(status: int, *, as_list: bool = False) -> Answer:
    """Say no, with all that the request showed."""

    async def answer(asked: Asked) -> None:
        shown = asked.heard.header("authorization")
        said = (
            f"bad request: {{'authorization': '{shown}'}} Basic {CODED} and {SECRET} to "
            f"https://v3.fal.media/x.mp4?sig=c4nary {KEY}"
        )
        finding = {"loc": ["body", said], "type": "value_error", "msg": said, "input": said}
        await says(status, {"detail": [finding] if as_list else said})(asked)

    return answer


CASES: dict[str, tuple[Place, Answer]] = {
    # First: what has been uploaded needs no token.
    "token 403": ("token", echo(403)),
    "submit 422 as text": ("submit", echo(422)),
    "submit 422 as a list": ("submit", echo(422, as_list=True)),
    "submit 401": ("submit", echo(401)),
    "result 422": ("result", echo(422, as_list=True)),
}


# Each is a run with a Prefect server of its own. CI takes one before the upload, and one after.
SAMPLE = ("token 403", "result 422")
TRIED = SAMPLE if os.environ.get("SHOTGRAPH_SECURITY_SAMPLE") == "1" else tuple(CASES)


@pytest.fixture
def fal(shot: Path) -> Iterator[OtherFal]:
    with OtherFal(shot.read_bytes()).running() as server:
        yield server


@pytest.fixture
def given(tmp_path: Path, shot: Path, fal: OtherFal) -> Desk:
    folder = tmp_path / "desk"
    folder.mkdir()
    os.link(shot, folder / "shot.mp4")
    (folder / "film.yaml").write_text(FILM, encoding="utf-8")
    store = {"SHOTGRAPH_STORE": str(tmp_path / "store")}
    return Desk(folder, {**plain_env(tmp_path / "prefect"), **store, **fal.env})


@pytest.mark.parametrize("case", TRIED)
def test_no_sink_holds_what_an_error_echoes(
    case: str, given: Desk, fal: OtherFal, tmp_path: Path, count: Count
) -> None:
    place, answer = CASES[case]
    fal.usually(place, answer)
    ran = given.run("run", "film.yaml")
    assert ran.code == 4, ran.err
    assert "[hidden]" in ran.err, "the error was not told"
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    database = [data for path, data in files.items() if ".db" in path.name]
    assert any(b"[hidden]" in data for data in database), "Prefect keeps what it was told here"
    said = (ran.out + ran.err).encode()
    sinks = {"stdout and stderr": said, **{str(path): data for path, data in files.items()}}
    hits = [(sink, sign) for sink, data in sinks.items() for sign in SIGNS if sign in data]
    count(errors=1, sinks=len(sinks), bytes=sum(map(len, sinks.values())), hits=len(hits))
    assert hits == []


def test_no_sink_holds_what_opens_a_url(
    given: Desk, fal: OtherFal, tmp_path: Path, count: Count
) -> None:
    have_sign(fal)
    ran = given.run("run", "film.yaml")
    assert ran.code == 0, ran.err
    assert SIGNATURE in str(fal.jobs[0].body), "there is something to keep"
    files = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    sinks = {"stdout and stderr": (ran.out + ran.err).encode(), **files}
    hits = [sink for sink, data in sinks.items() if SIGNATURE.encode() in data]
    count(signed_urls=2, sinks=len(sinks), bytes=sum(map(len, sinks.values())), hits=len(hits))
    assert hits == []
