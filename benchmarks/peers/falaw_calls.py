"""falaw's cached calls, in threads; the clip is uploaded once, and its URL kept by its hash."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import fal_client
import work

os.environ["FALAW_DATA_DIR"] = os.environ["XDG_DATA_HOME"] = str(work.CACHE)
os.environ["HOME"] = str(work.CACHE)

from falaw import cached_call_fal

NOTE = work.CACHE / hashlib.sha256(work.CLIP.read_bytes()).hexdigest()
if not NOTE.exists():
    NOTE.parent.mkdir(parents=True, exist_ok=True)
    NOTE.write_text(fal_client.SyncClient().upload_file(work.CLIP))
URL = NOTE.read_text()


def shot(number: int) -> None:
    """Run the two jobs of a shot."""
    first = cached_call_fal(*work.reference(URL, number))
    cached_call_fal(*work.edit(first["video"]["url"], number))


with ThreadPoolExecutor(work.SHOTS) as pool:
    list(pool.map(shot, range(work.SHOTS)))
