"""The store breaks in the moment in which fal answers: the request's id is said, and not lost."""

import threading
from collections.abc import Callable
from pathlib import Path

from tests.cli.command import Desk

from .buying import IMPATIENT
from .figures import Count
from .other_fal import Asked, OtherFal, hangs_up, reply

KIND = 10

FILM = """\
name: sea
steps:
  sea:
    fal: {endpoint: other/sea, arguments: {prompt: a sea}, price_usd: "0.50"}
output: $sea
"""


class _Breaks:
    """A folder of the store that is no folder from a moment on, until it is mended."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.aside = folder, folder.with_name(f"{folder.name}-aside")
        self._lock = threading.Lock()

    def break_it(self) -> None:
        with self._lock:
            if self.folder.is_dir():
                self.folder.rename(self.aside)
                self.folder.write_text("no folder")

    def mend(self) -> None:
        with self._lock:
            if self.aside.exists():
                self.folder.unlink()
                self.aside.rename(self.folder)


def _answers_and(breaks: Callable[[], None], fal: OtherFal) -> Callable[[Asked], object]:
    """Sell the job, break the store, and then answer."""

    async def answer(asked: Asked) -> None:
        body = fal.accepted(fal.sell(asked.heard))
        breaks()
        await asked.line.send(reply(200, body))

    return answer


def test_the_id_is_said_and_found_again(desk: Desk, fal: OtherFal, count: Count) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    lost = 0
    for name in ("attempts", "claims"):
        fal.forget()
        store = desk.folder / f"store-{name}"
        here = Desk(desk.folder, {**desk.env, "SHOTGRAPH_STORE": str(store)})
        folder = store / name
        broken = _Breaks(folder)
        fal.usually("submit", _answers_and(broken.break_it, fal), times=1)  # type: ignore[arg-type]
        folder.mkdir(parents=True, exist_ok=True)
        ended = here.run("run", "film.yaml", **IMPATIENT)
        (job,) = fal.jobs
        said = ended.out + ended.err
        # Where the record itself is kept all the same, the run may go on.
        assert ended.code == 5 or (ended.code == 0 and name == "claims"), said
        assert job.request_id in said, said
        assert ended.code == 0 or f"requests/{job.request_id}" in said, said
        assert "Traceback" not in said, said
        broken.mend()
        again = here.run("run", "film.yaml", "--json", **IMPATIENT)
        lost += again.code != 0
        assert again.code == 0, again.err
        assert len(fal.jobs) == 1
    count(stores_broken=2, submits=2, ids_lost=lost)


def test_with_no_store_and_no_list_it_is_not_bought_again(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    broken = _Breaks(Path(desk.env["SHOTGRAPH_STORE"]) / "attempts")
    fal.usually("submit", _answers_and(broken.break_it, fal), times=1)  # type: ignore[arg-type]
    fal.usually("listing", hangs_up)
    first = desk.run("run", "film.yaml", **IMPATIENT)
    assert fal.jobs[0].request_id in first.out + first.err
    broken.mend()
    second = desk.run("run", "film.yaml", **IMPATIENT)
    assert second.code in (0, 5), second.err
    count(stores_broken=1, submits=fal.submits)
    assert fal.submits == 1
