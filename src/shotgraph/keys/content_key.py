"""The key under which a job is bought once and its result kept."""

import hashlib
from collections.abc import Sequence
from typing import NewType

from pydantic import BaseModel

from shotgraph.keys.canonical import canonical_json

Key = NewType("Key", str)
"""64 hexadecimal digits."""


def content_key(recipe: str, arguments: BaseModel, *, take: int = 1, backend: str = "") -> Key:
    """Make the key of a job.

    Args:
        recipe: The endpoint's full id, or the name and version of a local step.
        arguments: With every medium an asset; URLs and paths never enter a key.
        take: Which generation of the same job, from 1.
        backend: Who draws it: a rehearsal's clips can never pass for paid ones. Empty for local
            steps: what they make depends on their inputs alone.
    """
    job = {"recipe": recipe, "arguments": arguments, "take": take, "backend": backend}
    text = canonical_json(["shotgraph job 1", job])
    return Key(hashlib.sha256(text.encode()).hexdigest())


def text_key(what: str, texts: Sequence[str]) -> Key:
    """Make a key of some texts.

    Args:
        what: What it is a key of, and the version of that.
        texts: In order.
    """
    return Key(hashlib.sha256(canonical_json([what, *texts]).encode()).hexdigest())
