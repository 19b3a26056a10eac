"""Hamilton with its cache: two functions for each shot, in one graph."""

import asyncio
import hashlib
from types import ModuleType
from typing import Any

import fal_client
import work
from hamilton import ad_hoc_utils, driver
from hamilton.execution import executors
from hamilton.function_modifiers import parameterize, source, value

_ = asyncio, Any
NUMBERS = range(work.SHOTS)


def url(sha256: str) -> str:
    """Upload the clip; cached by its hash, so that it is uploaded once."""
    return str(fal_client.SyncClient().upload_file(work.CLIP))


@parameterize(**{f"first_{n}": {"video": source("url"), "number": value(n)} for n in NUMBERS})
def first(video: str, number: int) -> str:
    """Let fal continue the clip."""
    result: Any = fal_client.SyncClient().subscribe(*work.reference(video, number))
    return str(result["video"]["url"])


@parameterize(
    **{f"second_{n}": {"video": source(f"first_{n}"), "number": value(n)} for n in NUMBERS}
)
def second(video: str, number: int) -> str:
    """Let fal repaint the result."""
    result: Any = fal_client.SyncClient().subscribe(*work.edit(video, number))
    return str(result["video"]["url"])


module: ModuleType = ad_hoc_utils.create_temporary_module(url, first, second, module_name="film")
built = (
    driver.Builder()
    .with_modules(module)
    .enable_dynamic_execution(allow_experimental_mode=True)
    .with_adapters()
    .with_local_executor(executors.MultiThreadingExecutor(max_tasks=work.SHOTS))
    .with_cache(path=work.CACHE)
    .build()
)
built.execute(
    [f"second_{n}" for n in NUMBERS],
    inputs={"sha256": hashlib.sha256(work.CLIP.read_bytes()).hexdigest()},
)
