"""Prefect blocks: fal's key, the store, a certificate, a job for Kling."""

from shotgraph.blocks.fal_credentials import FalCredentials
from shotgraph.blocks.film_certificate import FilmCertificate
from shotgraph.blocks.kling_job import KlingJob, KlingJobRun
from shotgraph.blocks.media_store import MediaStore

__all__ = ["FalCredentials", "FilmCertificate", "KlingJob", "KlingJobRun", "MediaStore"]
