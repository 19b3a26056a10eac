"""A medium is its asset, and reads what older versions wrote."""

import json
from fractions import Fraction
from typing import Any

from shotgraph.endpoints import KINDS
from shotgraph.keys import canonical_json
from shotgraph.media.probe import Medium
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.references import Asset, media_ref
from shotgraph.money.job import wire_body
from shotgraph.report.manifest import GivenEntry
from tests.endpoints.examples import asset

# As manifests have had it since there are manifests.
WRITTEN: dict[str, Any] = {
    "sha256": f"{1:064x}",
    "kind": "video",
    "content_type": "video/mp4",
    "size_bytes": 1000,
    "width": 1280,
    "height": 720,
    "frames": 120,
    "fps": "24000/1001",
    "duration_s": "1001/200",
}


def test_an_older_manifest_and_a_newer_one_are_read() -> None:
    for entry in (WRITTEN, {**WRITTEN, "loudness": -16}):
        read = GivenEntry.model_validate_json(json.dumps({"name": "a.mp4", "medium": entry}))
        assert read.medium is not None
        assert (read.medium.fps, read.medium.duration_s) == (
            Fraction(24000, 1001),
            Fraction(1001, 200),
        )
        assert json.loads(read.medium.model_dump_json()) == WRITTEN


def test_a_medium_among_arguments_is_its_asset() -> None:
    medium, given = Medium.model_validate(WRITTEN), asset(1, "video")
    model = KINDS["edit"]["standard"].arguments
    one, other = (model(prompt="dusk", video=ref) for ref in (medium, given))
    assert canonical_json(one) == canonical_json(other)
    assert wire_body(one, lambda ref: ref.sha256) == wire_body(other, lambda ref: ref.sha256)
    assert [ref for _, _, ref in media_in(one)] == [medium]
    assert with_media(one, lambda _: given) == other
    assert media_ref(WRITTEN) == Asset(**{name: WRITTEN[name] for name in Asset.model_fields})
