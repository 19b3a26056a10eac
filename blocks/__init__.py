"""Prefect blocks: the key for fal, and where clips and records live."""

from shotgraph.blocks.fal_credentials import FalCredentials
from shotgraph.blocks.media_store import MediaStore

__all__ = ["FalCredentials", "MediaStore"]
