"""Pipeline files that are small, and would be large or costly once they are read."""

import time

from shotgraph.spec import InvalidPipeline, read_pipeline
from tests.figures import Count
from tests.spec.test_hostile_files import HOSTILE

from .memory import grown_mib

KIND = 17
TRIES = 9
"""The quickest counts: the rest is what else this machine does."""


def test_hostile_yaml_is_refused_for_little(count: Count) -> None:
    accepted: list[str] = []
    longest_s = 0.0
    with grown_mib() as grown:
        for name, (text, _) in HOSTILE.items():
            taken = [_refused_in(text) for _ in range(TRIES)]
            known = [one for one in taken if one is not None]
            accepted += [] if len(known) == TRIES else [name]
            longest_s = max(longest_s, min(known, default=0.0))
        count(
            files=len(HOSTILE),
            accepted=len(accepted),
            longest_ms=round(1000 * longest_s),
            most_MiB=round(grown()),
        )
    assert accepted == []


def _refused_in(text: str) -> float | None:
    """Seconds of this processor, without those of others; None if it was not refused."""
    began = time.process_time()
    try:
        read_pipeline(text, file="film.yaml")
    except InvalidPipeline:
        return time.process_time() - began
    return None


def test_a_ratio_stays_text(count: Count) -> None:
    """What older YAML reads as 969 goes to the model as it was written."""
    found = read_pipeline(
        "name: a\nparams: {r: {type: text, default: 16:9}}\n"
        "steps: {f: {reference_to_video: {prompt: x, aspect_ratio: 9:16}}}\noutput: $f\n"
    )
    count(ratios=2)
    assert found.params["r"].default == "16:9"
    assert found.steps["f"].body["aspect_ratio"] == "9:16"
