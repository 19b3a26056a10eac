"""A problem behind another one in the same line is shown at its own place in the file's line."""

import pytest

from shotgraph.graph import check
from shotgraph.spec import read_draft

EDIT = "name: film\nsteps:\n  a:\n{}output: $a\n"
LINES = [
    "    edit: {video:a.mp4, prompt:Paint it, keep_audio: maybe}",
    "    edit: {video:a.mp4, prompt: Paint it, keep_audio:maybe}",
    '    edit: {video: a.mp4, prompt:"Paint, it", keep_audio: maybe}',
    "    edit:{video: a.mp4, prompt: Paint it, keep_audio: maybe}",
    "\t\tedit: {video: a.mp4, prompt: Paint it, keep_audio: maybe}",
    '    edit: {video: a.mp4, prompt:"Paint, ${it}", keep_audio: maybe}',
    "\u00a0\u00a0\u00a0 edit: {video: a.mp4, prompt: Paint it, keep_audio: maybe}",
    "    edit {video: a.mp4, prompt: Paint it, keep_audio: maybe}",
    "    edit: {video: a.mp4, prompt 'Paint it', keep_audio: maybe}",
    '    edit: {video: "c\\dusk.mp4", prompt: Paint it, keep_audio: maybe}',
    "    edit: {video： a.mp4，prompt: Paint it, keep_audio: maybe}",
    "    edit: {video: a.mp4,\u3000prompt: Paint it 🎬 船,\u00a0keep_audio: maybe}",
    "\ufeff    edit: {video: a.mp4, prompt: Paint it, keep_audio: maybe}",
]


@pytest.mark.parametrize("line", LINES)
def test_it_is_shown_at_its_own_place(line: str) -> None:
    found = tuple(check(read_draft(EDIT.format(f"{line}\n"))).problems)
    (at,) = {one.location for one in found if '"maybe" is given' in one.what}
    assert at.line == 4
    assert line[at.column - 1 : at.column - 1 + at.width] == "maybe"
    (slip, *_) = [one for one in found if one.location != at]
    assert slip.location.line == 4, slip


def test_a_list_of_lines() -> None:
    text = "name: film\nsteps:\n  a:\n    concat:\n      clips:\n        -\u00a0{}\n        - {}\n"
    document = read_draft(text.format("[a, b]", "[c]")).problems
    assert [(one.location.line, one.location.column) for one in document][:1] == [(6, 10)]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_mark_at_the_beginning_moves_nothing(mark: str) -> None:
    (one, *_) = read_draft(f"{mark}nam: film\nsteps: []\n").problems
    assert (one.location.line, one.location.column, one.location.width) == (1, 1, 3)
