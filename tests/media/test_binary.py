import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import shotgraph
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


def filters_in(source: str) -> Iterator[str]:
    """The names in calls such as ``stream.filter("scale", …)`` and ``ffmpeg.filter(…, "amix")``."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("filter", "filter_multi_output")
        ):
            texts = (arg.value for arg in node.args if isinstance(arg, ast.Constant))
            yield from (text for text in [next(texts, None)] if isinstance(text, str))


def test_every_filter_that_is_used_is_looked_for(script: Script) -> None:
    files = Path(shotgraph.__file__).parent.rglob("*.py")
    used = {name for file in files for name in filters_in(file.read_text(encoding="utf-8"))}
    assert {"scale", "amix", "zscale", "lut3d", "sidechaincompress"} <= used

    patterns = " ".join(f"-e ' {name} '" for name in sorted(used))
    script(f'"$REAL" "$@" | grep -v {patterns}')

    with pytest.raises(MediaError) as caught:
        find_ffmpeg()
    missing = set(caught.value.message.partition("without ")[2].split(", "))
    assert used <= missing


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
