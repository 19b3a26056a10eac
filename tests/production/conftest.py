"""One production for all these tests: it takes a quarter of a minute to start."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from shotgraph.rehearsal import Options, RehearsalServer
from tests.cli.command import plain_env
from tests.free_port import free_port

from .films import write_clips
from .gate import Gate
from .site import Desk, Site, open_desk

AT_ONCE = 512


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    with opened_site("postgres") as site:
        yield site


@contextmanager
def opened_site(database: str, runs_at_once: int = 1, restart_after_s: int = 15) -> Iterator[Site]:
    """Start all of it, on a database of its own."""
    # The S3 server takes seconds to import, and the quick suite reads this file, too.
    from .counted_s3 import open_counted_s3

    # Not one of pytest's own folders: those are closed to the user that PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="shotgraph-production-"))
    folder.chmod(0o755)
    at_fal = Options(queue_s=0, run_s=0.5, at_once=AT_ONCE, quick=True)
    with (
        RehearsalServer(at_fal) as fal,
        open_counted_s3(folder / "s3.log") as s3,
        Gate(s3.env["AWS_ENDPOINT_URL"]) as gate,
    ):
        bases = {f"SHOTGRAPH_FAL_{name.upper()}": url for name, url in fal.bases.as_dict().items()}
        env = {
            **plain_env(folder / "home"),
            **bases,
            **s3.env,
            "AWS_ENDPOINT_URL": gate.url,
            "FAL_KEY": fal.key,
            "SHOTGRAPH_STORE": "s3://films/production",
        }
        ports = (free_port(), free_port())
        site = Site(env, folder / "stack", *ports, fal, s3, gate, database, runs_at_once)
        site = replace(site, restart_after_s=restart_after_s)
        site.folder.mkdir()
        try:
            site.start()
            site.deploy()
            site.automate()
            yield site
        finally:
            if os.environ.get("SHOTGRAPH_KEEP_PRODUCTION"):
                print(f"\nkept: {folder}")
            site.stop()
            if not os.environ.get("SHOTGRAPH_KEEP_PRODUCTION"):
                shutil.rmtree(folder)


@pytest.fixture
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with open_desk(site) as desk:
        yield desk


@pytest.fixture(scope="package")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return write_clips(tmp_path_factory.mktemp("clips"))
