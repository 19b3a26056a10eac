"""What changed code once got away with, judged by what fal sells and how the command ends.

The quick suite has a test of each at its place in the code.
"""

import asyncio
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.cli.command import Desk

from .buying import IMPATIENT, bought, order
from .conftest import set_forward
from .figures import Count
from .other_fal import Answer, Asked, Job, OtherFal, hangs_up, says
from .proxies import Behave, listening

KIND = 21
HOURS_3_S = 3 * 3600
NO_INPUT = [{"request_id": "other-99999", "json_input": None, "status_code": 200}]
LISTS: dict[str, Answer] = {
    "an error": says(500, b"nginx"),
    "no permission": says(403, {"detail": "no"}),
    "no JSON": says(200, b"{"),
    "cut off": says(200, b'{"items": [', {"Content-Length": "4000"}),
    "no page": says(200, {"data": []}),
    "an item without an id": says(200, {"items": [{"json_input": {}}], "next_cursor": None}),
    "without what was sent": says(200, {"items": NO_INPUT, "next_cursor": None}),
    "one page of ever more": says(200, {"items": [], "next_cursor": "1", "has_more": True}),
    "nothing": hangs_up,
}
"""Lists of past requests that are not whole: what is not in them may be there."""


def _loses(fal: OtherFal, times: int) -> None:
    """Sell jobs whose answers are lost."""

    async def sells_and_hangs_up(asked: Asked) -> None:
        fal.sell(asked.heard)
        asked.line.reset()

    fal.usually("submit", sells_and_hangs_up, times=times)


def test_no_job_is_given_up_over_a_list_that_is_not_whole(
    desk: Desk, fal: OtherFal, count: Count, clocks: Path
) -> None:
    names = {str(number): answer for number, answer in enumerate(LISTS.values())}
    _loses(fal, times=len(names))

    def lists(asked: Asked) -> Answer | None:
        ids = asked.heard.query.get("endpoint_id", "")
        return names.get(ids.removeprefix("other/")) if asked.place == "listing" else None

    fal.moods.append(lists)
    bought([order(name) for name in names], desk.env)
    # As late as it has to be before a job that is not listed is bought again.
    fal.ahead = timedelta(seconds=HOURS_3_S)
    later = set_forward(clocks, wall_s=HOURS_3_S, boot_s=HOURS_3_S)
    found = bought([order(name) for name in names], {**desk.env, **later})
    words = {ends[0]["word"] for ends in found.values()}
    count(lists_not_whole=len(names), submits=fal.submits, given_up=fal.submits - len(names))
    assert fal.submits == len(names), found
    assert words == {"ambiguous"}, found


def test_404s_that_are_not_in_a_row_end_no_job(desk: Desk, fal: OtherFal, count: Count) -> None:
    unknown = says(404, {"detail": "Request not found"})
    bad = says(502, b"<h1>nginx</h1>")
    between: dict[str, Answer | None] = {"itself": None, "gateway": bad}
    asked_of: dict[tuple[str, str], int] = {}

    def mood(asked: Asked) -> Answer | None:
        if asked.job is None or asked.place not in ("status", "result"):
            return None
        place, name = asked.job.endpoint_id.removeprefix("other/").split("-")
        if asked.place != place:
            return None
        number = asked_of[place, name] = asked_of.get((place, name), -1) + 1
        return None if number >= 8 else between[name] if number % 4 == 3 else unknown

    def soon(job: Job) -> None:
        # Its status is that it is being drawn, until the last 404 was answered.
        job.runs_for = 3 if "status" in job.endpoint_id else 0

    fal.new_job = soon
    fal.moods.append(mood)
    names = [f"{place}-{name}" for place in ("status", "result") for name in between]
    # A result in between would end its job, rightly.
    names.remove("result-itself")
    found = bought([order(name, tries=2) for name in names], desk.env)
    ends = {name: [end["word"] for end in ends] for name, ends in found.items()}
    count(jobs=len(names), submits=fal.submits, ended_by_404s=fal.submits - len(names))
    assert ends == {name: [None] for name in names}
    assert fal.submits == len(names)


def _reads(least: int, posts: list[int]) -> Behave:
    """Read so many bytes of a request, and reset the connection."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.readexactly(1)
        posts.append(least)
        while len(data) < least and (more := await reader.read(least - len(data))):
            data += more
        writer.transport.abort()

    return behave


def test_a_request_of_which_anything_was_sent_is_not_sent_again(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    posts: list[int] = []
    with ExitStack() as stack:
        orders = []
        for least in (1, 100, 100_000):
            port = stack.enter_context(listening(_reads(least, posts)))
            env = {"SHOTGRAPH_FAL_QUEUE_URL": f"http://127.0.0.1:{port}/queue"}
            given: dict[str, Any] = order(f"cut-{least}", tries=2, env=env)
            # More than goes out at once, so that the last one is cut in its middle.
            given["given"]["arguments"]["words"] = "sea " * 100_000
            orders.append(given)
        found = bought(orders, desk.env, at_once=1)
    words = {name: [end["word"] for end in ends] for name, ends in found.items()}
    count(cut_off=len(orders), submits=len(posts), ideal=len(orders))
    assert words == {one["name"]: ["ambiguous"] * 2 for one in orders}, found
    assert sorted(posts) == [1, 100, 100_000]


PIECES = """\
name: long
params:
  shot: {type: video, default: shot.mp4}
  words: {type: text, default: a sea}
steps:
  both: {concat: {clips: [$shot, $shot, $shot, $shot]}}
  film: {edit: {video: $both, prompt: $words}}
output: $film
"""


def test_a_piece_that_is_not_known_comes_before_one_that_was_refused(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    (desk.folder / "film.yaml").write_text(PIECES)
    typed = {"loc": ["body"], "msg": "no", "type": "content_policy_violation"}
    fal.lists = "none"

    def refuses(job: Job) -> None:
        job.refusal = (422, {"detail": [typed]}, {})

    fal.new_job = refuses
    codes = {}
    for lost in (0, 1):
        before = len(fal.jobs)
        waiting = iter(range(1 << 30))

        def mood(asked: Asked, lost: int = lost, numbers: Any = waiting) -> Answer | None:
            if asked.place != "submit" or next(numbers) != lost:
                return None

            async def sells_and_hangs_up(asked: Asked) -> None:
                fal.sell(asked.heard)
                asked.line.reset()

            return sells_and_hangs_up

        fal.moods[:] = [mood]
        words = ("--set", f"words=lost {lost}")
        codes[lost] = desk.run("run", "film.yaml", *words, **IMPATIENT).code
        assert len(fal.jobs) - before >= 2, "it was not cut into pieces"
    count(
        films=len(codes), submits=fal.submits, exit_codes_wrong=sum(c != 5 for c in codes.values())
    )
    assert codes == {0: 5, 1: 5}
