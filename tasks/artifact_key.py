"""What an artifact may be called: Prefect takes small letters, digits and dashes."""

import re

_LONGEST = 120


def artifact_key(*words: str) -> str:
    """Make a key out of names, such as ``progress-harbour-at-dusk-looks-2``."""
    text = "-".join(words).lower()
    plain = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    return plain[:_LONGEST].rstrip("-") or "film"
