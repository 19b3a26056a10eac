"""The timeline, read by the library that everybody reads it with."""

import json
from fractions import Fraction
from typing import Any

import pytest

from shotgraph.media.probe import Medium
from shotgraph.report.manifest import Manifest
from shotgraph.report.timeline import timeline
from tests.report.told_runs import HOSTILE, joined, medium, step, told

otio = pytest.importorskip("opentimelineio", reason="it has no wheel for Python 3.14")


def url_of(clip: Medium) -> str:
    return f"shots/{int(clip.sha256, 16)}.mp4"


def read(manifest: Manifest) -> Any:
    text = json.dumps(timeline(manifest, manifest.films[0], url_of))
    found = otio.adapters.read_from_string(text, "otio_json")
    assert isinstance(found, otio.schema.Timeline)
    # What the library writes of it is what was written: nothing was left out or misread.
    again = json.loads(otio.adapters.write_to_string(found, "otio_json"))
    assert again["tracks"]["children"][0]["children"] == [
        {**item, **{name: again_item[name] for name in again_item if name not in item}}
        for item, again_item in zip(
            json.loads(text)["tracks"]["children"][0]["children"],
            again["tracks"]["children"][0]["children"],
            strict=True,
        )
    ]
    return found


@pytest.mark.parametrize(
    ("overlap", "frames", "film"),
    [
        (None, [96, 72, 48], 216),
        ("0.5", [120, 120], 228),
        ("0.5", [120, 120, 60], 276),
        (str(Fraction(5, 24)), [24, 24, 24], 62),  # an odd number of frames
        (str(Fraction(1, 24)), [24, 24], 47),
    ],
)
def test_it_is_as_long_as_the_film(overlap: str | None, frames: list[int], film: int) -> None:
    found = read(joined(overlap, frames, film))
    assert found.duration() == otio.opentime.RationalTime(film, 24)
    (picture,) = found.video_tracks()
    clips = list(picture.find_clips())
    assert len(clips) == len(frames)
    transitions = [item for item in picture if isinstance(item, otio.schema.Transition)]
    assert len(transitions) == (len(frames) - 1 if overlap else 0)
    for clip in clips:
        trimmed, available = clip.trimmed_range(), clip.available_range()
        assert available.start_time <= trimmed.start_time
        assert trimmed.end_time_exclusive() <= available.end_time_exclusive()
        if not overlap:
            continue
        # Where clips overlap, each has the frames that the dissolve shows of it: all it has.
        before, after = picture.neighbors_of(clip)
        head = trimmed.start_time - available.start_time
        tail = available.end_time_exclusive() - trimmed.end_time_exclusive()
        nothing = otio.opentime.RationalTime(0, 24)
        assert head == (before.in_offset if before is not None else nothing)
        assert tail == (after.out_offset if after is not None else nothing)


def test_clips_lead_to_their_files_and_say_what_they_are() -> None:
    found = read(joined("0.5", [120, 120], 228))
    first, second = found.find_clips()
    assert (first.name, second.name) == ("shot.mp4", "shot1")
    assert second.media_reference.target_url == "shots/1.mp4"
    assert second.metadata["shotgraph"]["prompt"] == HOSTILE
    assert second.metadata["shotgraph"]["request_id"] == "request-of-shot1"


def test_other_rates_than_the_film_s() -> None:
    rate = Fraction(30000, 1001)
    clip = medium(1, 150, fps=rate, duration_s=150 / rate)
    film = medium(9, 120, duration_s=Fraction(120, 24))
    refs = [{"step": "shot"}]
    steps = [step("shot", "edit", clip), step("film", "concat", film, arguments={"clips": refs})]
    found = read(told(steps, film))
    (only,) = found.find_clips()
    assert found.duration() == otio.opentime.RationalTime(120, 24)
    assert only.available_range().duration.rate == pytest.approx(29.97003)
    assert only.available_range().duration.value == 150


def test_a_film_that_was_not_joined_is_one_clip() -> None:
    film = medium(9, 72)
    found = read(told([step("film", "edit", film)], film))
    (only,) = found.find_clips()
    assert (only.name, found.duration().value) == ("film", 72)


def test_a_film_that_counts_otherwise_is_one_clip() -> None:
    (only,) = read(joined(None, [96, 72], 167)).find_clips()
    assert only.name == "film"


def test_a_soundtrack_has_a_track_of_its_own() -> None:
    whole = joined(None, [96, 72], 168)
    music = medium(7, 0, kind="audio", content_type="audio/mp4", fps=None, duration_s=30)
    film = medium(8, 168)
    laid = step(
        "scored",
        "soundtrack",
        film,
        arguments={"video": {"step": "film"}, "audio": {"step": "music"}},
    )
    steps = [*whole.steps, step("music", "fal", music), laid]
    found = read(told(steps, film, given=whole.given))
    assert [track.kind for track in found.tracks] == ["Video", "Audio"]
    assert len(list(found.video_tracks()[0].find_clips())) == 2
    (sound,) = found.audio_tracks()[0].find_clips()
    assert sound.name == "music"
    assert sound.available_range().duration.value == 720


def test_the_picked_take_is_looked_up() -> None:
    whole = joined(None, [96, 72], 168)
    arguments = {"clips": [{"step": "shot1"}, {"step": "film"}]}
    film = whole.films[0].medium
    key = "b" * 64
    steps = [
        whole.steps[0],
        whole.steps[1].model_copy(update={"key": key}),
        step("chosen", "pick", film, arguments=arguments, key=key),
    ]
    found = read(told(list(steps), film, given=whole.given))
    assert len(list(found.find_clips())) == 2


def test_a_clip_that_is_nowhere_is_missing() -> None:
    manifest = joined(None, [96, 72], 168)
    text = json.dumps(timeline(manifest, manifest.films[0], lambda clip: None))
    found = otio.adapters.read_from_string(text, "otio_json")
    assert all(clip.media_reference.is_missing_reference for clip in found.find_clips())
