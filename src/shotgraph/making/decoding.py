"""Decode a stretch of a clip once for each content, in a child process, and keep the results.

One decoding gives both the damaged parts and the measures. It has its own child processes, because
it takes long, and probing must not wait for it. They have a low priority, and a caller that waits
for one holds no thread: a run with a hundred clips to decode sends and follows jobs meanwhile.
"""

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import Any

from shotgraph.errors import MediaError
from shotgraph.media.child import DECODING, Child
from shotgraph.media.concurrency import LoopSemaphore, processors
from shotgraph.media.findings import CHUNK_S, Findings
from shotgraph.media.quality.measures import Measures
from shotgraph.model.references import Sha256
from shotgraph.store.records import RecordStore

_RECIPE = 2
_MEASURES_VERSION = 1
"""Increased when the same clip gives other measures than before."""

MOST_AT_ONCE = 8
"""Each child takes a processor, and for a clip of 3840 x 2160 about 300 MB."""
AT_ONCE = max(1, min(MOST_AT_ONCE, processors()))
_places = LoopSemaphore(AT_ONCE)
# The child that came back last is used first: if one is enough, no other is started.
_children: "LifoQueue[Child]" = LifoQueue()


def _fill() -> None:
    """Fill the queue with children; after a fork, the new process gets its own."""
    global _children  # noqa: PLW0603  after a fork, the old lock may stay locked
    _children = LifoQueue()
    for _ in range(AT_ONCE):
        _children.put(Child(DECODING))


_fill()
os.register_at_fork(after_in_child=_fill)

LOOK_S = 1.0


async def nothing_decodes() -> None:
    """Wait until this process decodes no clip; ffmpeg's work on clips waits for that."""
    while not _places.is_idle:  # noqa: ASYNC110  an event belongs to one loop, and there are several
        await asyncio.sleep(LOOK_S)


# Steps that begin together may need the same clip: the first has it decoded, the others read the
# record. Different clips that share a turn wait for each other too; children are few anyway.
_turns = [LoopSemaphore(1) for _ in range(16)]


@dataclass(frozen=True)
class ClipStretch:
    """`CHUNK_S` seconds of a clip.

    Attributes:
        sha256: The clip's hash.
        path: The clip on this machine.
        number: The number of the stretch, which begins at `number` times `CHUNK_S` seconds.
        audio_track: The number of the sound track to use, from 1.
    """

    sha256: Sha256
    path: Path
    number: int
    audio_track: int | None = None

    @property
    def findings_name(self) -> str:
        """The name of the record of its damaged parts."""
        track = "" if self.audio_track is None else f"-track-{self.audio_track}"
        return f"decoded/{_RECIPE}/{self.sha256}/{self.number}{track}.json"

    async def findings(self, records: RecordStore, *, measured: bool = False) -> Findings:
        """Find its damaged parts, and changes of format inside it.

        Args:
            records: The store's records, where the result is kept.
            measured: Whether its measures will be needed too: then one decoding gives both.

        Raises:
            MediaError: The file can't be read at all, or takes more than `DECODING` allows.
            Retryable: The store could not be read or written to.
        """
        found = await records.get(self.findings_name)
        if found is None:
            async with self._turn().held():
                found = await records.get(self.findings_name)
                if found is None:
                    measures = measured and self.audio_track is None
                    found = (await self._decoded(records, measures=measures, keeps=True))[0]
        return Findings.of_json(json.loads(found))

    async def measures(self, records: RecordStore, *, keeps: bool = True) -> Measures:
        """Measure its picture, and the sound track that a film takes by default.

        Args:
            records: The store's records, where the measures are kept.
            keeps: Whether to keep new measures.

        Raises:
            MediaError: The file can't be read at all, or takes more than `DECODING` allows.
            Retryable: The store could not be read or written to.
        """
        name = measures_name(self.sha256, self.number)
        found = await records.get(name)
        if found is None:
            async with self._turn().held():
                found = await records.get(name)
                if found is None:
                    found = (await self._decoded(records, measures=True, keeps=keeps))[1]
        return Measures.of_json(json.loads(found))

    def _turn(self) -> LoopSemaphore:
        return _turns[int(self.sha256[:8], 16) % len(_turns)]

    async def _decoded(
        self, records: RecordStore, *, measures: bool, keeps: bool
    ) -> tuple[bytes, bytes]:
        """Decode it; give the records of findings and of measures, which may be empty."""
        # These threads also write records, so only as many are taken as may decode at once.
        async with _places.held():
            said = await asyncio.to_thread(
                _said_of,
                self.path,
                measure=1 if measures else None,
                begin_s=self.number * CHUNK_S,
                audio_track=self.audio_track,
            )
        found = json.dumps(said["inspected"]).encode()
        measured = json.dumps(said["measured"]).encode() if measures else b""
        if keeps:
            await records.put_if_absent(self.findings_name, found)
            if measures:
                await records.put_if_absent(measures_name(self.sha256, self.number), measured)
        return found, measured


def measures_name(sha256: Sha256, number: int) -> str:
    """The name of the record of a stretch's measures."""
    return f"measures/{_MEASURES_VERSION}/{sha256}/{number}.json"


def _said_of(path: Path, **how: int | None) -> dict[str, Any]:
    child = _children.get()
    try:
        answer = child.ask(path, **how)
    finally:
        _children.put(child)
    if "error" in answer:
        raise MediaError(answer["error"])
    return answer
