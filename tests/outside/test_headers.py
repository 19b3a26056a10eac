"""Each submission carries fal's own headers: its start's time-out, who may draw, what it is for."""

import json
import re

from tests.cli.command import Desk

from .commands import ran
from .figures import Count
from .other_fal import KEY, OtherFal

KIND = 14

NAMES = ("dusk", "a", "x" * 64, "a.b_c-1", "0", "no,tag=1", "line\nbreak", "日本")
"""Of films; the last three are none that a film may have."""
START = ("x-fal-request-timeout", "x-fal-request-start-timeout")
FILM = """\
name: {name}
steps:
  sea:
    fal: {{endpoint: other/sea, arguments: {{prompt: SECRET-WORDS {number}}}, price_usd: "0.5"}}
output: $sea
"""


def test_every_submission_says_what_it_is_for(desk: Desk, fal: OtherFal, count: Count) -> None:
    commands = []
    for number, name in enumerate(NAMES):
        film = FILM.format(name=json.dumps(name, ensure_ascii=False), number=number)
        (desk.folder / f"{number}.yaml").write_text(film)
        commands.append(("run", f"{number}.yaml", "--json"))
    ends = ran(commands, desk.env, desk.folder)
    jobs = {job["request_id"]: job for job in desk.run("jobs", "--json").json["jobs"]}
    wrong = []
    for job in fal.jobs:
        heard = job.heard
        start = {heard.header(name) for name in START}
        wrong += [f"start {start}"] if start != {"3600"} else []
        wrong += [] if heard.header("x-app-fal-disable-fallback") in ("1", "true") else ["fallback"]
        said = heard.header("x-fal-tags") or ""
        tags = dict(part.split("=", 1) for part in said.split(",") if "=" in part)
        wrong += [] if len(tags) == said.count(",") + 1 <= 10 else [f"tags {said!r}"]
        wrong += [] if re.fullmatch(r"[\x21-\x7e]+", said) else [f"signs {said!r}"]
        key = jobs[job.request_id]["key"]
        found = [name for name, value in tags.items() if len(value) >= 12 and key.startswith(value)]
        wrong += [] if found else [f"no key in {said!r}"]
        wrong += [f"secret in {said!r}"] if "SECRET" in said or KEY in said else []
    accepted = [one for one in ends if one.code == 0]
    count(submits=fal.submits, films=len(accepted), wrong=len(wrong))
    assert not wrong
    assert fal.submits == len(accepted) == len(NAMES) - 3, [one.err[-300:] for one in ends]
    dusk = {header for header, _ in fal.jobs[0].heard.headers}
    assert not any("webhook" in header for header in dusk)


def test_another_endpoint_may_draw_only_where_that_is_said(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    (desk.folder / "a.yaml").write_text(FILM.format(name="a", number=1))
    ran([("run", "a.yaml", "--allow-fallback")], desk.env, desk.folder)
    (job,) = fal.jobs
    count(submits=fal.submits)
    assert job.heard.header("x-app-fal-disable-fallback") in (None, "0", "false")
