"""Sound before the first picture of a clip is cut, and this is said before and after."""

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.making.foreseen import foreseen
from shotgraph.making.resolve_media import look_at_media
from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.probe import probe
from shotgraph.media.smart.join import concat
from shotgraph.media.treatment import Treatment, sound_before, sound_behind
from shotgraph.model.references import LocalFile
from shotgraph.spec import ConcatArguments
from tests.graph.films import graph_of
from tests.media.coded_clips import Sound, write_clip

_SAID = "0.5 s of its sound come before its first picture, and are cut away"


def _late(folder: Path) -> Path:
    clip = write_clip(folder / "clip.mp4", clip=1, frames=30, sound=Sound())
    # Matroska has no edit lists: what is not shown yet is not there.
    words = ["-itsoffset", "0.5", "-i", clip, "-i", clip, "-map", "0:v", "-map", "1:a"]
    late = folder / "late.mkv"
    argv = [find_ffmpeg().path, "-v", "error", "-nostdin", *words, "-c", "copy", late]
    subprocess.run([str(word) for word in argv], check=True, timeout=600)
    return late


async def test_sound_before_the_first_picture_is_said_to_be_cut(tmp_path: Path) -> None:
    late = _late(tmp_path)
    info, plain = await probe(late), await probe(tmp_path / "clip.mp4")
    assert (sound_before(info), sound_before(plain)) == ([_SAID], [])

    graph = graph_of("film: {concat: {clips: [clip.mp4, late.mkv]}}", tmp_path)
    (warning,) = (await look_at_media(graph)).warnings
    assert (warning.where, warning.what) == ("steps.film.concat.clips[1]", f"late.mkv: {_SAID}")
    arguments = graph.nodes["film"].arguments
    assert isinstance(arguments, ConcatArguments)
    assert f"clip 2: {_SAID}" in foreseen(arguments, [plain, info])

    said: list[Treatment] = []
    film = await concat([tmp_path / "clip.mp4", late], tmp_path / "film.mp4", note=said.append)
    assert film.frames == 60
    assert [one.changes for one in said[0].clips] == [(), (_SAID,)]


async def test_sound_behind_the_last_picture_is_said_to_be_cut(tmp_path: Path) -> None:
    long = write_clip(tmp_path / "long.mp4", clip=1, frames=30, sound=Sound(seconds=Fraction(2)))
    plain = write_clip(tmp_path / "plain.mp4", clip=2, frames=30, sound=Sound())
    (said,) = sound_behind(await probe(long))
    assert said.endswith("s of its sound come after its last picture, and are cut away")
    assert float(said.split()[0]) == pytest.approx(1, abs=0.05)
    assert sound_behind(await probe(plain)) == []

    info = await probe(long)
    assert f"clip 1: {said}" in foreseen(ConcatArguments(clips=[LocalFile(file=long)]), [info])
