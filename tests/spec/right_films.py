"""Pipelines that are right in every way, made by hypothesis."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

MEDIA = ("clip.mp4", "still.png", "sound.m4a", "font.ttf")
INNER = """\
name: inner
params:
  shot: {type: video}
  word: {type: text, default: dusk}
steps: {cut: {trim: {video: $shot, seconds: 1}}, same: {edit: {video: $cut, prompt: $word}}}
output: $same
"""
PARAMS: dict[str, Any] = {
    "shot": {"type": "video", "default": "clip.mp4"},
    "shots": {"list": "video", "default": ["clip.mp4", "clip.mp4"]},
    "still": {"type": "image"},
    "stills": {"list": "image", "description": "Two of them"},
    "music": {"type": "audio", "default": "sound.m4a"},
    "word": {"type": "text", "default": "dusk"},
    "words": {"list": "text", "default": ["in rain", "in snow"]},
    "count": {"type": "integer", "default": 2},
    "gain": {"type": "number", "default": Decimal("-1.5")},
    "flag": {"type": "boolean", "default": True},
    "length": {"type": "choice", "choices": ["5", "10"], "default": "5"},
    "tier": {"type": "choice", "choices": ["standard", "pro"], "default": "pro"},
}
VIDEOS = st.sampled_from(["$shot", "${shot}", "clip.mp4", "https://example.com/clip.mp4"])
IMAGES = st.sampled_from(["$still", "still.png", "https://example.com/still.png"])
SOUNDS = st.sampled_from(["$music", "sound.m4a"])
PROMPTS = st.sampled_from(["Go on", "Paint it ${word}", "$word", "For $$5: as it is\nand on\n"])
FLAGS = st.sampled_from([True, False, "$flag"])
LENGTHS = st.sampled_from(["3", "10", 7, "$length"])
TIERS = st.sampled_from(["standard", "pro", "$tier"])
SECONDS = st.sampled_from([1, Decimal("0.5"), "1001/24000", "1.5", "$count"])
IMAGE_LISTS = st.one_of(st.lists(IMAGES, min_size=1, max_size=2), st.just("$stills"))
ELEMENTS = st.lists(
    st.fixed_dictionaries(
        {"frontal_image": IMAGES},
        optional={"reference_images": st.lists(IMAGES, min_size=1, max_size=3)},
    ),
    min_size=1,
    max_size=2,
)
WITH_VIDEO: dict[str, st.SearchStrategy[Any]] = {
    "keep_audio": FLAGS,
    "images": IMAGE_LISTS,
    "elements": ELEMENTS,
    "tier": TIERS,
}
FORMATS = st.fixed_dictionaries(
    {},
    optional={
        "width": st.sampled_from([16, 1920]),
        "fps": st.sampled_from([24, "24000/1001", Decimal("23.976"), Decimal("12.5")]),
    },
)
TRANSITIONS = st.one_of(
    st.just({"kind": "cut"}),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["dissolve", "circleopen"]), "seconds": SECONDS}
    ),
)
POINTS = st.sampled_from([[0, 1], [Decimal("0.25"), "1/3"], ["50%", "12.5%"]])
EXTENTS = st.sampled_from([640, 36, "50%", "12.5%"])
FACTORS = st.sampled_from([2, Decimal("0.5"), "1.25", "4/3", "$count"])
BODIES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "edit": st.fixed_dictionaries({"video": VIDEOS, "prompt": PROMPTS}, optional=WITH_VIDEO),
    "reference": st.fixed_dictionaries(
        {"video": VIDEOS, "prompt": PROMPTS},
        optional={
            **WITH_VIDEO,
            "duration": LENGTHS,
            "aspect_ratio": st.sampled_from(["auto", "16:9"]),
        },
    ),
    "image_to_video": st.fixed_dictionaries(
        {"start_image": IMAGES, "prompt": PROMPTS},
        optional={"end_image": IMAGES, "duration": LENGTHS, "tier": TIERS},
    ),
    "reference_to_video": st.fixed_dictionaries(
        {"images": IMAGE_LISTS, "prompt": PROMPTS},
        optional={"elements": ELEMENTS, "duration": LENGTHS, "tier": TIERS},
    ),
    "trim": st.one_of(
        st.fixed_dictionaries({"video": VIDEOS, "seconds": SECONDS}, optional={"start": SECONDS}),
        st.fixed_dictionaries({"video": VIDEOS, "end": st.just(9)}, optional={"start": SECONDS}),
    ),
    "frame": st.fixed_dictionaries(
        {"video": VIDEOS}, optional={"at": st.sampled_from(["first", "last", 0, "$count"])}
    ),
    "concat": st.fixed_dictionaries(
        {"clips": st.one_of(st.lists(VIDEOS, min_size=1, max_size=3), st.just("$shots"))},
        optional={
            "transition": TRANSITIONS,
            "format": FORMATS,
            "loudness": st.sampled_from([-16, Decimal("-16.5")]),
            "fit": st.sampled_from(["pad", "crop", "blur"]),
        },
    ),
    "crop": st.one_of(
        st.fixed_dictionaries(
            {"video": VIDEOS, "aspect_ratio": st.sampled_from(["9:16", "1:1"])},
            optional={"focus": POINTS},
        ),
        st.fixed_dictionaries(
            {"video": VIDEOS, "width": EXTENTS, "height": EXTENTS},
            optional={"left": EXTENTS, "top": EXTENTS},
        ),
    ),
    "hold": st.one_of(
        st.fixed_dictionaries(
            {"video": VIDEOS, "seconds": SECONDS},
            optional={"at": st.sampled_from(["first", "last", 0, "$count"])},
        ),
        st.fixed_dictionaries(
            {"image": IMAGES, "seconds": SECONDS, "fit": st.sampled_from(["crop", "blur"])},
            optional={"like": VIDEOS, "push": FACTORS, "focus": POINTS},
        ),
        st.fixed_dictionaries(
            {"image": IMAGES, "seconds": SECONDS}, optional={"width": st.just(640), "push": FACTORS}
        ),
    ),
    "title": st.one_of(
        st.fixed_dictionaries(
            {"video": VIDEOS, "text": PROMPTS},
            optional={
                "seconds": st.just(5),
                "fade_in": st.just(Decimal("0.5")),
                "position": st.sampled_from(["bottom-left", [Decimal("0.5"), 1]]),
                "size": EXTENTS,
                "box": st.sampled_from([{}, {"colour": "#102030", "opacity": "50%"}]),
                "font": st.just("font.ttf"),
                "shadow": FLAGS,
            },
        ),
        st.fixed_dictionaries({"text": PROMPTS, "like": VIDEOS, "seconds": SECONDS}),
    ),
    "speed": st.fixed_dictionaries(
        {"video": VIDEOS, "factor": FACTORS},
        optional={"sound": st.sampled_from(["keep", "drop"])},
    ),
    "soundtrack": st.one_of(
        *(
            st.fixed_dictionaries(
                {"video": VIDEOS, sound: SOUNDS},
                optional={
                    "mode": st.sampled_from(["mix", "duck"]),
                    "gain_db": st.sampled_from([-3, Decimal("2.5"), "$gain"]),
                    "start": SECONDS,
                    "loop": FLAGS,
                    "fade_out": SECONDS,
                },
            )
            for sound in ("audio", "voice")
        )
    ),
    "approve": st.fixed_dictionaries(
        {"video": st.just("$first")},
        optional={"message": st.sampled_from(["Good?", "As ${word}?"])},
    ),
    "use": st.fixed_dictionaries(
        {
            "file": st.just("inner.yaml"),
            "params": st.fixed_dictionaries({"shot": VIDEOS}, optional={"word": PROMPTS}),
        }
    ),
    "fal": st.fixed_dictionaries(
        {
            "endpoint": st.just("fal-ai/somebody/some-model"),
            "price_usd": st.sampled_from([Decimal("0.05"), "0.05", 1]),
        },
        optional={
            "arguments": st.fixed_dictionaries(
                {}, optional={"prompt": PROMPTS, "seed": st.integers(0, 9), "image_url": IMAGES}
            ),
            "output": st.sampled_from(
                ["video", "videos[0]", {"film": "video", "cover": {"path": "x", "kind": "image"}}]
            ),
        },
    ),
}
PAID = ("edit", "reference", "image_to_video", "reference_to_video", "fal")
RUNS: dict[str, st.SearchStrategy[Any]] = {
    "for_each": st.sampled_from(
        [{"each": "$words"}, {"each": ["in rain", "in snow"]}, {"each": "$words", "one": "$shots"}]
    ),
    "repeat": st.fixed_dictionaries(
        {"times": st.sampled_from([2, "$count"]), "from": VIDEOS, "as": st.just("previous")}
    ),
}
TAKES = st.fixed_dictionaries(
    {"takes": st.integers(2, 4)}, optional={"pick": st.sampled_from(["first", "ask"])}
)


@st.composite
def right_films(draw: st.DrawFn) -> dict[str, Any]:
    """The data of a pipeline file with which nothing is wrong."""
    steps: dict[str, Any] = {"first": {"trim": {"video": "$shot", "seconds": 1}}}
    for number, kind in enumerate(draw(st.lists(st.sampled_from(sorted(BODIES)), max_size=2))):
        steps[f"step_{number}"] = draw(_steps(kind, list(steps)))
    steps["film"] = draw(_steps("concat", list(steps)))
    more: dict[str, st.SearchStrategy[Any]] = {
        "description": st.sampled_from(["", "One shot: two looks", "no"]),
        "budget_usd": st.sampled_from([0, 5, Decimal("2.50")]),
        "defaults": st.just({"edit": {"keep_audio": True}, "trim": {"start": 0}}),
    }
    data = draw(st.fixed_dictionaries({"name": st.just("film")}, optional=more))
    return {**data, "params": PARAMS, "steps": steps, "output": "$film"}


def _steps(kind: str, before: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    runs = st.just({}) if kind == "use" else st.fixed_dictionaries({}, optional=RUNS)
    takes: st.SearchStrategy[dict[str, Any]] = (
        st.one_of(st.just({}), TAKES) if kind in PAID[:4] else st.just({})
    )
    needs = st.fixed_dictionaries({}, optional={"needs": st.just(before[:1])})
    return st.tuples(BODIES[kind], runs, takes, needs).map(
        lambda parts: {**parts[1], kind: parts[0], **parts[2], **parts[3]}
    )


def lay_out_media(folder: Path) -> Path:
    """Make the files that the films name."""
    for name in MEDIA:
        (folder / name).touch()
    (folder / "inner.yaml").write_text(INNER, encoding="utf-8")
    return folder.resolve()
