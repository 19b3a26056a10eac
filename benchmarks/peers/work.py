"""The work of every peer: shots from one clip, each continued and repainted.

Each script here runs in an environment of its own, as ``python SCRIPT CLIP SHOTS CACHE``, and
prints nothing. Of fal-client, only the constants for fal's hosts are changed.
"""

import os
import sys
from pathlib import Path

import fal_client.client

REFERENCE = "fal-ai/kling-video/o1/standard/video-to-video/reference"
EDIT = "fal-ai/kling-video/o1/standard/video-to-video/edit"

fal_client.client.RUN_URL_FORMAT = os.environ["SHOTGRAPH_FAL_RUN_URL"] + "/"
fal_client.client.QUEUE_URL_FORMAT = os.environ["SHOTGRAPH_FAL_QUEUE_URL"] + "/"
fal_client.client.REST_URL = os.environ["SHOTGRAPH_FAL_REST_URL"]
fal_client.client.CDN_URL = os.environ["SHOTGRAPH_FAL_CDN_URL"]

CLIP, SHOTS, CACHE = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])


def reference(url: str, number: int) -> tuple[str, dict[str, str]]:
    """Return the first job of a shot: its endpoint and its arguments."""
    return REFERENCE, {"video_url": url, "prompt": f"Next of @Video1, shot {number}"}


def edit(url: str, number: int) -> tuple[str, dict[str, str]]:
    """Return the second job of a shot: its endpoint and its arguments."""
    return EDIT, {"video_url": url, "prompt": f"Repaint {number}"}
