"""Notes that people write at a frame of a clip, kept in the store."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shotgraph.model.references import Sha256
from shotgraph.store import Store
from shotgraph.store.records import film_folder, read_or_none

MOST_CHARS = 2000
"""The most characters of a note's text."""


class Note(BaseModel):
    """A note at a frame of a clip.

    Attributes:
        film: The film's name.
        run_id: The run that the page showed.
        clip: The hash of the clip that the page showed.
        name: The clip's name: its step or file.
        frame: The frame of the clip, from 0.
        text: The text of the note.
        by: The writer's name; empty if it was not given.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    film: str = Field(min_length=1, max_length=200)
    run_id: str = Field(min_length=1, max_length=200)
    clip: Sha256
    name: str = Field(max_length=300)
    frame: int = Field(ge=0, le=10**8)
    text: str = Field(min_length=1, max_length=MOST_CHARS)
    at: datetime
    by: str = Field(default="", max_length=200)


async def put_note(store: Store, note: Note) -> None:
    """Keep a note, under ``notes/<film>/``.

    Raises:
        Retryable: The store could not be written to.
    """
    data = note.model_dump_json().encode()
    apart = hashlib.sha256(data).hexdigest()[:12]
    name = f"{_folder(note.film)}/{note.at:%Y%m%dT%H%M%S%fZ}-{apart}.json"
    await store.records.put_if_absent(name, data)


async def notes_of(store: Store, film: str) -> Sequence[Note]:
    """Read the notes of a film, the oldest first; skip unreadable notes.

    Raises:
        Retryable: The store could not be read.
    """
    found = await store.records.get_each(await store.records.names(_folder(film)))
    notes = [note for data in found if (note := read_or_none(Note, data)) is not None]
    return [note for note in notes if note.film == film]


def _folder(film: str) -> str:
    return f"notes/{film_folder(film)}"
