"""Joining four clips of 5 s at 720p: by cuts (the picture is copied), and by dissolves."""

import asyncio
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path

from benchmarks.timing import beside, median_s
from shotgraph.media.smart.join import concat
from shotgraph.media.transition import Transition

_CLIP = Path(__file__).parents[1] / "examples" / "clips" / "harbour.mp4"


def figures() -> list[str]:
    """Time both ways, with the demo's own clip."""
    with tempfile.TemporaryDirectory() as folder:
        clips = [Path(folder) / f"{number}.mp4" for number in range(4)]
        for clip in clips:
            shutil.copyfile(_CLIP, clip)
        film = Path(folder) / "film.mp4"
        dissolve = Transition(kind="dissolve", seconds=Fraction(1, 2))
        cut = median_s(lambda: asyncio.run(concat(clips, film)), runs=3)
        dissolved = median_s(lambda: asyncio.run(concat(clips, film, transition=dissolve)), runs=3)
        return [beside("cuts", cut, "dissolves", dissolved)]
