"""What went wrong with a local job, said by its step and by the fields of the file.

The media layer speaks of files, and in a store those are named by their bytes.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.local.job import LocalJob
from shotgraph.model.fields import media_in
from shotgraph.model.references import Asset
from shotgraph.spec.document import dotted


async def placed(
    error: MediaError, job: LocalJob, file_of: Callable[[Asset], Awaitable[Path]]
) -> MediaError:
    """Name the step, and each of its media by where it stands in the file: ``clips[1]``."""
    said = error.message
    for path, _, ref in media_in(job.arguments):
        if isinstance(ref, Asset) and ref.sha256 in said:
            file = await file_of(ref)
            said = said.replace(str(file), dotted(path)).replace(file.name, dotted(path))
    return MediaError(f"{job.step}: {said}")
