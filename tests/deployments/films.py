"""Pipeline files for the tests of deployments."""

from pathlib import Path

EVERY_TYPE = """\
name: every-type
description: One parameter of each type.
params:
  shot:   {type: video, default: shot.mp4, description: The opening shot.}
  still:  {type: image, description: A picture}
  music:  {type: audio, default: shot.mp4}
  look:   {type: text, default: charcoal, description: What it is painted as}
  length: {type: choice, choices: ["5", "10"], default: 5}
  speed:  {type: number, default: 2.5}
  rounds: {type: integer, default: 3}
  sound:  {type: boolean, default: true}
  scenes: {list: text, default: [one, two]}
  shots:  {list: video, default: [shot.mp4]}
budget_usd: 5
steps:
  film:
    edit:
      video: $shot
      images: [$still]
      prompt: "${look} ${speed} ${rounds} ${sound} ${length}"
output: $film
"""

QUICK = """\
name: {name}
params:
  shot: {{type: video, default: shot.mp4, description: The shot}}
  words: {{type: text, default: at dusk, description: What is painted}}
budget_usd: 5
steps:
  film:
    edit: {{video: $shot, prompt: "Paint it ${{words}}"}}
output: $film
"""


def write_film(folder: Path, text: str, shot: Path, name: str = "film.yaml") -> Path:
    """Write a pipeline file into a folder, beside the shot that it names."""
    folder.mkdir(exist_ok=True, parents=True)
    if not (folder / "shot.mp4").exists():
        (folder / "shot.mp4").write_bytes(shot.read_bytes())
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file
