"""Decode a stretch of a clip once for each content, in a child, and keep what was found.

One decode says both what is damaged in it and what is to be seen in it. Children of their own
decode, for it takes long, and probing must not wait for it. They have a low priority, and who waits
for one holds no thread: a run that has a hundred clips to decode sends and follows jobs meanwhile.
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
"""Increased when the same clip gives other measures."""

MOST_AT_ONCE = 8
"""Each takes a processor, and for a clip of 3840 x 2160 some 300 MB."""
AT_ONCE = max(1, min(MOST_AT_ONCE, processors()))
_places = LoopSemaphore(AT_ONCE)
# The one that came back last is asked first: where one is enough, no other is started.
_children: "LifoQueue[Child]" = LifoQueue()


def _fill() -> None:
    """Put the children in that may work at once; a copy of this process has its own."""
    global _children  # noqa: PLW0603  the old one's lock may be held by a thread that is not here
    _children = LifoQueue()
    for _ in range(AT_ONCE):
        _children.put(Child(DECODING))


_fill()
os.register_at_fork(after_in_child=_fill)

LOOK_S = 1.0


async def nothing_decodes() -> None:
    """Wait until this process decodes no clip; what is made of a clip waits for that."""
    while not _places.is_idle:  # noqa: ASYNC110  an event belongs to one loop, and there are several
        await asyncio.sleep(LOOK_S)


# Steps that begin together ask for the same clip: the first has it decoded, the others read the
# record. Contents that share a turn wait for each other, which they do for the children too.
_turns = [LoopSemaphore(1) for _ in range(16)]


@dataclass(frozen=True)
class ClipStretch:
    """`CHUNK_S` seconds of a clip.

    Attributes:
        sha256: Of the clip.
        path: The clip on this machine.
        number: Which seconds: the stretch begins at `CHUNK_S` times this.
        audio_track: Which of several sound tracks is used, from 1.
    """

    sha256: Sha256
    path: Path
    number: int
    audio_track: int | None = None

    @property
    def findings_name(self) -> str:
        """The record of what is damaged in it."""
        track = "" if self.audio_track is None else f"-track-{self.audio_track}"
        return f"decoded/{_RECIPE}/{self.sha256}/{self.number}{track}.json"

    async def findings(self, records: RecordStore, *, measured: bool = False) -> Findings:
        """What is damaged in it, or changes on the way.

        Args:
            records: Where it is kept.
            measured: Whether its measures will be asked for too: one decode then serves both.

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
        """What is to be seen and heard in it, with the sound that a film takes by itself.

        Args:
            records: Where they are kept.
            keeps: Whether what is found now is kept.

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
        """The two records, of which the second is empty where it was not asked for."""
        # The threads are those that put records: as many as may decode are taken, and no more.
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
    """The record of the measures of a stretch."""
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
