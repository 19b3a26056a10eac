"""A store is a folder or a bucket, by its name."""

from pathlib import Path

import pytest
from obstore.store import AzureStore, GCSStore, LocalStore, S3Store

from shotgraph.errors import InvalidInput
from shotgraph.store import open_store
from shotgraph.store.store import default_location, open_location


def test_a_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b c" / "s3:"
    store = open_store(str(folder))
    assert folder.is_dir()
    assert store.folder == folder
    assert store.location == str(folder)


def test_a_folder_may_be_relative_or_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert open_store("clips").folder == tmp_path / "clips"
    assert open_store("~/clips").folder == tmp_path / "home" / "clips"


def test_the_default_is_a_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert default_location() == "/somewhere/shotgraph/store"


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("s3://bucket/films", S3Store),
        ("gs://bucket/films", GCSStore),
        ("az://account/container", AzureStore),
    ],
)
def test_a_bucket_is_opened_by_its_scheme(
    location: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    backend, folder = open_location(location)
    assert isinstance(backend, kind)
    assert not isinstance(backend, LocalStore)
    assert folder is None


@pytest.mark.parametrize("location", ["ftp://host/films", "http://host/x", "file:///x", "S4://b"])
def test_another_scheme_is_refused(location: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        open_store(location)
    assert str(raised.value) == (
        f'the store "{location}" is of an unknown kind; allowed: a folder, s3://…, gs://…, az://…'
    )


@pytest.mark.parametrize("location", ["s3://", "gs:///films", "s3://[", "s3://a b/"])
def test_a_bucket_that_can_not_be_one_is_refused_in_one_line(location: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        open_store(location)
    message = str(raised.value)
    assert message.startswith(f'the store "{location}" can\'t be opened: ')
    assert message.endswith("name another with SHOTGRAPH_STORE")
    assert "\n" not in message


def test_a_folder_that_can_not_be_made_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InvalidInput, match=r"can't be made: .*; name another with SHOTGRAPH_STORE"):
        open_store(str(file / "store"))
    with pytest.raises(InvalidInput, match="File exists"):
        open_store(str(file))
