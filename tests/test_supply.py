"""What goes into the images and the lock: known by hash, looked up, and said where it is not."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
IMAGE = re.compile(r"^\s*(?:image:|FROM)\s+(\S+)", re.MULTILINE)
OWN = ("shotgraph:local",)


@pytest.fixture(scope="module")
def audit() -> Any:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def looked_up(name: str, *flaws: str) -> dict[str, Any]:
    found = [{"id": flaw, "fix_versions": ["9.9"]} for flaw in flaws]
    return {"name": name, "version": "1.0", "vulns": found}


SKIPPED = {"name": "b", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([looked_up("a"), looked_up("b")], 0, "2 packages were looked up at h, and 0 flaws"),
        ([looked_up("a", "CVE-1"), SKIPPED], 1, "a 1.0: CVE-1, mended in 9.9"),
        ([looked_up("a"), SKIPPED], 2, "not looked up: b"),
        ([SKIPPED, SKIPPED], 2, "could not be asked (Dependency not found on PyPI), so nothing"),
        ([], 2, "could not be asked (no package was looked up)"),
    ],
)
def test_an_audit_that_knows_nothing_is_no_success(
    audit: Any, packages: list[dict[str, Any]], code: int, said: str
) -> None:
    found, words = audit.verdict({"dependencies": packages}, "h")
    assert (found, said in words) == (code, True), words


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml"])
def test_each_image_of_others_can_be_given_by_its_digest(file: str) -> None:
    text = (ROOT / "deployments" / file).read_text(encoding="utf-8")
    images = [image for image in IMAGE.findall(text) if image not in OWN]
    assert images
    example = (ROOT / "deployments" / "env.example").read_text(encoding="utf-8")
    for image in images:
        name = re.match(r"\$\{(\w+_IMAGE)", image)
        assert name is not None, f"{image} has a tag alone, which others can move"
        assert f"#{name[1]}=" in example
