"""What of a job's media is known without fetching anything: all that a plan needs."""

import hashlib
from pathlib import Path

from shotgraph.model.references import Asset, LocalFile, MediaKind, MediaRef, RemoteUrl
from shotgraph.store import Store, sha256_of_file


def known_now(ref: MediaRef, kind: MediaKind | None, store: Store) -> MediaRef:
    """Find the asset of a file or URL without fetching or keeping anything.

    Args:
        ref: The reference.
        kind: What is wanted; None for any kind: then a file is looked into.
        store: What has been fetched before.

    Returns:
        The asset; or the reference as it was, where its bytes are not known yet.
    """
    if isinstance(ref, LocalFile):
        return _asset_of(ref.file, kind or _kind_of(ref.file))
    if isinstance(ref, RemoteUrl):
        return noted_asset(store.records.get_now(url_record(ref))) or ref
    return ref


def _asset_of(path: Path, kind: MediaKind) -> Asset:
    return Asset(
        sha256=sha256_of_file(path), kind=kind, size_bytes=path.stat().st_size, content_type=""
    )


def _kind_of(path: Path) -> MediaKind:
    # Loaded where a file must be looked into: a plan of a thousand steps has no use for it.
    from shotgraph.media.probe import read_media

    return read_media(path).kind


def noted_asset(record: bytes | None) -> Asset | None:
    """Read what a URL has; a damaged record counts as none, for it can be fetched again."""
    try:
        return Asset.model_validate_json(record) if record else None
    except ValueError:
        return None


def url_record(ref: RemoteUrl) -> str:
    """Name the record that says which bytes a URL of fal's has."""
    return f"urls/{hashlib.sha256(ref.url.encode()).hexdigest()}.json"
