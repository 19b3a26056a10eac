"""What is asked of fal is what fal hears: no layer below repeats a question by itself."""

from itertools import pairwise

from PIL import Image

from tests.cli.command import Desk

from .buying import bought, order
from .figures import Count
from .other_fal import Answer, Asked, OtherFal, Place, hangs_up, says

KIND = 11
FIRST_PAUSE_S = 0.5
"""Between the first two questions about a job, as the reference has it; later ones are longer."""
TIMES = 4


def _repeated(fal: OtherFal, place: Place) -> int:
    """How many questions came sooner than one is asked again."""
    of_path: dict[str, list[float]] = {}
    for heard in fal.heard(place):
        of_path.setdefault(heard.path, []).append(heard.at_s)
    gaps = [after - before for at in of_path.values() for before, after in pairwise(at)]
    return sum(gap < 0.8 * FIRST_PAUSE_S for gap in gaps)


def test_no_question_is_repeated_below_ours(desk: Desk, fal: OtherFal, count: Count) -> None:
    answers = {
        "busy": says(429, {"detail": "Too Many Requests"}),
        "soon": says(429, {"detail": "busy"}, {"Retry-After": "0", "X-Fal-Needs-Retry": "1"}),
        "away": says(503, b"upstream connect error"),
        "gate": says(502, b"<html>nginx</html>"),
        "late": says(504, {"detail": "timeout"}),
        "early": says(425, {"detail": "Too Early"}),
        "reset": hangs_up,
        "none": says(500, {"detail": "Internal"}, {"X-Fal-Retryable": "1"}),
    }
    left = {(name, place): TIMES for name in answers for place in ("status", "result")}

    def mood(asked: Asked) -> Answer | None:
        name = asked.job.endpoint_id.removeprefix("other/") if asked.job else ""
        if left.get((name, asked.place), 0) == 0:
            return None
        left[name, asked.place] -= 1
        return answers[name]

    fal.moods.append(mood)
    found = bought([order(name, tries=8) for name in answers], desk.env)
    questions = len(fal.heard("status")) + len(fal.heard("result"))
    repeated = _repeated(fal, "status") + _repeated(fal, "result")
    asked = questions - repeated
    count(submits=fal.submits, questions_asked=asked, questions_heard=questions)
    assert all(ends[-1]["how"] for ends in found.values()), found
    assert repeated == 0
    assert fal.submits == len(answers)


def test_an_upload_that_fails_is_heard_once_a_try(desk: Desk, fal: OtherFal, count: Count) -> None:
    Image.new("RGB", (400, 400), "navy").save(desk.folder / "still.png")
    given = {"prompt": "x", "image_url": str(desk.folder / "still.png")}
    heard = 0
    for place in ("token", "upload"):
        for number, answer in enumerate((says(503, b"no"), says(429, b"busy"), hangs_up)):
            fal.forget()
            fal.usually(place, answer)
            one = order(f"{place}{number}")
            bought([{**one, "given": {**one["given"], "arguments": given}}], desk.env)
            heard += len(fal.heard(place))
            assert fal.submits == 0
    count(uploads_tried=6, uploads_heard=heard)
    assert heard == 6
