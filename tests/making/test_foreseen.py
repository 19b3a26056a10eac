"""The plan says what a local step will do to its clips; the result says what it did."""

from fractions import Fraction
from typing import Any

import pytest

from shotgraph.making.foreseen import foreseen
from shotgraph.media.info import AudioInfo, Colour, MediaInfo
from shotgraph.media.sound import film_sound
from shotgraph.media.treatment import ClipTreatment, Treatment, treatment
from shotgraph.spec import STEP_KINDS
from tests.endpoints.examples import asset

SOUND = AudioInfo(
    codec="aac", sample_rate_hz=48_000, channels=2, duration=Fraction(4), layout="stereo"
)


def clip(**changed: Any) -> MediaInfo:
    usual = MediaInfo(
        kind="video",
        container="mp4",
        codec="h264",
        width=1280,
        height=720,
        pixel_format="yuv420p",
        rotation=0,
        sample_aspect_ratio=Fraction(1),
        frame_rate=Fraction(24),
        constant_frame_rate=True,
        frames=96,
        duration=Fraction(4),
        time_base=Fraction(1, 12288),
        size_bytes=1_000_000,
        audio=SOUND,
    )
    return usual.model_copy(update=changed)


def step(kind: str, number_of_clips: int = 1, **more: Any) -> Any:
    videos = [asset(number, "video") for number in range(1, number_of_clips + 1)]
    media = {"clips": videos} if kind == "concat" else {"video": videos[0]}
    return STEP_KINDS[kind].arguments.model_validate({**media, **more})


LARGE = {"width": 1920, "height": 1080, "frame_rate": Fraction(30000, 1001)}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        (LARGE, ["1920 x 1080 px are made 1280 x 720; 29.97 frames a second are made 24"]),
        (
            {"width": 720, "height": 1280},
            [
                "720 x 1280 px are made 404 x 720; black margins make it 1280 x 720, "
                "68 % of that black"
            ],
        ),
        ({"width": 1281, "height": 721}, ["its odd line is scaled away"]),
        ({"colour": Colour(transfer="smpte2084")}, ["HDR is made SDR"]),
        ({"colour": Colour(primaries="smpte432")}, ["its wide colours are made BT.709"]),
        ({"colour": Colour(range="pc")}, ["its full range is made limited"]),
        (
            {"colour": Colour(space="smpte170m"), "codec": "prores"},
            ["its BT.601 colours are made BT.709"],
        ),
        ({"pixel_format": "yuv422p10le"}, ["yuv422p10le is made 8 bit 4:2:0"]),
        ({"transparent": True}, ["its transparent parts are shown over black"]),
        ({"interlaced": True}, ["interlaced frames are made whole"]),
        ({"mirrored": True}, ["it is mirrored, as players show it"]),
        ({"rotation": 90}, ["it is turned upright by 90 degrees"]),
        ({"constant_frame_rate": False}, ["its uneven frame rate is made 24"]),
        (
            {
                "audio": SOUND.model_copy(
                    update={
                        "streams": (2,),
                        "track": 2,
                        "tracks": 2,
                        "left_out": ("track 1 (mono aac)",),
                    }
                )
            },
            ["its sound is track 2 of 2; not used: track 1 (mono aac)"],
        ),
        (
            {"audio": SOUND.model_copy(update={"streams": (1, 2), "tracks": 2})},
            ["its two mono sound tracks are left and right"],
        ),
    ],
)
def test_every_change_of_a_clip_is_said_before_it_is_made(
    changed: dict[str, Any], said: list[str]
) -> None:
    lines = foreseen(step("concat", 3), [clip(), clip(), clip(**changed)])

    film = "1280 x 720 px, 24 frames a second"
    assert lines == [film, *(f"clip 3: {line}" for line in said)]


def test_a_film_of_sd_clips_that_are_copied_keeps_their_colours() -> None:
    sd = clip(width=720, height=576)
    pal = sd.model_copy(update={"colour": Colour(space="bt470bg")})

    assert foreseen(step("trim", start=0, seconds=1), [pal])[1:] == [
        "clip 1: its BT.601 colours are made BT.709"
    ]
    assert foreseen(step("trim", start=0, seconds=1), [sd])[1:] == [
        "clip 1: its colours, of no named matrix, are read as BT.601 and made BT.709"
    ]
    assert len(foreseen(step("concat", 2), [pal, pal])) == 1
    dissolve = {"transition": {"kind": "dissolve", "seconds": 1}}
    assert foreseen(step("concat", 2, **dissolve), [pal, pal])[1:] == [
        "clips 1, 2: its BT.601 colours are made BT.709"
    ]


def test_clips_that_are_treated_alike_are_in_one_line() -> None:
    lines = foreseen(step("concat", 4), [clip(), clip(**LARGE), clip(), clip(**LARGE)])

    assert len(lines) == 2
    assert lines[1].startswith("clips 2, 4: 1920 x 1080 px")


def test_what_is_not_there_yet_leaves_the_film_open_and_not_the_others() -> None:
    hdr = clip(colour=Colour(transfer="arib-std-b67"), **LARGE)

    assert foreseen(step("concat", 2), [hdr, None]) == ["clip 1: HDR is made SDR"]


def test_the_wanted_format_counts_and_so_does_the_background() -> None:
    wanted = step("concat", 1, format={"width": 640, "fps": 30}, background="#102030")

    assert foreseen(wanted, [clip(transparent=True)]) == [
        "640 x 360 px, 30 frames a second",
        "clip 1: its transparent parts are shown over #102030; "
        "1280 x 720 px are made 640 x 360; 24 frames a second are made 30",
    ]


def test_other_steps_say_what_they_do() -> None:
    hdr = clip(colour=Colour(transfer="smpte2084"), pixel_format="yuv420p10le")

    assert foreseen(step("frame"), [hdr]) == ["clip 1: HDR is made SDR"]
    assert foreseen(step("trim", seconds=1), [hdr]) == [
        "1280 x 720 px, 24 frames a second",
        "clip 1: HDR is made SDR; yuv420p10le is made 8 bit 4:2:0",
    ]
    assert foreseen(step("trim", seconds=1), [None]) == []


def test_what_was_done_says_which_clips_were_copied_and_what_became_of_the_sound() -> None:
    mono = SOUND.model_copy(update={"channels": 1, "layout": "mono", "sample_rate_hz": 44_100})
    done = treatment(
        clip(colour=Colour(range="tv")),
        [
            (clip(), True),
            (clip(**LARGE), False),
            (clip(audio=mono), True),
            (clip(audio=None), True),
        ],
    )

    assert done.clips[0] == ClipTreatment(clip=1, how="copied")
    assert done.lines() == [
        "1280 x 720 px, 24 frames a second, h264 yuv420p, limited range",
        "clips 1, 3, 4 are copied bit for bit",
        "clip 2 is coded anew",
        "clip 2: 1920 x 1080 px are made 1280 x 720; 29.97 frames a second are made 24",
        "clip 3: its mono sound is made stereo; its sound of 44100 Hz is made 48000 Hz",
        "clip 4: it is silent",
    ]
    assert Treatment.model_validate_json(done.model_dump_json()) == done
    assert done.as_json()["fps"] == 24.0


def test_a_crop_and_another_speed_say_what_comes_out() -> None:
    assert foreseen(step("crop", aspect_ratio="9:16", focus=[1, 0]), [clip()]) == [
        "406 x 720 px, 24 frames a second",
        "clip 1: 406 x 720 px are cut out of it, from 874, 0 on",
    ]
    assert foreseen(step("crop", width=1300, height=720), [clip()]) == []
    assert foreseen(step("speed", factor="0.5"), [clip()]) == [
        "1280 x 720 px, 24 frames a second",
        "clip 1: its 96 frames are made 192, 0.5 times as fast; its sound keeps its pitch",
    ]
    assert foreseen(step("speed", factor=4, sound="drop"), [clip(**LARGE, frames=120)]) == [
        "1920 x 1080 px, 29.97 frames a second",
        "clip 1: its 120 frames are made 30, 4 times as fast; its sound is removed",
    ]
    one = clip(frames=1, duration=Fraction(1, 24), audio=None)
    assert foreseen(step("speed", factor="0.5"), [one])[1:] == [
        "clip 1: its one frame is made 2, 0.5 times as fast"
    ]
    uneven = clip(
        constant_frame_rate=False,
        frame_rate=Fraction(70, 3),
        even_rate=Fraction(30),
        frames=70,
        duration=Fraction(3),
        audio=None,
    )
    assert foreseen(step("speed", factor="0.5"), [uneven])[1:] == [
        "clip 1: its uneven frame rate is made 30; its 70 frames, 90 at 30 a second, are made 180, "
        "0.5 times as fast"
    ]


def test_what_is_held_is_said_before_it_is_made() -> None:
    still = clip(kind="image", width=720, height=720, frame_rate=None, frames=1, audio=None)
    held = STEP_KINDS["hold"].arguments

    of_clip = step("hold", seconds=2, at=3, push="1.1")
    assert foreseen(of_clip, [clip()]) == [
        "1280 x 720 px, 24 frames a second",
        "clip 1: frame 3 is shown for 48 frames; a push by 1.1 towards 50 %, 50 % of it",
    ]
    given = {"image": asset(1), "seconds": 1, "like": asset(2, "video"), "fit": "crop"}
    assert foreseen(held.model_validate(given), [still, clip(**LARGE)]) == [
        "1920 x 1080 px, 29.97 frames a second",
        "clip 1: 720 x 720 px are made 1920 x 1920; 1920 x 1080 px are cut out of it, from 0, 420 "
        "on; it is shown for 30 frames",
    ]
    assert foreseen(held.model_validate(given), [still, None]) == []


def test_how_clips_of_another_shape_fill_the_film_is_said() -> None:
    tall = clip(width=720, height=1280)

    assert foreseen(step("concat", 2, fit="crop", focus=["0.5", 0]), [clip(), tall])[1] == (
        "clip 2: 720 x 1280 px are made 1280 x 2276; 1280 x 720 px are cut out of it, from 0, 0 on"
    )
    assert foreseen(step("concat", 2, fit="blur"), [clip(), tall])[1] == (
        "clip 2: 720 x 1280 px are made 404 x 720; blurred margins make it 1280 x 720"
    )
    coloured = step("concat", 2, fit="pad", background="#102030")
    assert foreseen(coloured, [clip(), tall])[1] == (
        "clip 2: 720 x 1280 px are made 404 x 720; margins in #102030 make it 1280 x 720"
    )
    before = step("concat", 2, background="#102030")
    assert "black margins" in foreseen(before, [clip(), tall])[1]


def test_a_title_says_on_which_frames_it_is() -> None:
    title = STEP_KINDS["title"].arguments
    on_clip = step("title", text="A", start=1, seconds=2, fade_in="0.5")
    assert foreseen(on_clip, [clip()]) == [
        "1280 x 720 px, 24 frames a second",
        "clip 1: a title is laid on frames 25 to 71, 12 frames to come from frame 24 on",
    ]
    assert foreseen(step("title", text="A", start=9), [clip()]) == []
    card = title.model_validate({"text": "A", "seconds": 1, "width": 640, "height": 360, "fps": 30})
    assert foreseen(card, []) == [
        "640 x 360 px, 30 frames a second",
        "clip 1: a title is laid on frames 0 to 29",
    ]
    like = title.model_validate({"text": "A", "seconds": 1, "like": asset(1, "video")})
    assert foreseen(like, [clip(**LARGE)])[0] == "1920 x 1080 px, 29.97 frames a second"
    assert foreseen(like, [None]) == []


def heard(**changed: Any) -> MediaInfo:
    return clip(audio=SOUND.model_copy(update=changed))


FIVE_ONE = {"channels": 6, "layout": "5.1"}
RATE = "its sound of 44100 Hz is made 48000 Hz"


def test_what_becomes_of_sound_is_said_as_it_is_after_the_run() -> None:
    clips = [clip(), clip(audio=None), heard(sample_rate_hz=44_100), heard(**FIVE_ONE)]
    lines = foreseen(step("concat", 4), clips)
    assert lines[1:] == [
        "clip 1: its stereo sound is made 5.1",
        "clip 2: it is silent",
        f"clip 3: its stereo sound is made 5.1; {RATE}",
    ]
    film = clip(audio=film_sound(clips))
    done = treatment(film, [(one, True) for one in clips])
    assert done.lines()[-3:] == lines[1:]
    assert foreseen(step("concat", 2), [clip(audio=None)] * 2)[1:] == []


def test_of_a_shot_that_is_not_drawn_only_what_is_known_is_said() -> None:
    slow = heard(sample_rate_hz=44_100)
    # What is drawn may have wider sound than these; it makes no sound narrower, nor silent.
    assert foreseen(step("concat", 3), [slow, clip(audio=None), None]) == [
        f"clip 1: {RATE}",
        "clip 2: it is silent",
    ]
    assert foreseen(step("concat", 2), [clip(audio=None), None]) == []
    assert foreseen(step("concat", 3), [clip(), heard(**FIVE_ONE), None]) == [
        "clip 1: its stereo sound is made 5.1"
    ]
    # What a chosen track has in it is not known either.
    several = heard(tracks=2, streams=(2,), track=2)
    assert foreseen(step("concat", 2, audio_track=1), [several, heard(channels=1)])[1:] == []


def test_every_step_that_codes_sound_says_so() -> None:
    slow = heard(sample_rate_hz=44_100)
    for one in (
        step("trim", seconds=1),
        step("crop", aspect_ratio="9:16"),
        step("speed", factor=2),
        step("title", text="A"),
    ):
        assert RATE in foreseen(one, [slow])[1]
    assert RATE not in foreseen(step("speed", factor=2, sound="drop"), [slow])[1]
    laid = step("soundtrack", audio=asset(2, "audio"))
    assert foreseen(laid.model_copy(update={"mode": "replace"}), [slow, heard(**FIVE_ONE)]) == []
    mixed = laid.model_copy(update={"mode": "mix"})
    assert foreseen(mixed, [slow, heard(**FIVE_ONE)]) == [
        f"clip 1: its stereo sound is made 5.1; {RATE}"
    ]
    assert foreseen(mixed, [slow, None]) == [f"clip 1: {RATE}"]
