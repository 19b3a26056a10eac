"""Options and answers that name nothing are errors before anything is sent; waiting is none."""

import httpx

from tests.cli.command import Desk

from .commands import ran
from .figures import Count
from .other_fal import OtherFal

KIND = 19

FILM = """\
name: choose
params:
  shot: {type: video, default: shot.mp4}
steps:
  close: {takes: 2, pick: ask, edit: {video: $shot, prompt: closer}}
  wide: {edit: {video: $shot, prompt: wider}}
  seen: {approve: {video: $close}}
output: $seen
"""
WRONG = {
    "a step misspelt": ("--pick", "closee=1"),
    "a step without takes": ("--pick", "wide=1"),
    "a gate picked": ("--pick", "seen=1"),
    "take 0": ("--pick", "close=0"),
    "take 3 of 2": ("--pick", "close=3"),
    "take below 0": ("--pick", "close=-1"),
    "take of many digits": ("--pick", "close=99999999999999999999"),
    "a word for a take": ("--pick", "close=first"),
    "no take": ("--pick", "close="),
    "no sign": ("--pick", "close"),
    "a half": ("--pick", "close=1.5"),
    "another script's digit": ("--pick", "close=\u0663"),
    "spaces": ("--pick", " =1"),
    "twice, not the same": ("--pick", "close=1", "--pick", "close=2"),
    "approves nothing": ("--approve", "nothing"),
    "approves no gate": ("--approve", "wide"),
    "approves a parameter": ("--approve", "shot"),
    "approves an empty name": ("--approve", ""),
    "capitals": ("--approve", "Seen"),
    "sets nothing": ("--set", "shott=shot.mp4"),
    "sets a step": ("--set", "close=shot.mp4"),
    "no amount": ("--max-usd", "nan"),
    "no end": ("--max-usd", "inf"),
    "below 0": ("--max-usd", "-1"),
}


def test_what_names_nothing_is_an_error_at_once(desk: Desk, fal: OtherFal, count: Count) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    wrong = {}
    commands = [("run", "film.yaml", *options) for options in WRONG.values()]
    for name, ended in zip(WRONG, ran(commands, desk.env, desk.folder), strict=True):
        if ended.code != 2 or "Traceback" in ended.err:
            wrong[name] = f"exit {ended.code}: {ended.err[-400:]}"
    count(options=len(WRONG), taken_silently=len(wrong), submits=fal.submits)
    assert not wrong, "\n".join(f"{name}: {said}" for name, said in wrong.items())
    assert fal.submits == 0


def test_a_run_that_waits_for_a_person_is_no_error(desk: Desk, fal: OtherFal, count: Count) -> None:
    (desk.folder / "film.yaml").write_text(FILM)
    waits = desk.run("run", "film.yaml")
    for word in ("ERROR", "Failed", "Traceback", "failed"):
        assert word not in waits.err + waits.out, (word, waits.out, waits.err)
    # What the document says of it is fixed for scripts; its code tells it from a failure.
    report = desk.run("run", "film.yaml", "--json").json
    assert report["error"]["code"] == "waits_for_a_person"
    asked = f"{desk.env['PREFECT_API_URL']}/flow_runs/{report['run_id']}"
    run = httpx.get(asked, timeout=300).json()
    assert run["state"]["type"] == "COMPLETED", run["state"]
    done = desk.run("run", "film.yaml", "--json", "--pick", "close=2", "--approve", "seen")
    assert (done.code, done.json["status"]) == (0, "done"), done.err
    count(runs=3, submits=fal.submits)
    assert fal.submits == 3
