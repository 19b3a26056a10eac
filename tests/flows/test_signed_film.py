"""A film that Prefect runs and a block signs: the key stays in the block."""

import shutil
from pathlib import Path

import pytest
from prefect.blocks.core import Block

from shotgraph.blocks import FilmCertificate
from shotgraph.report.examined import examine
from shotgraph.store.assets import read_sha256
from tests.flows.pipelines import film_of, run
from tests.rehearsal.client import Client
from tests.report.certificates import issued
from tests.through_prefect import PrefectServer

pytest.importorskip("c2pa", reason="the extra c2pa is not installed")


@pytest.mark.slow
async def test_a_film_is_signed_with_the_block(
    prefect_server: PrefectServer,
    at_fal: Client,
    fal_env: dict[str, str],
    shot: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    signer, other = issued(), issued()
    wrong = FilmCertificate(chain=signer.certificate.chain, private_key=other.key)
    block = FilmCertificate(chain=signer.certificate.chain, private_key=signer.key)
    text = film_of("signed", last="trim: {video: $slow, seconds: 1}")
    try:
        await wrong.asave("default", overwrite=True)
        with pytest.raises(Exception, match="the certificate can't"):
            await run(text, shot, tmp_path / "films")
        assert (await at_fal.book())["counts"].get("submits", 0) == 0

        await block.asave("default", overwrite=True)
        report = await run(text, shot, tmp_path / "films")
        again = await run(text, shot, tmp_path / "films")
    finally:
        await Block.adelete("film-certificate/default")
    film = Path(report["output"]["path"])
    assert report["output"]["sha256"] == again["output"]["sha256"] == read_sha256(film)
    store = Path(fal_env["SHOTGRAPH_STORE"])
    secrets = [line.encode() for one in (signer, other) for line in one.key.splitlines()[1:-1]]
    kept = [
        path.read_bytes() for path in (*store.rglob("*"), *tmp_path.rglob("*")) if path.is_file()
    ]
    kept += [prefect_server.database.read_bytes(), caplog.text.encode()]
    assert not [secret for secret in secrets for data in kept if secret in data]

    shutil.rmtree(store)
    examined = examine(film, signer.root)
    assert (examined.changed, examined.signature.state) == ([], "valid")
    assert examined.manifest is not None
    assert examined.manifest.run_id == report["run_id"]
