"""What takes the place of a file, or of a folder before it, after it was checked is not read."""

import shutil
from pathlib import Path

import pytest

from shotgraph.errors import Retryable, Terminal
from shotgraph.store import open_store
from shotgraph.store.disk import opened
from tests.store.swaps import Swap, a_link_for_the_file, a_link_for_the_folder, a_pipe, swapped_in


def test_a_plain_file_is_read_though_its_folders_can_not_be_listed(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "c").write_bytes(b"hello")
    folder.parent.chmod(0o300)
    try:
        with opened(folder / "c") as file:
            assert file.read() == b"hello"
    finally:
        folder.parent.chmod(0o700)
    with pytest.raises(FileNotFoundError), opened(folder / "d"):
        pass


@pytest.mark.parametrize("swap", [a_link_for_the_file, a_link_for_the_folder, a_pipe])
async def test_what_is_there_since_it_was_looked_at_is_not_taken_in(
    swap: Swap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Terminal, match="it has changed since the film was checked"):
        await swapped_in(swap, tmp_path, monkeypatch)
    assert list((tmp_path / "store").rglob("objects/*/*")) == []


async def test_a_swap_while_it_is_copied_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash is that of the file that was opened; what is copied has to have it."""
    clip, secret = tmp_path / "clip.mp4", tmp_path / "secret"
    clip.write_bytes(b"theirs")
    secret.write_bytes(b"secret")
    copy = shutil.copyfile

    def swapped(source: Path, target: Path) -> object:
        a_link_for_the_file(clip, secret)
        return copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", swapped)
    store = open_store(str(tmp_path / "store"))
    with pytest.raises(Retryable, match="changed while it was read"):
        await store.assets.add(clip, "video", is_checked=True)
    assert list((tmp_path / "store").rglob("objects/*/*")) == []
