"""Whatever is wrong with a file, in whatever combination: all of it is said, and nothing else."""

from pathlib import Path
from random import Random

import pytest

from shotgraph.graph import check
from shotgraph.spec import InvalidPipeline, Problem, read_draft

FILM = """\
name: film
description: One shot, in many forms
budget_usd: 5
params:
  shot: {type: video, default: clip.mp4}
  look: {type: text, default: dusk}
  still: {type: image, default: still.png}
  length: {type: choice, choices: ["5", "10"], default: "5"}
  rounds: {type: integer, default: 2}
defaults:
  edit: {keep_audio: true}
steps:
  next:
    reference:
      video: $shot
      prompt: Go on from @Video1 as ${look}
      duration: $length
      aspect_ratio: 16:9
  dusk:
    edit:
      video: $next
      prompt: "Repaint it like @Image1"
      images: [$still]
      tier: pro
    takes: 2
    pick: first
  dawn:
    for_each: {one: [$shot, $next], words: [dusk, dawn]}
    edit:
      video: $one
      prompt: "At ${words}, as ${look}"
  chain:
    repeat: {times: $rounds, from: $shot, as: last}
    reference:
      video: $last
      prompt: On and on
      duration: 5
  piece:
    trim: {video: clip.mp4, start: 1, end: 3}
    needs: [next]
  first_frame:
    frame: {video: $piece, at: first}
  moved:
    image_to_video: {start_image: $first_frame, prompt: Move}
  drawn:
    fal:
      endpoint: fal-ai/some/model
      arguments: {words: "${look}", image_url: still.png}
      output: video
      price_usd: "0.05"
  scored:
    soundtrack: {video: $drawn, audio: sound.m4a, mode: duck, gain_db: -3}
  seen:
    approve: {video: $scored, message: Right?}
  film:
    concat:
      clips: [$dusk, $dawn, $chain, $piece, $moved, $seen, https://example.com/clip.mp4]
      transition: {kind: dissolve, seconds: 0.5}
      loudness: -16
output: $film
"""

MISTAKES = {
    "name: film": ("name: A Film", "A Film", "can't be a film's name"),
    "description: One shot, in": (
        "colour: red\ndescription: In",
        "colour:",
        'unknown key "colour"',
    ),
    "budget_usd: 5": ("budget_usd: five", "five", '"five" is given'),
    "default: dusk}": ("defualt: dusk}", "defualt", 'unknown key "defualt"'),
    "type: image, default": ("type: imgae, default", "imgae", '"imgae" is not one of the choices'),
    'default: "5"}': ("default: 7}", "default: 7", "7 is not one of the choices"),
    "default: 2}": ("default: two}", "default: two", '"two" is given'),
    "{keep_audio: true}": ("{keep_sound: true}", "keep_sound", 'unknown key "keep_sound"'),
    "reference:\n      video: $shot\n": (
        "refrence:\n      video: $shot\n",
        "refrence:",
        'unknown key "refrence"',
    ),
    "@Video1 as ${look}": ("@video1 as ${look}", "@video1", "the prompt says @video1"),
    "duration: $length": ("duration: 11", "duration: 11", "11 is not one of the choices"),
    "aspect_ratio: 16:9": ("aspect: 16:9", "aspect: 16", 'unknown key "aspect"'),
    "@Image1": ("@Image7", "@Image7", "the prompt names @Image7"),
    "images: [$still]": ("images: [$still, no.png]", "no.png", '"no.png": there is no file'),
    "tier: pro": ("tier: best", "tier: best", '"best" is no tier'),
    "takes: 2": ("takes: 99", "takes: 99", "99 is given"),
    "pick: first": ("pick: second", "pick: second", '"second" is given'),
    "one: [$shot, $next]": ("one: [$shot, $nxet]", "$nxet", 'no step or parameter "nxet"'),
    "${words}": ("${wrods}", "${wrods}", 'there is no parameter "wrods"'),
    "times: $rounds": ("times: 60", "times: 60", "60 is given"),
    'prompt: "Repaint': ('promt: "Repaint', "promt: ", 'unknown key "promt"'),
    "end: 3": ("end: 3s", "end: 3s", '"3s" is not a time'),
    "needs: [next]": ("needs: [nothing]", "needs: [nothing]", 'there is no step "nothing"'),
    "at: first}": ("at: middle}", "at: middle", '"middle" is no frame'),
    "start_image: $first": ("start_image: $piece, end_image: $first", "$piece, end", "a video"),
    "image_url: still.png": ("image_url: clip.mp4x", "clip.mp4x", "there is no file"),
    'price_usd: "0.05"': ('prise_usd: "0.05"', "prise_usd", 'unknown key "prise_usd"'),
    "audio: sound.m4a": ("audio: picture.m4a", "picture.m4a", "holds an image"),
    "mode: duck": ("mode: duk", "mode: duk", '"duk" is not one of the choices'),
    "approve: {video: $scored": (
        "approve: {video: clip.mp4",
        "    approve: {",
        "no step makes this file",
    ),
    "https://example.com/clip.mp4": ("https://youtu.be/abc", "youtu.be", "the address of a page"),
    "{kind: dissolve, seconds: 0.5}": ("dissolve", "dissolve", '"dissolve" is given'),
    "loudness: -16": ("loudness: 3", "loudness: 3", "3 is given"),
    "output: $film": ("output: $flim", "$flim", 'no step or parameter "flim"'),
    # Not YAML, or not of the subset.
    "      video: $next\n": ("      video $next\n", "video $next", '"video $next" has no colon'),
    "prompt: On and on": ("prompt: On and #2", "On and", 'the text ends before "#2"'),
    "prompt: Move": ("prompt: &move Move", "&move", "an anchor (&move)"),
    "  film:\n    concat:": (
        "  seen: {approve: {video: $drawn}}\n  film:\n    concat:",
        "  seen: {",
        '"seen" is written twice',
    ),
    "message: Right?": ("takes: 3", "takes: 3", "approve makes the same result each time"),
}
SAMPLES = 60


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media").resolve()
    for name in ("clip.mp4", "still.png", "sound.m4a"):
        (folder / name).touch()
    (folder / "picture.m4a").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def problems_in(text: str, folder: Path) -> list[Problem]:
    try:
        check(read_draft(text, folder=folder), folder=folder).graph_or_raise()
    except InvalidPipeline as error:
        return list(error.problems)
    return []


def check_all_are_said(mistakes: list[str], folder: Path) -> None:
    """Put mistakes into the film: each is said at its line, in the order of the lines."""
    text = FILM
    for right in mistakes:
        assert text.count(right) == 1, right
        text = text.replace(right, MISTAKES[right][0])
    lines = text.splitlines()
    expected = []
    for right in mistakes:
        _, token, said = MISTAKES[right]
        (line,) = (number for number, line in enumerate(lines, start=1) if token in line)
        expected.append((line, said))
    found = [(one.location.line, one.what) for one in problems_in(text, folder)]
    shown = "\n".join(f"{line}: {what}" for line, what in found)
    assert [line for line, _ in found] == sorted(line for line, _ in expected), shown
    for line, said in expected:
        assert any(line == at and said in what for at, what in found), f"{said} in:\n{shown}"


def test_the_film_is_right(media: Path) -> None:
    assert problems_in(FILM, media) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_mistake_is_one_problem(mistake: str, media: Path) -> None:
    check_all_are_said([mistake], media)


@pytest.mark.parametrize("seed", range(SAMPLES))
def test_independent_mistakes_are_all_said(seed: int, media: Path) -> None:
    random = Random(seed)  # noqa: S311  for examples
    check_all_are_said(random.sample(list(MISTAKES), random.randint(2, 12)), media)


def test_all_mistakes_at_once(media: Path) -> None:
    check_all_are_said(list(MISTAKES), media)
