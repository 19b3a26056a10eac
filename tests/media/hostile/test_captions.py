"""Text that we draw is only text: no filter, no file, no work without end."""

from pathlib import Path

import pytest
from PIL import Image

from shotgraph.rehearsal.draw.filming import write_label
from shotgraph.rehearsal.draw.scene import Frame, Scene
from tests.media.hostile.bench import Secrets

PROMPTS = {
    "a filter's option": "x':textfile={secret}:text='",
    "an expansion": "%{{pts}} %{{eif\\:n\\:d}} $HOME `id`",
    "a filter": "[v];movie={secret}[w];[v][w]overlay",
    "control characters": "a\nb\0c\x1b[31m\u202e\udcff",
    "one word of a megabyte": "x" * 1_000_000,
    "a megabyte of words": "a word " * 150_000,
    "nothing": "",
}


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_a_prompt_on_a_slate(prompt: str, tmp_path: Path) -> None:
    secret, label = tmp_path / "secret", tmp_path / "label.png"
    secret.write_text("a secret\n")
    scene = Scene(
        kind="edit",
        take="1",
        prompt=prompt.format(secret=secret),
        duration_s=5,
        aspect_ratio="auto",
        keep_audio=False,
        video=None,
        start_image=None,
        end_image=None,
        pictures=(),
    )
    with Secrets([secret]) as secrets:
        write_label(scene, Frame(1280, 720), label)
        assert secrets.reads() == 0

    with Image.open(label) as picture:
        assert picture.size == (660, 88)


def test_no_filter_draws_text() -> None:
    """Its escaping has no end; what is drawn is drawn by Pillow."""
    source = Path(__file__).parents[3] / "src/shotgraph"
    for file in source.rglob("*.py"):
        if "spec" in file.parts:  # it makes no filters, and knows the words of other programs
            continue
        text = file.read_text()
        assert not any(word in text for word in ('"drawtext"', '"movie"', '"subtitles"')), file
