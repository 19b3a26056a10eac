"""Jobs are bought while fal's replies are noise; then fal is itself again, and all is there."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Desk

from .figures import Count
from .noise import Noisy, noisy
from .other_fal import Answer, Asked, Job, OtherFal, Place

KIND = 4
FUZZ_S = float(os.environ.get("SHOTGRAPH_FUZZ_S", "30"))
SEED = int(os.environ.get("SHOTGRAPH_FUZZ_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
AT_ONCE = 48
MOST_MB = 700
AFTERWARDS_S = 900
"""How long what has begun may take to its end."""
PLACES: tuple[Place, ...] = ("schema", "submit", "status", "stream", "result", "file", "listing")


@dataclass
class Case:
    """One job, and the wrong answers that it meets, each once and in order."""

    seed: int
    noises: dict[Place, list[Noisy]]
    runs_for: int
    met: list[str] = field(default_factory=list)
    may_lie: bool = False
    sold: list[Job] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"c{self.seed}"


def make(seed: int, fal: OtherFal) -> Case:
    """Make a case from its number."""
    rng = random.Random(seed)  # noqa: S311
    places = rng.sample(PLACES, rng.choice([1, 1, 2, 3]))
    if "listing" in places:
        places.append("submit")
    noises = {
        place: [noisy(rng, fal, place) for _ in range(rng.randrange(1, 4))] for place in places
    }
    return Case(seed, noises, 5 if "stream" in places else rng.randrange(3))


class Studio:
    """All cases, by what their requests name."""

    def __init__(self, fal: OtherFal) -> None:
        self.fal, self.cases, self.replies = fal, dict[str, Case](), 0
        fal.moods.append(self.mood)
        fal.new_job = self.sold

    def mood(self, asked: Asked) -> Answer | None:
        case = self.cases.get(_case_of(asked))
        left = case.noises.get(asked.place) if case is not None else None
        if not case or not left:
            return None
        noise = left.pop(0)
        self.replies += 1
        case.met.append(f"{asked.place}: {noise.what}")
        case.may_lie |= noise.may_lie
        return noise.answer

    def sold(self, job: Job) -> None:
        case = self.cases[job.endpoint_id.removeprefix("other/")]
        case.sold.append(job)
        job.runs_for = case.runs_for
        path = f"/{case.name}/clip.mp4"
        self.fal.files[path] = self.fal.files["/clip.mp4"]
        job.output["video"]["url"] = f"{self.fal.root}/cdn{path}"


def _case_of(asked: Asked) -> str:
    if asked.place in ("schema", "listing"):
        return asked.heard.query.get("endpoint_id", "").removeprefix("other/")
    words = asked.heard.path.split("/")
    return next((word for word in words if word[:1] == "c" and word[1:].isdecimal()), "")


def _orders(studio: Studio) -> Iterator[dict[str, Any]]:
    """Make orders until the time is over, which begins when the first has been heard of at fal."""
    numbers, until = random.Random(SEED), float("inf")  # noqa: S311
    while time.monotonic() < until:
        case = make(SEED if not studio.cases else numbers.randrange(1 << 32), studio.fal)
        studio.cases[case.name] = case
        given = {"endpoint": f"other/{case.name}", "arguments": {"prompt": case.name}}
        yield {"name": case.name, "given": {**given, "price_usd": "0.5"}}
        until = min(until, time.monotonic() + FUZZ_S) if studio.fal.submits else until


def _buy(studio: Studio, env: dict[str, str], folder: Path) -> dict[str, dict[str, Any]]:
    """Have a person's flow buy them all; gives what became of those that ended, by name."""
    command = [sys.executable, "-m", "tests.outside.buyer", str(AT_ONCE)]
    said = (folder / "buyer.log").open("w")
    with (
        said,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=env, text=True
        ) as buyer,
    ):
        assert buyer.stdin is not None
        assert buyer.stdout is not None
        orders, ended = buyer.stdin, buyer.stdout
        found: dict[str, dict[str, Any]] = {}

        room = threading.Semaphore(AT_ONCE)

        def write() -> None:
            with suppress(OSError), orders:
                for order in _orders(studio):
                    room.acquire(timeout=AFTERWARDS_S)
                    orders.write(json.dumps(order) + "\n")
                    orders.flush()

        def read() -> None:
            for line in ended:
                story = json.loads(line)
                found[story["name"]] = story
                room.release()

        threads = [threading.Thread(target=each, daemon=True) for each in (write, read)]
        for thread in threads:
            thread.start()
        try:
            buyer.wait(FUZZ_S + AFTERWARDS_S)
        except subprocess.TimeoutExpired:
            buyer.kill()
        for thread in threads:
            thread.join()
    assert found, (folder / "buyer.log").read_text()[-4000:]
    return found


@pytest.mark.timeout(1800 + 2 * FUZZ_S)
def test_nothing_is_bought_twice_lost_or_broken(
    desk: Desk, fal: OtherFal, tmp_path: Path, count: Count
) -> None:
    studio = Studio(fal)
    windows = {"SEND_S": "3", "REPLY_S": "3", "LOOK_S": "2"}
    env = {**desk.env, **{f"SHOTGRAPH_WINDOWS__{name}": value for name, value in windows.items()}}
    env |= {"PREFECT_LOGGING_LEVEL": "ERROR", "OUTSIDE_LONGEST_S": str(AFTERWARDS_S)}
    stories = _buy(studio, env, tmp_path)
    listed = {job["endpoint_id"]: job for job in desk.run("jobs", "--json").json["jobs"]}
    wrong: list[str] = []
    kinds = Counter[str]()
    for case in studio.cases.values():
        story = stories.get(case.name, {"ends": [{"word": "hung", "how": None, "trace": ""}]})
        for what in _judge(case, story, listed.get(f"other/{case.name}")):
            kinds[what.partition(":")[0]] += 1
            wrong.append(f"seed {case.seed}, met {case.met}: {what}")
    peak_mb = max(story["peak_mb"] for story in stories.values())
    count(
        replies=studio.replies,
        jobs=len(studio.cases),
        submits=fal.submits,
        bought_twice=kinds["bought twice"],
        lost=kinds["lost"],
        exceptions=kinds["exception"] + kinds["hung"],
    )
    print(f"seed {SEED}, peak {peak_mb} MB, {kinds}")
    assert not wrong, f"{len(wrong)} wrong: " + "\n".join(wrong[:40])
    assert peak_mb < MOST_MB


def _judge(case: Case, story: dict[str, Any], listed: dict[str, Any] | None) -> Iterator[str]:
    if len(case.sold) > 1:
        yield f"bought twice: {[end.get('message') for end in story['ends']]}"
    for end in story["ends"]:
        if end["word"] in ("other", "none"):
            yield f"exception: {end['code']} {end['trace'][-600:]}"
        if end["word"] == "hung":
            yield f"hung: {end['trace'][-300:]}"
    if not case.sold or case.may_lie or story["ends"][-1]["word"] == "hung":
        return
    if story["ends"][-1]["how"] is None:
        yield f"lost: {[end['message'] for end in story['ends']]}"
    elif listed is None or listed["request_id"] != case.sold[0].request_id:
        yield f"lost: {listed}"
