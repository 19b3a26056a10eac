"""The film that a person makes from a form: parameters of many sorts, two takes to choose from."""

from pathlib import Path

HARBOUR = Path(__file__).parents[2] / "examples/clips/harbour.mp4"

FILM = """\
name: harbour-at-dusk
description: The harbour, repainted. You choose between two takes before it goes on.
params:
  shot:    {type: video, default: harbour.mp4, description: The opening shot}
  look:    {type: text, default: an oil painting at dusk, description: What it is repainted as}
  length:
    type: choice
    choices: ["3", "5", "10"]
    default: "5"
    description: Seconds of the shot that follows
  opening: {type: integer, default: 3, description: Seconds that are kept of the opening shot}
  skies:   {list: text, default: [rain], description: A variant of the ending is made for each}
budget_usd: 12
steps:
  opens:
    trim: {video: $shot, seconds: $opening}
  dusk:
    takes: 2
    pick: ask
    edit: {video: $opens, prompt: "Repaint it as ${look}"}
  next:
    reference:
      video: $dusk
      prompt: Based on @Video1, generate the next shot.
      duration: $length
  ending:
    for_each: {sky: $skies}
    edit: {video: $next, prompt: "Repaint it in ${sky}"}
  film:
    concat: {clips: [$opens, $dusk, $ending]}
output: $film
"""


def write_film(folder: Path) -> Path:
    """Write the pipeline file into a folder, beside the clip that it names."""
    folder.mkdir()
    (folder / "harbour.mp4").write_bytes(HARBOUR.read_bytes())
    file = folder / "film.yaml"
    file.write_text(FILM, encoding="utf-8")
    return file
