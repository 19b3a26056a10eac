"""One sum for each run, from its first question to its end; one for each film, of all its runs."""

import json
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from tests.cli.command import COMMAND, Desk
from tests.cli.terminal import CTRL_C, Terminal, at_terminal

from .figures import Count
from .other_fal import Answer, Asked, Job, OtherFal
from .test_terminal import ENDED_S, until

KIND = 16

FILM = """\
name: asks
params:
  words: {type: text, default: a sea}
steps:
  sea:
    takes: 2
    pick: ask
    fal: {endpoint: other/sea, arguments: {prompt: $words}, price_usd: "0.50"}
  seen: {approve: {video: $sea}}
  night: {fal: {endpoint: other/night, arguments: {video_url: $seen}, price_usd: "0.75"}}
output: $night
"""
STOPPED = """\
name: stops
steps:
  first: {fal: {endpoint: other/first, arguments: {prompt: first}, price_usd: "0.25"}}
  drawn: {needs: [first], fal: {endpoint: other/drawn, arguments: {prompt: b}, price_usd: "0.50"}}
  waits: {needs: [first], fal: {endpoint: other/waits, arguments: {prompt: c}, price_usd: "0.75"}}
  film: {concat: {clips: [$first, $drawn, $waits]}}
output: $film
"""
PRICES = {
    name: Decimal(text)
    for name, text in re.findall(r"other/(\w+).*price_usd: \"(.+)\"", FILM + STOPPED)
}


def _booked(fal: OtherFal) -> Decimal:
    """What fal has billed; a job that it cancelled in time is billed nothing."""
    return sum((_cost(job) for job in fal.jobs if job.refusal is None), Decimal(0))


def _cost(job: Job) -> Decimal:
    return PRICES[job.endpoint_id.removeprefix("other/")]


def _usd(document: dict[str, Any], name: str = "cost_usd") -> Decimal:
    return Decimal(str(document[name]))


def _said(text: str, words: str) -> Decimal:
    """Read the dollars that are said last behind some words."""
    found = re.findall(rf"{words} \$([0-9.]+[0-9])", text)
    assert found, text[-2000:]
    return Decimal(found[-1])


def _listed(desk: Desk) -> str:
    """The list of films, as a browser is given it."""
    serving = subprocess.Popen(
        [COMMAND, "view", "serve", "--port", "0"],
        cwd=desk.folder,
        env=desk.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert serving.stdout is not None
        link = json.loads(serving.stdout.readline())["link"]
        again = httpx.HTTPTransport(retries=10)
        with httpx.Client(transport=again, timeout=ENDED_S, follow_redirects=True) as browser:
            return browser.get(link).text
    finally:
        serving.terminate()
        serving.wait()


def _answer(shown: Terminal, question: str, answer: str) -> None:
    until(lambda: question in shown.said, shown)
    shown.press(answer.encode() + b"\n")


def _page(desk: Desk, name: str) -> str:
    page: Path = desk.folder / "films" / name / "storyboard.html"
    return re.sub(r"<[^>]*>", " ", page.read_text())


def test_a_run_that_asks_is_one_sum(desk: Desk, fal: OtherFal, count: Count) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    with at_terminal(desk, "run", "film.yaml", "--yes") as shown:
        _answer(shown, "Which take of sea should the film use?", "2")
        _answer(shown, "Continue with seen?", "y")
        assert shown.ended(ENDED_S) == 0, shown.said[-2000:]
        said = shown.said
    booked = _booked(fal)
    manifest = json.loads((desk.folder / "films" / "asks" / "manifest.json").read_text())
    listed = _listed(desk)
    sums = [_said(said, "This run cost"), _usd(manifest)]
    off = sum((abs(one - booked) for one in sums), Decimal(0))
    count(questions=2, submits=fal.submits, ideal=3, dollars_reported_minus_booked=off)
    assert off == 0, (sums, booked)
    assert booked == Decimal("1.75")
    assert "$1.75" in _page(desk, "asks")
    assert "$1.75" in listed, listed


def test_each_run_of_a_film_is_a_sum_and_the_film_is_another(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    off, before = Decimal(0), Decimal(0)
    ways = ((), ("--pick", "sea=1"), ("--approve", "seen"), (), ("--pick", "sea=2"))
    for options in ways:
        report = desk.run("run", "film.yaml", "--json", *options).json
        booked = _booked(fal)
        off += abs(_usd(report) - (booked - before)) + abs(_usd(report, "film_cost_usd") - booked)
        before = booked
    jobs = desk.run("jobs", "--json").json["jobs"]
    off += abs(sum(map(_usd, jobs), Decimal(0)) - before)
    count(runs=len(ways), submits=fal.submits, ideal=3, dollars_reported_minus_booked=off)
    assert off == 0
    assert before == Decimal("1.75")
    assert "$1.75" in _page(desk, "asks")
    assert "$1.75" in _listed(desk)


def test_after_ctrl_c_a_plan_says_what_the_run_then_needs(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    def draws_on(job: Job) -> None:
        job.runs_for = 0 if job.endpoint_id == "other/first" else 1 << 30

    def cancels(asked: Asked) -> Answer | None:
        # One of the two still waits, and is cancelled; the other is drawn to its end.
        if asked.place == "cancel" and asked.job is not None:
            asked.job.runs_for = 0
            if asked.job.endpoint_id == "other/waits":
                asked.job.units = "0"
                asked.job.refusal = (499, {"detail": "Request was cancelled"}, {})
        return None

    fal.new_job = draws_on
    fal.moods.append(cancels)
    (desk.folder / "film.yaml").write_text(STOPPED)
    with at_terminal(desk, "run", "film.yaml", "--yes") as shown:
        until(lambda: sum(job.asked > 0 for job in fal.jobs) == 3, shown)
        shown.press(CTRL_C)
        assert shown.ended(ENDED_S) == 130, shown.said[-2000:]
    before, fal.new_job = _booked(fal), lambda job: None
    plan = desk.run("plan", "film.yaml", "--json").json
    again = desk.run("run", "film.yaml", "--json")
    needed = sum((_cost(job) for job in fal.jobs[3:]), Decimal(0))
    booked = _booked(fal)
    off = abs(_usd(again.json, "film_cost_usd") - booked)
    too_little = max(Decimal(0), needed - _usd(plan))
    count(
        submits=fal.submits,
        ideal=4,
        dollars_reported_minus_booked=off,
        dollars_planned_too_little=too_little,
    )
    assert again.code == 0, again.err
    assert (before, needed, booked) == (Decimal("0.75"), Decimal("0.75"), Decimal("1.50"))
    assert too_little == 0, plan
    assert off == 0, again.json
