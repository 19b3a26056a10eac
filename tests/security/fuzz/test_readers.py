"""Each reader of what others write gets it damaged at random: typed errors, and nothing else."""

import hashlib
from collections import Counter
from pathlib import Path

import httpx
import pytest
from PIL import Image

from shotgraph.bundle.record import read_bundle
from shotgraph.flows.schedules import triggers_of
from shotgraph.graph import check
from shotgraph.inputs.known_media import noted_asset
from shotgraph.media.child import Child
from shotgraph.media.info import MediaInfo
from shotgraph.rehearsal.server import RehearsalServer
from shotgraph.spec.load import read_draft, read_pipeline
from tests.figures import Count
from tests.media.coded_clips import write_clip
from tests.media.many_packets import write_many_packets
from tests.outside.any_reply import try_replies

from .rounds import SECONDS, SEED, fuzz

KIND = 30
CORPUS = Path(__file__).with_name("corpus")
pytestmark = pytest.mark.timeout(1800 + 2 * SECONDS)


def test_pipeline_files(tmp_path: Path, count: Count) -> None:
    def read(data: bytes) -> None:
        draft = read_draft(data.decode("utf-8", "replace"), folder=tmp_path)
        check(draft, {}, placeholders=True)

    tried = fuzz([path.read_bytes() for path in sorted(CORPUS.glob("*.yaml"))], read)
    count(files=tried.inputs, files_refused=tried.refused, longest=tried.longest_s)


def test_records(count: Count) -> None:
    def read(data: bytes) -> None:
        noted_asset(data)
        read_bundle(f"bundle:{hashlib.sha256(data).hexdigest()}", data)

    tried = fuzz([path.read_bytes() for path in sorted(CORPUS.glob("*.json"))], read)
    count(records=tried.inputs, records_refused=tried.refused, longest=tried.longest_s)


def test_media(tmp_path: Path, count: Count) -> None:
    Image.new("RGB", (16, 9)).save(tmp_path / "a.png")
    write_clip(tmp_path / "b.mp4", clip=1, frames=12, rate=24)
    write_many_packets(tmp_path / "c.mkv", 50)
    corpus = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    child, damaged = Child(), tmp_path / "damaged"

    def read(data: bytes) -> None:
        damaged.write_bytes(data)
        answer = child.ask(damaged)
        assert "info" not in answer or MediaInfo.model_validate(answer["info"])
        assert "can't be read: " not in answer.get("error", ""), answer

    tried = fuzz(corpus, read)
    child.end()
    count(media=tried.inputs, longest=tried.longest_s)


def test_event_templates(count: Count) -> None:
    pipeline = read_pipeline((CORPUS / "film.yaml").read_text())

    def read(data: bytes) -> None:
        template = {"look": data.decode("utf-8", "replace")}
        triggers_of(pipeline, "dusk", {"asset.made": template}, {"length": "5"})

    tried = fuzz([path.read_bytes() for path in sorted(CORPUS.glob("*.txt"))], read)
    count(templates=tried.inputs, templates_refused=tried.refused, longest=tried.longest_s)


def test_requests_to_the_rehearsal(count: Count) -> None:
    server = RehearsalServer().start()
    urls = [
        f"{server.bases.queue_url}/fal-ai/kling-video/o1/standard/video-to-video/reference",
        f"{server.bases.rest_url}/storage/upload/initiate",
    ]
    codes: Counter[int] = Counter()
    try:
        with httpx.Client(headers={"Authorization": f"Key {server.key}"}, timeout=300) as client:

            def read(data: bytes) -> None:
                for url in urls:
                    reply = client.post(
                        url, content=data, headers={"Content-Type": "application/json"}
                    )
                    codes[reply.status_code] += 1
                    assert reply.status_code < 500, (url, reply.text[:500])

            corpus = [path.read_bytes() for path in sorted(CORPUS.glob("*.request"))]
            tried = fuzz(corpus, read)
    finally:
        server.stop()
    count(requests=codes.total(), refused_requests=codes.total() - codes[200])
    assert tried.inputs


async def test_replies(count: Count) -> None:
    print(f"seed {SEED}: SHOTGRAPH_FUZZ_SEED={SEED} tries the same again")
    figures = await try_replies(seed=SEED, seconds=SECONDS)
    count(replies=figures.replies, jobs=figures.examples)
    assert not figures.wrong, figures.told
