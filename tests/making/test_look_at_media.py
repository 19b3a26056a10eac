"""What validate says of files that a run would fail at, or that will be made to fit."""

from dataclasses import replace
from pathlib import Path

import pytest

from shotgraph.graph import check
from shotgraph.making.resolve_media import Looked, look_at_media
from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.spec import read_draft
from shotgraph.spec.bad_media import BadValue, take_media
from tests.graph.films import graph_of
from tests.joins.looks.tracks import SoundTrack, write_tracks
from tests.media.coded_clips import write_clip


async def test_what_will_be_made_to_fit_is_said_at_its_place(shots: Path) -> None:
    write_clip(shots / "mute.mp4", clip=1, frames=96, rate=24, size=(720, 720))
    graph = graph_of(
        """
ntsc: {edit: {video: brief.mp4, prompt: x, keep_audio: true}}
mute: {edit: {video: mute.mp4, prompt: x, keep_audio: true}}
twice: {reference: {video: brief.mp4, prompt: x}}
good: {edit: {video: good.mp4, prompt: x, keep_audio: true}}
film: {concat: {clips: [$ntsc, $mute, $twice, $good, mute.mp4]}}
""",
        shots,
    )
    found = [f"{one.where}: {one.what}" for one in (await look_at_media(graph)).warnings]
    assert found == [
        "steps.ntsc.edit.video: brief.mp4: 23.976 frames a second are made 24",
        "steps.ntsc.edit.video: brief.mp4: its last frame is held, 1 s to 3 s",
        "steps.mute.edit.keep_audio: mute.mp4 has no sound that could be kept",
        "steps.twice.reference.video: brief.mp4: 23.976 frames a second are made 24",
        "steps.twice.reference.video: brief.mp4: its last frame is held, 1 s to 3 s",
    ]


async def test_what_other_steps_will_not_have_is_said_too(shots: Path) -> None:
    write_clip(shots / "five.mp4", clip=1, frames=120, rate=24, size=(720, 720))
    graph = graph_of(
        """
next: {reference: {video: five.mp4, prompt: x, duration: 5}}
whole: {trim: {video: $next, seconds: 5}}
late: {trim: {video: $next, start: 5, seconds: 1}}
half: {trim: {video: five.mp4, seconds: 2}}
past: {trim: {video: $half, start: 1, seconds: 2}}
film: {concat: {clips: [five.mp4, $half], transition: {kind: dissolve, seconds: 2}}}
""",
        shots,
    )
    looked = await look_at_media(graph)
    assert [f"{one.where}: {one.what}" for one in looked.problems] == [
        "steps.late.trim.seconds: can't take 1 s from 5 s on: $next will last about 5 s, the "
        "length that is requested from the model; a run would fail here",
        "steps.past.trim.seconds: can't take 2 s from 1 s on: $half lasts 2 s (48 frames at 24 per "
        "second); a run would fail here",
        "steps.film.concat.clips[1]: a dissolve of 2 s needs longer clips: $half will last 2 s, "
        "and at most 47 frames overlap; a run would fail here",
    ]
    assert [f"{one.where}: {one.what}" for one in looked.warnings] == [
        "steps.whole.trim.seconds: can't take 5 s from 0 s on: $next will last about 5 s, the "
        "length that is requested from the model; if the model returns less than 5 s, this step "
        "fails after the video was paid for",
    ]


async def test_what_would_fail_at_a_file_is_said_before_the_rest_is_paid_for(shots: Path) -> None:
    write_clip(shots / "four.mp4", clip=1, frames=96, rate=24)
    graph = graph_of(
        """
past: {trim: {video: four.mp4, start: 3, seconds: 1.5}}
whole: {trim: {video: four.mp4, start: 0, end: 4}}
none: {frame: {video: four.mp4, at: 96}}
last: {frame: {video: four.mp4, at: 95}}
film: {concat: {clips: [$past, $whole]}}
""",
        shots,
    )
    found = [f"{one.where}: {one.what}" for one in (await look_at_media(graph)).problems]
    assert found == [
        "steps.past.trim.seconds: can't take 1.5 s from 3 s on: four.mp4 lasts 4 s (96 frames at "
        "24 per second); a run would fail here",
        "steps.none.frame.at: four.mp4 has no frame 96: it has 96, numbered 0 to 95; a run "
        "would fail here",
    ]


async def test_what_a_crop_and_a_hold_ask_too_much_of_is_said_too(shots: Path) -> None:
    write_clip(shots / "four.mp4", clip=1, frames=96, rate=24)
    graph = graph_of(
        """
wide: {crop: {video: four.mp4, width: 640, height: 100}}
none: {hold: {video: four.mp4, at: 96, seconds: 1}}
slow: {speed: {video: four.mp4, factor: 0.05}}
last: {hold: {video: four.mp4, seconds: 1}}
film: {concat: {clips: [$wide, $none, $last, $slow]}}
""",
        shots,
    )
    found = [f"{one.where}: {one.what}" for one in (await look_at_media(graph)).problems]
    assert found == [
        "steps.wide.crop.width: four.mp4: a crop of 640 x 100 px from 0, 40 on reaches past the "
        "picture, which has 320 x 180 px; a run would fail here",
        "steps.none.hold.at: four.mp4 has no frame 96: it has 96, numbered 0 to 95; a run "
        "would fail here",
    ]


async def test_what_a_title_has_no_time_letter_or_room_for_is_said_too(shots: Path) -> None:
    write_clip(shots / "four.mp4", clip=1, frames=96, rate=24)
    graph = graph_of(
        """
late: {title: {video: four.mp4, text: Right, start: 3, seconds: 1.5}}
thai: {title: {video: $late, text: "\u0e01"}}
wide: {title: {text: "WWWWWWWWWW WWWWWWWWWW", like: four.mp4, seconds: 1, size: 50%}}
film: {concat: {clips: [$thai, $wide]}}
""",
        shots,
    )
    found = [f"{one.where}: {one.what}" for one in (await look_at_media(graph)).problems]
    assert [each.partition(";")[0] for each in found] == [
        "steps.late.title.seconds: four.mp4: a title from 3 s to 4.5 s doesn't fit: the film "
        "lasts 4 s (96 frames at 24 per second)",
        "steps.thai.title.text: DejaVuSans.ttf has no letter for \u0e01 (U+0E01)",
        "steps.wide.title.text: the text doesn't fit: at 90 px it needs 267 x 974 px in 8 lines, "
        "and 298 x 158 px of a picture of 320 x 180 are free",
    ]


async def test_the_field_that_asks_too_much_is_pointed_at(shots: Path) -> None:
    write_clip(shots / "four.mp4", clip=1, frames=96, rate=24)
    asked = {
        "trim: {video: four.mp4, start: 4, seconds: 1}": "start",
        "trim: {video: four.mp4, start: 1, end: 4.1}": "end",
        "crop: {video: four.mp4, width: 20, height: 200}": "height",
        "crop: {video: four.mp4, left: 304, top: 100, width: 20, height: 16}": "left",
        "crop: {video: four.mp4, left: 0, top: 170, width: 20, height: 16}": "top",
        "crop: {video: four.mp4, width: 2%, height: 50%}": "width",
        'crop: {video: four.mp4, aspect_ratio: "1:15"}': "aspect_ratio",
        "title: {video: four.mp4, text: x, start: 4, seconds: 1}": "start",
        "title: {video: four.mp4, text: x, fade_in: 3, fade_out: 2}": "fade_out",
        "title: {video: four.mp4, text: x, fade_in: 5}": "fade_in",
    }
    steps = [f"s{number}: {{{step}}}" for number, step in enumerate(asked)]
    names = ", ".join(f"$s{number}" for number in range(len(steps)))
    graph = graph_of("\n".join((*steps, f"film: {{concat: {{clips: [{names}]}}}}")), shots)
    found = [each.where for each in (await look_at_media(graph)).problems]
    assert found == [
        f"steps.s{number}.{step.partition(':')[0]}.{field}"
        for number, (step, field) in enumerate(asked.items())
    ]


async def test_a_sound_track_that_is_not_there_is_said_before_the_rest_is_paid_for(
    tmp_path: Path,
) -> None:
    write_tracks(tmp_path / "two.mov", [SoundTrack(500), SoundTrack(1000)])
    graph = graph_of(
        """
second: {trim: {video: two.mov, seconds: "1/4", audio_track: 2}}
third: {trim: {video: two.mov, seconds: "1/4", audio_track: 3}}
film: {concat: {clips: [$second, $third], audio_track: 9}}
""",
        tmp_path,
    )
    found = [f"{one.where}: {one.what}" for one in (await look_at_media(graph)).problems]
    assert found == [
        "steps.third.trim.audio_track: two.mov has no sound track 3: it has 2, numbered from 1; a "
        "run would fail here"
    ]


async def test_what_this_ffmpeg_can_not_code_is_said_before_the_rest_is_paid_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_clip(tmp_path / "clip.mp4", clip=1, frames=8)
    graph = graph_of(
        """
hevc: {concat: {clips: [clip.mp4], format: {codec: hevc}}}
film: {concat: {clips: [$hevc, clip.mp4], format: {quality: high}}}
""",
        tmp_path,
    )
    assert (await look_at_media(graph)).problems == []

    # Many builds for one system or another have no coder of HEVC.
    without = replace(find_ffmpeg(), encoders=find_ffmpeg().encoders - {"libx265"})
    monkeypatch.setattr("shotgraph.making.resolve_media.find_ffmpeg", lambda: without)
    found = [f"{one.where}: {one.what}" for one in (await look_at_media(graph)).problems]

    assert found == [
        f"steps.hevc.concat.format: {without.path} has no libx265, which codes hevc; a run would "
        "fail here"
    ]


async def test_a_file_that_is_to_be_given_yet_is_not_spoken_of(shots: Path) -> None:
    graph = graph_of(
        "film: {edit: {video: $shot, prompt: x}}",
        shots,
        params="{shot: {type: video}}",
        placeholders=True,
    )
    assert await look_at_media(graph) == Looked()


async def test_a_file_that_is_no_medium_or_another_one_is_said(shots: Path) -> None:
    write_clip(shots / "four.mp4", clip=1, frames=96, rate=24)
    (shots / "text.mp4").write_text("no clip at all")
    (shots / "empty.mp4").touch()
    graph = graph_of(
        """
film: {concat: {clips: [four.mp4, text.mp4, empty.mp4]}}
scored: {soundtrack: {video: four.mp4, audio: four.mp4}}
drawn: {fal: {endpoint: fal-ai/some/model, arguments: {a: b, video_url: text.mp4}, price_usd: 1}}
""",
        shots,
    )
    found = [f"{one.where}: {one.what}" for one in (await look_at_media(graph)).problems]
    assert [line.partition(" is not a media file")[0] for line in found[:2]] == [
        f"steps.film.concat.clips[1]: {shots}/text.mp4",
        f"steps.film.concat.clips[2]: {shots}/empty.mp4",
    ]
    assert found[2:] == [
        "steps.scored.soundtrack.audio: four.mp4 holds a video, and a sound is wanted; a run "
        "would fail here",
        found[0].replace("steps.film.concat.clips[1]", "steps.drawn.fal.arguments.video_url"),
    ]
    assert all(line.endswith("; a run would fail here") for line in found)


async def test_of_a_node_with_a_stand_in_only_the_files_are_looked_at(shots: Path) -> None:
    write_clip(shots / "four.mp4", clip=1, frames=96, rate=24)
    (shots / "empty.mp4").touch()
    text = """
name: film
steps:
  past: {trim: {video: four.mp4, start: wrong, seconds: 9}}
  none: {trim: {video: empty.mp4, start: wrong, seconds: 9}}
  film: {concat: {clips: [$past, $none]}}
output: $film
"""
    checked = check(read_draft(text, folder=shots))
    assert len(checked.problems) == 2
    (problem,) = (await look_at_media(checked.graph, checked.unsure)).problems
    assert problem.where == "steps.none.trim.video"


async def test_each_file_is_opened_once_until_it_changes(shots: Path) -> None:
    write_clip(shots / "four.mp4", clip=1, frames=96, rate=24)
    (shots / "empty.mp4").touch()
    opened: list[str] = []

    async def counted(path: Path) -> MediaInfo:
        opened.append(path.name)
        if len(opened) == 2:
            (shots / "empty.mp4").write_text("it was changed")
        return await probe(path)

    names = ", ".join(["four.mp4", "empty.mp4"] * 20)
    steps = f"film: {{for_each: {{one: [{names}]}}, edit: {{video: $one, prompt: x}}}}"
    await look_at_media(graph_of(steps, shots), look=counted)
    assert opened == ["four.mp4", "empty.mp4", "empty.mp4"]


async def test_a_file_that_is_not_opened_is_named_with_what_its_field_takes(shots: Path) -> None:
    (shots / "a.gif").write_bytes(b"GIF89a")
    (shots / "a.ts").write_bytes((b"G" + bytes(187)) * 3)
    steps = "still: {hold: {image: a.gif, seconds: 1}}\nfilm: {trim: {video: a.ts, seconds: 1}}\n"
    still, film = (await look_at_media(graph_of(steps, shots))).problems
    assert still.what == (
        f"{shots / 'a.gif'} is not a media file that shotgraph opens: it holds a GIF; a run would "
        "fail here"
    )
    assert still.allowed == "an image as png, jpg or webp"
    assert f"ffmpeg -i {shots / 'a.ts'} -c copy {shots / 'a.mkv'}" in film.what
    assert film.allowed == "a video as mp4, mov, webm or mkv"


def test_a_picture_in_the_form_of_mp4_is_named(shots: Path) -> None:
    (shots / "a.avif").write_bytes(b"\0\0\0\x1cftypavif")
    with pytest.raises(BadValue) as caught:
        take_media("a.avif", folder=shots, confined=True, kind="image")
    assert caught.value.what == (
        '"a.avif" is not a media file that shotgraph opens: it holds an AVIF picture'
    )
    assert caught.value.allowed == "an image as png, jpg or webp"
