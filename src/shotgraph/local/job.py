"""One local job, and its key."""

from dataclasses import dataclass

from pydantic import BaseModel

from shotgraph.keys import Key, content_key

RECIPE_VERSION = 1
"""Raised when a recipe changes what it makes. ffmpeg's version is not in the key: a clip made
anew with other bytes would be another input to every paid step after it."""


@dataclass(frozen=True)
class LocalJob:
    """A job; every medium in its arguments is an asset."""

    step: str
    kind: str
    arguments: BaseModel

    @property
    def recipe(self) -> str:
        """The recipe's name and version."""
        return f"local/{self.kind}@{RECIPE_VERSION}"

    @property
    def key(self) -> Key:
        """Its content key."""
        return content_key(self.recipe, self.arguments)
