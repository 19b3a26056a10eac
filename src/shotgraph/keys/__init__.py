"""The content key of a job: what it is, whatever it is called and wherever its inputs lie."""

from shotgraph.keys.canonical import canonical_json
from shotgraph.keys.content_key import Key, content_key, text_key

__all__ = ["Key", "canonical_json", "content_key", "text_key"]
