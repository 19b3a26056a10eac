"""What a run says of money is what the ledger has: billed, not known yet, or nothing."""

import re
from decimal import Decimal

from tests.cli.command import Desk

from .buying import IMPATIENT
from .figures import Count
from .other_fal import Asked, Job, OtherFal

KIND = 6
FALSE = re.compile(r"nothing was (billed|bought|paid)|was not billed|not billed", re.IGNORECASE)

FILM = """\
name: sea
steps:
  sea: {fal: {endpoint: other/sea, arguments: {prompt: a sea}, price_usd: "0.50"}}
output: $sea
"""

# What comes in place of a video, though fal has drawn and billed it.
SPOILT = {
    "a text": ("text/plain", b"no clip at all"),
    "a page": ("text/html", b"<html>login</html>"),
    "nothing": ("video/mp4", b""),
    "half": ("video/mp4", None),
    "a picture": ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(64)),
    "zeros": ("video/mp4", bytes(9000)),
}


def test_what_cannot_be_used_is_said_as_paid(desk: Desk, fal: OtherFal, count: Count) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    off = Decimal(0)
    for number, (kind, data) in enumerate(SPOILT.values()):
        fal.forget()
        fal.files["/clip.mp4"] = (kind, fal.clip[: len(fal.clip) // 2] if data is None else data)
        env = {"SHOTGRAPH_STORE": str(desk.folder / f"store-{number}")}
        ended = desk.run("run", "film.yaml", "--json", "--out", f"films-{number}", **env)
        (job,) = desk.run("jobs", "--json", **env).json["jobs"]
        report = ended.json
        (step,) = report["steps"]
        off += abs(Decimal(str(report["cost_usd"])) - Decimal(str(job["cost_usd"])))
        assert ended.code not in (0, 130), ended.err
        assert step["request_id"] == job["request_id"] == fal.jobs[0].request_id, report
        assert step["cost_usd"] == job["cost_usd"] == 0.5, report
        assert not FALSE.search(report["error"]["message"]), report
        assert fal.submits == 1
    count(files=len(SPOILT), submits=len(SPOILT), dollars_reported_minus_booked=off)


def test_a_lost_answer_is_said_as_not_known(desk: Desk, fal: OtherFal, count: Count) -> None:
    async def sells_and_hangs_up(asked: Asked) -> None:
        fal.sell(asked.heard)
        asked.line.reset()

    fal.usually("submit", sells_and_hangs_up)
    fal.lists = "none"
    (desk.folder / "film.yaml").write_text(FILM)
    ended = desk.run("run", "film.yaml", **IMPATIENT)
    again = desk.run("run", "film.yaml", "--json", **IMPATIENT)
    count(submits=fal.submits)
    assert ended.code == again.code == 5, ended.err
    assert not FALSE.search(ended.out + ended.err), ended.out + ended.err
    assert again.json["may_be_billed_usd"] == 0.5, again.json
    assert fal.submits == 1


def test_a_refusal_that_may_be_billed_is_said_so(desk: Desk, fal: OtherFal, count: Count) -> None:
    def refuses(job: Job) -> None:
        typed = {"loc": ["body"], "msg": "no", "type": "content_policy_violation"}
        job.refusal = (422, {"detail": [typed]}, {})

    fal.new_job = refuses
    (desk.folder / "film.yaml").write_text(FILM)
    ended = desk.run("run", "film.yaml", "--json")
    (job,) = desk.run("jobs", "--json").json["jobs"]
    report = ended.json
    count(submits=fal.submits)
    assert ended.code == 4
    assert not FALSE.search(report["error"]["message"]), report
    known = report["cost_usd"] + report["may_be_billed_usd"]
    assert known == job["cost_usd"] == 0.5, (report, job)


def test_a_run_for_nothing_shows_what_the_film_cost(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    assert desk.run("run", "film.yaml").code == 0
    again = desk.run("run", "film.yaml")
    page = (desk.folder / "films" / "sea" / "storyboard.html").read_text()
    count(runs=2, submits=fal.submits)
    assert "$0.50" in again.out, again.out
    assert "$0.50" in page
    assert fal.submits == 1
