"""What ends a job that was paid: the model's own word, and nothing that stands in between."""

from typing import Any

from tests.cli.command import Desk

from .buying import bought, order
from .figures import Count
from .other_fal import Asked, Job, Mood, OtherFal, Reply, says

KIND = 2
TIMES = 3
"""How often the reply in between comes before the job's own."""

_CODES = (
    300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 405, 406, 407, 408, 409, 411, 412,
    413, 414, 415, 416, 417, 418, 421, 423, 424, 425, 426, 428, 429, 431, 440, 444, 449, 450, 451,
    460, 498, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510, 511, 520, 521, 522, 523, 524,
    525, 526, 527, 529, 530, 561, 598, 599, 600, 999,
)  # fmt: skip
IN_BETWEEN: dict[str, Reply] = {
    **{f"code{code}": (code, {"detail": f"says {code}"}, {}) for code in _CODES},
    "progress": (400, {"detail": "Request is still in progress"}, {}),
    "moved": (302, {"detail": "moved"}, {"Location": "http://127.0.0.1:9/login"}),
    "busy": (429, {"detail": "Too Many Requests"}, {"Retry-After": "0", "X-Fal-Needs-Retry": "1"}),
    "text422": (422, {"detail": "Unprocessable Entity"}, {}),
    "empty422": (422, {"detail": []}, {}),
    "untyped422": (422, {"detail": [{"loc": ["body"]}]}, {}),
    "strings422": (422, {"detail": ["no"]}, {}),
    "object422": (422, {"detail": {"type": "value_error"}}, {}),
    "html422": (422, b"<html>Unprocessable</html>", {}),
    "locked403": (403, {"detail": "User is locked. Reason: Exhausted balance."}, {}),
    "key401": (401, {"detail": "No user found for Key ID and Secret"}, {}),
    "blank-type": (503, {"detail": "no"}, {"X-Fal-Error-Type": ""}),
    "html404": (404, b"<html>nginx</html>", {}),
    "list404": (404, [], {}),
    "detail404": (404, {"detail": "Not Found"}, {}),
    "gone410": (410, {"detail": "Gone"}, {}),
    "legal451": (451, {"detail": [{"msg": "blocked here"}]}, {}),
    "error500": (500, {"error": "Internal"}, {}),
}
_TYPED = {"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}
OWN_WORD: dict[str, Reply] = {
    "typed422": (422, {"detail": [_TYPED]}, {}),
    "untyped422": (422, {"detail": "Unprocessable: the prompt is too long"}, {}),
    "header422": (422, {"detail": "no"}, {"X-Fal-Error-Type": "content_policy_violation"}),
    "header500": (500, {"detail": "no"}, {"X-Fal-Error-Type": "internal_error"}),
    "header504": (504, {"detail": "no"}, {"X-Fal-Error-Type": "startup_timeout"}),
    "status500": (500, {"detail": "Internal Server Error"}, {}),
    "header400": (400, {"detail": "no"}, {"X-Fal-Error-Type": "bad_request"}),
}


def _first(replies: dict[str, Reply], times: int) -> Mood:
    """Answer the first questions about each result so."""
    left = dict.fromkeys(replies, times)

    def mood(asked: Asked) -> Any:
        if asked.place != "result" or asked.job is None:
            return None
        name = _name(asked.job)
        if left.get(name, 0) == 0:
            return None
        left[name] -= 1
        return says(*replies[name])

    return mood


def _name(job: Job) -> str:
    return job.endpoint_id.removeprefix("other/")


def _sold(fal: OtherFal) -> dict[str, int]:
    names = [_name(job) for job in fal.jobs]
    return {name: names.count(name) for name in names}


def test_a_reply_in_between_ends_no_job(desk: Desk, fal: OtherFal, count: Count) -> None:
    fal.moods.append(_first(IN_BETWEEN, TIMES))
    found = bought([order(name, tries=6) for name in IN_BETWEEN], desk.env)
    sold = _sold(fal)
    twice = {name for name in IN_BETWEEN if sold[name] != 1}
    lost = {name for name, ends in found.items() if ends[-1]["how"] is None}
    states = {job["endpoint_id"]: job["state"] for job in desk.run("jobs", "--json").json["jobs"]}
    failed = {name for name in IN_BETWEEN if states[f"other/{name}"] != "succeeded"}
    count(
        replies_in_between=len(IN_BETWEEN) * TIMES,
        jobs=len(IN_BETWEEN),
        submits=fal.submits,
        ended_by_them=len(twice | lost | failed),
    )
    assert (twice, lost, failed) == (set(), set(), set())


def test_what_stays_in_between_is_on_record(desk: Desk, fal: OtherFal, count: Count) -> None:
    names = [
        "progress",
        "code405",
        "code409",
        "code302",
        "busy",
        "html422",
        "locked403",
        "error500",
    ]
    fal.moods.append(_first(IN_BETWEEN, 1 << 30))
    found = bought([order(name, tries=2) for name in names], desk.env)
    assert _sold(fal) == dict.fromkeys(names, 1)
    for job in desk.run("jobs", "--json").json["jobs"]:
        assert job["state"] == "in_flight", job
    for name, ends in found.items():
        for end in ends:
            assert end["word"] in ("ambiguous", "terminal", "hung"), (name, end)
            if end["word"] != "hung":
                assert "on record" in end["message"], (name, end)
                assert "refused by the model" not in end["message"], (name, end)
    count(replies_in_between=len(fal.heard("result")), jobs=len(names), submits=fal.submits)


def test_the_models_own_word_ends_a_job(desk: Desk, fal: OtherFal, count: Count) -> None:
    def refuse(job: Job) -> None:
        name = _name(job)
        if job.number < len(OWN_WORD):
            job.refusal = OWN_WORD[name]
            job.error = {"error": "no", "error_type": "runner_error"} if "status" in name else {}

    fal.new_job = refuse
    found = bought([order(name, tries=2) for name in OWN_WORD], desk.env)
    assert {name: [end["word"] for end in ends] for name, ends in found.items()} == {
        name: [found[name][0]["word"], None] for name in OWN_WORD
    }
    # The word was the model's, so the second run bought again.
    assert _sold(fal) == dict.fromkeys(OWN_WORD, 2)
    count(own_words=len(OWN_WORD), submits=fal.submits)
