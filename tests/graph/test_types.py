"""What stands where it does not belong is found before anything runs."""

from pathlib import Path

import pytest

from tests.graph.films import problems_of

PARAMS = """{shot: {type: video, default: a.mp4}, still: {type: image, default: one.png},
  look: {type: text, default: dusk}, count: {type: integer, default: 5},
  loud: {type: boolean, default: true}, shots: {list: video, default: [a.mp4]},
  stills: {list: image, default: [one.png]}, looks: {list: text, default: [dusk]}}"""
BEFORE = """
dusk: {edit: {video: $shot, prompt: Paint it}}
frame: {frame: {video: $shot}}
"""
TAKES_VIDEO = "film: {edit: {video: %s, prompt: Paint it}}"
TAKES_IMAGE = "film: {image_to_video: {start_image: %s, prompt: Move}}"
TAKES_VIDEOS = "film: {concat: {clips: %s}}"
TAKES_IMAGES = "film: {reference_to_video: {prompt: Draw, images: %s}}"
TAKES_TEXT = "film: {edit: {video: $shot, prompt: %s}}"
TAKES_BOOLEAN = "film: {edit: {video: $shot, prompt: Paint it, keep_audio: %s}}"
TAKES_ELEMENT = (
    "film: {edit: {video: $shot, prompt: Paint it, elements: [{frontal_image: one.png, %s}]}}"
)
# What a file holds is not looked at here, so a path fits wherever a path does.
FITS = {
    TAKES_VIDEO: {"$shot", "$dusk", "a.mp4", "one.png"},
    TAKES_IMAGE: {"$still", "$frame", "a.mp4", "one.png"},
    TAKES_VIDEOS: {"$shots", "[$shots]", "[$shot]", "[$dusk]", "[a.mp4]", "[one.png]"},
    TAKES_IMAGES: {"$stills", "[$stills]", "[$still]", "[$frame]", "[a.mp4]", "[one.png]"},
    TAKES_TEXT: {"$look", "a.mp4", "one.png", '"${look} ${count} ${loud}"'},
    TAKES_BOOLEAN: {"$loud", "true"},
}
VALUES = sorted(
    {"$count", "$looks", "[$shots]", "[$stills]", "[$look]", "[]", "{}", "5", "null"}.union(
        *FITS.values()
    )
)
# A list of images may be empty; what is null is as good as left out, where it may be.
ALSO_FITS = {(TAKES_IMAGES, "[]"), (TAKES_IMAGES, "null")}


@pytest.mark.parametrize("place", FITS, ids=range(len(FITS)))
@pytest.mark.parametrize("value", VALUES)
def test_a_value_fits_or_is_a_problem_of_its_place(place: str, value: str, folder: Path) -> None:
    found = problems_of(f"{BEFORE}{place % value}", folder, params=PARAMS)
    if value in FITS[place] or (place, value) in ALSO_FITS:
        assert found == []
    else:
        assert found
        assert all(problem.startswith("steps.film.") for problem in found)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("film: {concat: {clips: [$dusk.image]}}", "$dusk.image: edit has no output of that name"),
        ("film: {concat: {clips: [$shot.video]}}", "$shot.video: a parameter has no fields"),
        ("film: {concat: {clips: [$nothing]}}", 'there is no step or parameter "nothing"'),
        ("film: {concat: {clips: [$frame]}}", "$frame is an image"),
        ("film: {concat: {clips: [$look]}}", "$look is of type text"),
        ("film: {concat: {clips: $shot}}", "$shot is one video"),
        ("film: {edit: {video: $shots, prompt: x}}", "$shots is a list"),
        ('film: {edit: {video: $shot, prompt: "a $dusk"}}', "$dusk is a step, and can't be"),
        ('film: {edit: {video: $shot, prompt: "a $still"}}', "$still is an image, and can't be"),
        ('film: {edit: {video: $shot, prompt: "a $looks"}}', "$looks is a list, and can't be"),
        ('film: {edit: {video: $shot, prompt: "a $lok"}}', 'there is no parameter "lok"'),
    ],
)
def test_says_what_is_wrong(steps: str, said: str, folder: Path) -> None:
    (problem,) = problems_of(f"{BEFORE}{steps}", folder, params=PARAMS)
    assert problem.split(": ", 1)[1].startswith(said)


@pytest.mark.parametrize(
    "field",
    ["frontal_image_url: two.png", "reference_image_urls: [/etc/hostname]", "sha256: abc"],
)
def test_fals_own_names_open_no_way_around_the_paths(field: str, folder: Path) -> None:
    name = field.split(":")[0]
    problem, *more = problems_of(f"{BEFORE}{TAKES_ELEMENT % field}", folder, params=PARAMS)
    assert all("/etc/hostname" not in one or "is outside of" in one for one in more)
    assert problem == f'steps.film.edit.elements[0].{name}: unknown key "{name}"'


@pytest.mark.parametrize(
    "value",
    [
        "{file: a.mp4}",
        "{url: https://example.com/a.mp4}",
        "{step: dusk, kind: video}",
        f"{{sha256: {'a' * 64}, kind: video, size_bytes: 1, content_type: video/mp4}}",
    ],
)
def test_media_can_not_be_written_as_what_they_become(value: str, folder: Path) -> None:
    found = problems_of(f"{BEFORE}{TAKES_VIDEO % value}", folder, params=PARAMS)
    assert found
    assert all(problem.startswith("steps.film.edit.video") for problem in found)


def test_every_problem_is_said_at_once_in_the_order_of_the_file(folder: Path) -> None:
    steps = """
one: {edit: {video: $nothing, prompt: "@Image1"}}
two: {edit: {video: $one, prompt: "@Image1", keep_audio: 5}}
film: {concat: {clips: [$two, nowhere.mp4], transition: {kind: wipe}}}
"""
    found = problems_of(steps, folder, output="$flim")
    assert [problem.split(": ")[0] for problem in found] == [
        "steps.one.edit.video",
        "steps.one.edit.prompt",
        "steps.two.edit.prompt",
        "steps.two.edit.keep_audio",
        "steps.film.concat.clips[1]",
        "steps.film.concat.transition.kind",
        "output",
    ]
