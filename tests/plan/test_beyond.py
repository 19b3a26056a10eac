"""What a step asks of a video beyond its end or its edge is said before anything is bought."""

from pathlib import Path

import pytest

from shotgraph.store import Store
from tests.plan.films import job_of, plan_of, refused
from tests.plan.records import put_result

NEXT = "next: {reference: {video: clip.mp4, prompt: X, duration: 5}}\n"
DUSK = "dusk: {edit: {video: clip.mp4, prompt: X}}\n"
CUT = "cut: {trim: {video: clip.mp4, start: 1, seconds: 2}}\n"
PAID_5 = "$next will last about 5 s, the length that is requested from the model"
CUT_2 = "$cut will last 2 s"
FAILS = "; a run would fail here"


@pytest.mark.parametrize(
    ("before", "step", "said"),
    [
        (
            NEXT,
            "trim: {video: $next, start: 4, seconds: 2}",
            f"trim.seconds: can't take 2 s from 4 s on: {PAID_5}",
        ),
        (
            NEXT,
            "trim: {video: $next, start: 4, end: 6}",
            f"trim.end: can't take 2 s from 4 s on: {PAID_5}",
        ),
        (
            NEXT,
            "frame: {video: $next, at: 400}",
            f"frame.at: there is no frame 400: {PAID_5}, with at most 60 frames a second",
        ),
        (
            NEXT,
            "hold: {video: $next, at: 400, seconds: 2}",
            f"hold.at: there is no frame 400: {PAID_5}, with at most 60 frames a second",
        ),
        (
            NEXT,
            "title: {video: $next, text: Hi, start: 4, seconds: 2}",
            f"title.seconds: a title from 4 s to 6 s doesn't fit: {PAID_5}",
        ),
        (
            NEXT,
            "title: {video: $next, text: Hi, start: 6}",
            f"title.start: a title from 6 s on doesn't fit: {PAID_5}",
        ),
        (
            NEXT,
            "title: {video: $next, text: Hi, start: 1, fade_out: 6}",
            f"title.fade_out: a title from 1 s on doesn't fit with its fades of 6 s: {PAID_5}",
        ),
        (
            NEXT,
            "soundtrack: {video: $next, audio: quiet.wav, start: 6}",
            f"soundtrack.start: the sound can't begin at 6 s: {PAID_5}",
        ),
        (
            NEXT,
            "concat: {clips: [clip.mp4, $next], transition: {kind: dissolve, seconds: 3.4}}",
            "concat.clips[0]: a dissolve of 3.4 s needs longer clips: clip.mp4 lasts 3.333 s",
        ),
        (
            NEXT,
            "concat: {clips: [$next, $next], transition: {kind: wipeleft, seconds: 6}}",
            f"concat.clips[0]: a wipeleft of 6 s needs longer clips: {PAID_5}",
        ),
        (
            CUT,
            "trim: {video: $cut, start: 1, seconds: 1.1}",
            "trim.seconds: can't take 1.1 s from 1 s on: $cut lasts 2 s (48 frames at 24 per "
            "second)",
        ),
        (
            CUT,
            "frame: {video: $cut, at: 48}",
            "frame.at: $cut has no frame 48: it has 48, numbered 0 to 47",
        ),
        (
            CUT,
            "title: {video: $cut, text: Hi, start: 1, seconds: 2}",
            "title.seconds: $cut: a title from 1 s to 3 s doesn't fit: the film lasts 2 s (48 "
            "frames at 24 per second)",
        ),
        (
            CUT,
            "soundtrack: {video: $cut, audio: quiet.wav, start: 2}",
            f"soundtrack.start: the sound can't begin at 2 s: {CUT_2}",
        ),
        (
            CUT,
            "concat: {clips: [$cut, clip.mp4], transition: {kind: dissolve, seconds: 2}}",
            f"concat.clips[0]: a dissolve of 2 s needs longer clips: {CUT_2}, and at most 47 "
            "frames overlap",
        ),
        (
            CUT,
            "concat: {clips: [clip.mp4, $cut, clip.mp4], transition: {kind: wipeup, seconds: 1.5}}",
            f"concat.clips[1]: a wipeup of 1.5 s needs longer clips: {CUT_2}, and at most 24 "
            "frames overlap at each of its ends (1 s); two of 36 need 72",
        ),
        (
            NEXT,
            "concat: {clips: [clip.mp4, $next, clip.mp4], transition: {kind: dissolve, seconds: "
            "2.6}}",
            "concat.clips[1]: a dissolve of 2.6 s needs longer clips, 5.2 s with one at each end: "
            f"{PAID_5}",
        ),
        (
            "half: {crop: {video: clip.mp4, width: 360, height: 360}}\n",
            "crop: {video: $half, width: 400, height: 200}",
            "crop.width: $half: a crop of 400 x 200 px from 0, 80 on reaches past the picture, "
            "which has 360 x 360 px",
        ),
        (
            "long: {hold: {image: still.png, seconds: 1000}}\n",
            "speed: {video: $long, factor: 0.05}",
            "speed.factor: $long would have 480000 frames at that speed; at most 432000 are made",
        ),
        (
            "both: {concat: {clips: [clip.mp4, clip.mp4]}}\n",
            "trim: {video: $both, start: 6, seconds: 0.7}",
            "trim.seconds: can't take 0.7 s from 6 s on: $both lasts 6.66667 s (160 frames at 24 "
            "per second)",
        ),
        (
            "fast: {speed: {video: clip.mp4, factor: 2}}\n",
            "frame: {video: $fast, at: 40}",
            "frame.at: $fast has no frame 40: it has 40, numbered 0 to 39",
        ),
        (
            "card: {title: {text: Hi, like: clip.mp4, seconds: 1}}\n",
            "frame: {video: $card, at: 24}",
            "frame.at: $card has no frame 24: it has 24, numbered 0 to 23",
        ),
        (
            "",
            "soundtrack: {video: clip.mp4, audio: quiet.wav, start: 4}",
            "soundtrack.start: the sound can't begin at 4 s: clip.mp4 lasts 3.333 s",
        ),
    ],
)
async def test_what_can_not_be_there_is_refused(
    before: str, step: str, said: str, folder: Path, store: Store
) -> None:
    (found, *_) = await refused(f"{before}film: {{{step}}}", folder, store)
    place, what = found.split(": ", 1)
    assert place.endswith(tuple("0123456789")), "file:line:column"
    assert what.startswith(f"steps.film.{said}")
    assert what.endswith(FAILS)


@pytest.mark.parametrize(
    ("before", "step", "said"),
    [
        (
            NEXT,
            "trim: {video: $next, seconds: 5}",
            f"trim.seconds: can't take 5 s from 0 s on: {PAID_5}; if the model returns less than "
            "5 s, this step fails after the video was paid for",
        ),
        (
            NEXT,
            "frame: {video: $next, at: 130}",
            f"frame.at: there may be no frame 130: {PAID_5}, which is 120 frames at 24 a second; "
            "without that frame, this step fails after the video was paid for",
        ),
        (
            NEXT,
            "concat: {clips: [clip.mp4, $next, clip.mp4], transition: {kind: dissolve, seconds: "
            "2.5}}",
            "concat.clips[1]: a dissolve of 2.5 s needs longer clips, 5 s with one at each end: "
            f"{PAID_5}; if the model returns less than 5 s, this step fails after the video was "
            "paid for",
        ),
        (
            DUSK,
            "crop: {video: $dusk, width: 800, height: 600}",
            "crop.width: $dusk: a crop of 800 x 600 px from 0, 60 on reaches past the picture, "
            "which has 720 x 720 px, if the model keeps the size of its input. In that case this "
            "step fails after the video was paid for",
        ),
    ],
)
async def test_what_may_not_be_there_is_a_warning(
    before: str, step: str, said: str, folder: Path, store: Store
) -> None:
    plan = await plan_of(f"{before}film: {{{step}}}", folder, store)
    (warning,) = (line for line in plan.warnings if "steps.film" in line)
    assert warning.split(": ", 1)[1] == f"steps.film.{said}"


@pytest.mark.parametrize(
    "step",
    [
        "trim: {video: $next, start: 1, seconds: 3.8}",
        "frame: {video: $next, at: 100}",
        "title: {video: $next, text: Hi, start: 2, seconds: 2}",
        "title: {video: $next, text: Hi}",
        "soundtrack: {video: $next, audio: quiet.wav}",
        "concat: {clips: [$next, clip.mp4], transition: {kind: dissolve, seconds: 3}}",
        "concat: {clips: [$next]}",
        "concat: {clips: [$next, clip.mp4, $next], transition: {kind: dissolve, seconds: 5/3}}",
        "crop: {video: $next, aspect_ratio: '9:16'}",
        "speed: {video: $next, factor: 2}",
    ],
)
async def test_what_is_there_is_not_spoken_of(step: str, folder: Path, store: Store) -> None:
    plan = await plan_of(f"{NEXT}film: {{{step}}}", folder, store)
    assert [line for line in plan.warnings if "steps." in line] == []


async def test_what_came_back_is_what_counts(folder: Path, store: Store) -> None:
    steps = f"{NEXT}film: {{trim: {{video: $next, start: 2, seconds: 2}}}}"
    assert await refused(steps, folder, store) == []
    await put_result(store, job_of(steps, folder, store, "next"), folder / "clip.mp4")
    (found,) = await refused(steps, folder, store)
    assert "$next lasts 3.33333 s (80 frames at 24 per second)" in found
