import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.binary import VARIABLE, find_ffmpeg

Script = Callable[[str], Path]
OLD = "echo 'ffmpeg version 4.4.2'; echo 'libavfilter 7.110.100 / 7.110.100'"


def test_the_one_that_is_named_is_taken(script: Script) -> None:
    named = script('exec "$REAL" "$@"')

    found = find_ffmpeg()

    assert found.path == named
    assert found.version


def test_the_one_that_is_named_is_never_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere/ffmpeg")

    with pytest.raises(MediaError, match=r"SHOTGRAPH_FFMPEG.*/nowhere/ffmpeg"):
        find_ffmpeg()


def test_one_that_is_too_old_is_refused(script: Script) -> None:
    script(OLD)

    with pytest.raises(MediaError, match=r"4\.4\.2.*5\.1"):
        find_ffmpeg()


def test_one_without_a_filter_is_refused(script: Script) -> None:
    script('"$REAL" "$@" | grep -v -e " xfade " -e " libx264 "')

    with pytest.raises(MediaError, match="without libx264, xfade"):
        find_ffmpeg()


def test_something_else_is_refused(script: Script) -> None:
    script("echo hello")

    with pytest.raises(MediaError, match="does not answer as ffmpeg does"):
        find_ffmpeg()


def test_the_systems_is_taken_if_it_will_do_else_the_wheels(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_the_path = script('exec "$REAL" "$@"')
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    assert find_ffmpeg().path == on_the_path

    (tmp_path / "old").mkdir()
    on_the_path.rename(tmp_path / "old" / "ffmpeg").write_text(f"#!/bin/sh\n{OLD}\n")
    monkeypatch.setenv("PATH", os.fspath(tmp_path / "old"))
    assert "imageio_ffmpeg" in find_ffmpeg().path.parts
