"""What a run of twelve steps shows at terminals of 80 and 140 columns, and what without one."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from rich.cells import cell_len

from tests.cli.command import Desk
from tests.cli.terminal import CTRL_C, Terminal, at_terminal

from .figures import Count
from .other_fal import Job, OtherFal
from .test_terminal import ENDED_S, until

KIND = 23
FILM = """\
name: twelve-{columns}
steps:
  opening: {{trim: {{video: shot.mp4, seconds: 1}}}}
  dawn: {{fal: {{endpoint: other/{columns}, arguments: {{prompt: dawn}}, price_usd: "0.50"}}}}
  noon: {{fal: {{endpoint: other/{columns}, arguments: {{prompt: noon}}, price_usd: "0.50"}}}}
  a_long_name_for_the_shot_of_the_night:
    fal: {{endpoint: other/{columns}, arguments: {{prompt: night}}, price_usd: "0.50"}}
  dusk: {{fal: {{endpoint: other/{columns}, arguments: {{prompt: dusk}}, price_usd: "0.50"}}}}
  still: {{frame: {{video: $dusk}}}}
  short: {{trim: {{video: $dusk, seconds: 1}}}}
  seen: {{approve: {{video: $short, message: Is it right?}}}}
  first: {{concat: {{clips: [$opening, $dawn]}}}}
  second: {{concat: {{clips: [$noon, $a_long_name_for_the_shot_of_the_night]}}}}
  third: {{concat: {{clips: [$seen, $dusk]}}}}
  film: {{concat: {{clips: [$first, $second, $third]}}}}
output: $film
"""
NOT_SHOWN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
REFUSED = {"detail": [{"loc": ["body"], "msg": "no", "type": "content_policy_violation"}]}


def lines_of(said: str) -> list[str]:
    """The lines that were drawn, without what moves the cursor."""
    return [NOT_SHOWN.sub("", line).rstrip("\r") for line in re.split("\r?\n|\r", said)]


def wrong_with(said: str, columns: int) -> list[str]:
    """What no screen may have: a line that is too wide in the view, Prefect's log, a traceback."""
    view = [line for line in lines_of(said) if line.lstrip().startswith(("▸", "✓", "✗", "?"))]
    wrong = [line for line in view if cell_len(line) > columns]
    words = ("Traceback", "Flow run", "Task run", "\x1b[?25l")
    return wrong + [word for word in words if word in said]


def fails_and_waits(desk: Desk, columns: int) -> list[str]:
    """A film of which one shot is refused while another waits for a person."""
    with at_terminal(desk, "run", f"twelve-{columns}.yaml", columns=columns) as shown:
        until(lambda: "Continue? [y/N]:" in shown.said, shown)
        shown.press(b"y\n")
        code, said = shown.ended(ENDED_S), shown.said
    wanted = (
        "This run will buy 4 shots for $2.00",
        "✗ noon",
        "? seen",
        "waits for a person",
        "▸ a_long_name_for_the_s",
        "so far",
    )
    drawn = "\n".join(lines_of(said))
    missing = [word for word in wanted if word not in drawn]
    missing += [] if code == 4 else [f"exit code {code}"]
    return [f"{columns}: {one}: {said[-800:]}" for one in missing + wrong_with(said, columns)]


def stopped(desk: Desk, fal: OtherFal, columns: int) -> list[str]:
    """The same film, of which a job is stopped that fal draws."""

    def hangs(shown: Terminal) -> bool:
        held = [job for job in fal.jobs if job.runs_for > 99 and f"/{columns}" in job.endpoint_id]
        return "being drawn" in shown.said and bool(held and held[-1].asked > 2)

    with at_terminal(desk, "run", f"held-{columns}.yaml", "--yes", columns=columns) as shown:
        until(lambda: hangs(shown), shown)
        before = len(shown.said)
        shown.press(CTRL_C)
        code, said = shown.ended(ENDED_S), shown.said[before:]
    wanted = (
        "dawn: being drawn; shotgraph is asking fal to cancel the job",
        "The run was stopped.",
    )
    missing = [word for word in wanted if word not in " ".join(lines_of(said))]
    missing += [] if code == 130 else [f"exit code {code}"]
    return [f"{columns}: {one}: {said[-800:]}" for one in missing + wrong_with(said, columns)]


@pytest.fixture
def films(desk: Desk, fal: OtherFal) -> Desk:
    """Two films for each width, and a fal that refuses noon and never ends what is held."""
    for columns in (80, 140):
        film = FILM.format(columns=columns)
        (desk.folder / f"twelve-{columns}.yaml").write_text(film)
        held = film.replace("prompt: dawn", "prompt: hold").replace("name: twelve", "name: held")
        (desk.folder / f"held-{columns}.yaml").write_text(held)

    def new_job(job: Job) -> None:
        job.runs_for = 1 << 30 if job.body["prompt"] == "hold" else 2
        job.refusal = (422, REFUSED, {}) if job.body["prompt"] == "noon" else None

    fal.new_job = new_job
    return desk


def test_a_failure_a_wait_and_a_stop_on_screens_of_two_widths(
    films: Desk, fal: OtherFal, count: Count
) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = [*pool.map(lambda columns: fails_and_waits(films, columns), (80, 140))]
        found += pool.map(lambda columns: stopped(films, fal, columns), (80, 140))
    wrong = [one for several in found for one in several]
    count(screens=len(found), wrong=len(wrong))
    assert not wrong, "\n".join(wrong)


def test_without_a_terminal_it_is_short_and_over_the_budget_it_is_one_message(
    films: Desk, count: Count
) -> None:
    refused = films.run("run", "twelve-80.yaml", "--max-usd", "1", "--trust-prices")
    assert refused.code == 3
    assert refused.err.count("too much") == 1
    piped = films.run("run", "twelve-80.yaml", "--json")
    assert "\x1b" not in piped.err
    assert len(piped.err.splitlines()) < 40
    assert piped.json["status"] == "failed"
    told = films.run("run", "twelve-140.yaml", "--progress", "json", "--json")
    events = [json.loads(line)["event"] for line in told.err.splitlines() if line.startswith("{")]
    assert {"planned", "begun", "ended"} <= set(events)
    count(screens=3)
