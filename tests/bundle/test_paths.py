"""No path of a bundle leads out of its folder, whatever it is."""

from pathlib import Path, PurePosixPath

from hypothesis import example, given
from hypothesis import strategies as st

from shotgraph.bundle.record import is_safe_path

PARTS = st.one_of(
    st.sampled_from(["..", ".", "", "~", "a", "ü", "-", "...", "CON", "a b", "\0", "\\", "..\\"]),
    st.text(max_size=8),
)
PATHS = st.one_of(st.text(max_size=40), st.lists(PARTS, min_size=1, max_size=6).map("/".join))


@given(path=PATHS)
@example(path="..")
@example(path="a/../../b")
@example(path="/etc/passwd")
@example(path="a\0b")
def test_a_path_that_is_let_through_stays_inside(path: str) -> None:
    if not is_safe_path(path):
        return
    folder = Path("/nowhere/film")
    place = folder / path
    assert place != folder
    assert place.resolve() == place
    assert place.is_relative_to(folder)
    assert "/".join(PurePosixPath(path).parts) == path


@given(
    parts=st.lists(
        st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9 ._-]{0,20}", fullmatch=True), min_size=1, max_size=8
    )
)
def test_plain_paths_are_let_through(parts: list[str]) -> None:
    assert is_safe_path("/".join(parts))
