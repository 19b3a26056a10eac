"""A prompt over 2,500 characters gets a warning, wherever it comes from; one of 2,500 gets none."""

import json

from tests.cli.command import Desk

from .commands import ran
from .figures import Count

KIND = 15

# What a prompt is, in characters; "é" is two bytes, and "𝄞" four.
PROMPTS = {
    "just right": ("x" * 2500, False),
    "one more": ("x" * 2501, True),
    "long": ("Repaint it. " * 400, True),
    "two bytes each": ("é" * 2400, False),
    "four bytes each": ("\U0001d11e" * 2500, False),
    "four bytes each, one more": ("\U0001d11e" * 2501, True),
    "many lines": ("a line\n" * 400, True),
}
FILM = """\
name: long
params:
  shot: {{type: video, default: shot.mp4}}
  words: {{type: text, default: {words}}}
steps:
  one: {{edit: {{video: $shot, prompt: {prompt}}}}}
output: $one
"""


def test_a_prompt_that_is_too_long_is_warned_of(desk: Desk, count: Count) -> None:
    commands, expected = [], []
    for number, (prompt, warns) in enumerate(PROMPTS.values()):
        said = json.dumps(prompt, ensure_ascii=False)
        less = json.dumps(prompt[:-6], ensure_ascii=False)
        places = {"field": FILM.format(words="sea", prompt=said)}
        places["param"] = FILM.format(words=said, prompt="$words")
        places["inside"] = FILM.format(words=less, prompt='"Show ${words}"')
        for place, text in places.items():
            # Of what is counted in characters, "Show " and the words: as long, but for one.
            file = f"{number}-{place}.yaml"
            (desk.folder / file).write_text(text)
            commands += [("validate", "--json", file), ("plan", "--json", file)]
            expected += [warns and place != "inside"] * 2
            if place == "inside":
                expected[-2:] = [len(prompt[:-6]) + 5 > 2500] * 2
    wrong = []
    for command, warns, found in zip(
        commands, expected, ran(commands, desk.env, desk.folder), strict=True
    ):
        said = " ".join(str(one) for one in found.json.get("warnings") or []) + found.err
        if found.code != 0 or ("2,500" in said or "2500" in said) != warns:
            wrong.append((command, warns, found.code, said[:300]))
    count(prompts=len(commands), warned_of_wrongly=len(wrong))
    assert not wrong
