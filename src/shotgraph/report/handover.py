"""Hand over a film to an editing program, as a folder or file that can be moved with its clips."""

import asyncio
import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from shotgraph.errors import InvalidInput, Terminal
from shotgraph.media.file_parts import in_chunks
from shotgraph.model.references import Sha256
from shotgraph.report import edl as edl_form
from shotgraph.report.companions import shots_of, sounding_of, starts_of
from shotgraph.report.edit_list import EditList, edit_list
from shotgraph.report.edl import MOST_EVENTS, edl
from shotgraph.report.fcp7 import fcp7
from shotgraph.report.film_folder import MANIFEST, TIMELINE, manifest_text
from shotgraph.report.manifest import FilmEntry, Manifest
from shotgraph.report.markers import Marker, frames_of_note, marker_table, markers
from shotgraph.report.notes import notes_of
from shotgraph.report.signing import kept_signature, write_signed
from shotgraph.report.stories import story_behind
from shotgraph.report.timeline import written
from shotgraph.store import Store
from shotgraph.store.disk import room_in

MEDIA = "media"
FORMS = {"folder": "", "otioz": ".otioz", "edl": ".edl", "fcpxml7": "", "markers": ".csv"}
"""The forms for a handover, each with the ending of the file's name; a folder has no ending."""
_LIMITS = "not-carried.txt"


@dataclass(frozen=True)
class Handover:
    """A film as a list of edits, with the files of its clips on this machine.

    Attributes:
        edits: The film as a list of edits.
        marks: The marks at frames of the film.
        files: The name and the path of each clip.
        whole: The path of the film.
        story: The story to put behind the film; None if the film can carry none.
        notes_elsewhere: The number of notes on clips or frames that the film does not show.
        signature: The signature to put into the film; None if it was not signed.
        channels: The number of channels of each clip with sound.
    """

    manifest: Manifest
    film: FilmEntry
    edits: EditList
    marks: Sequence[Marker]
    files: Mapping[Sha256, tuple[str, Path]]
    whole: Path
    story: bytes | None = None
    notes_elsewhere: int = 0
    signature: bytes | None = None
    channels: Mapping[Sha256, int] = field(default_factory=dict)

    @property
    def links(self) -> dict[Sha256, str]:
        """The path of each clip in the folder that is handed over."""
        return {sha256: f"{MEDIA}/{name}" for sha256, (name, _) in self.files.items()}

    def limits(self, form: str) -> list[str]:
        """The parts of the film that the form does not carry, as sentences."""
        said = [] if form == "markers" else list(self.edits.left_out)
        if form in ("edl", "folder"):
            said += edl_form.starts_left_out(self.edits)
            said += edl_form.CAN_NOT
            if len(self.edits.laid) > edl_form.MOST_LAID:
                said.append(f"the EDL has the first {edl_form.MOST_LAID} of the sounds laid on it")
        if self.notes_elsewhere:
            count = self.notes_elsewhere
            notes = "1 note is" if count == 1 else f"{count} notes are"
            said.append(f"{notes} on clips that are not in the film, such as other takes")
        if any(event.transition not in ("cut", "dissolve") for event in self.edits.picture):
            said.append(
                "editing programs know only the dissolve: other transitions become dissolves"
            )
        return said


async def take_over(manifest: Manifest, film: FilmEntry, store: Store) -> Handover:
    """Take a film apart for an editing program.

    Raises:
        Terminal: The store has lost a clip, or the film is no video.
        Retryable: The store could not be read.
    """
    if film.medium.kind != "video":
        raise InvalidInput(f"{film.file} is no video: there is nothing to edit in it")
    shots = await shots_of(manifest, store)
    sounding = await sounding_of(manifest, shots, store)
    starts = await starts_of(manifest, shots)
    edits = edit_list(manifest, film, sounding, starts, with_handles=True)
    if any(sha256 not in shots for sha256 in edits.media()):
        # The store may have lost a source clip, but not the clip that was cut from it.
        edits = edit_list(manifest, film, sounding, starts)
    lost = [name for sha256, (name, _) in edits.media().items() if sha256 not in shots]
    if lost:
        raise Terminal(
            f"the store no longer has {', '.join(sorted(lost))} of {manifest.film}; nothing was "
            "written. A run of its file makes what is missing again, and says first what that costs"
        )
    files = {sha256: shots[sha256] for sha256 in edits.media()}
    whole = await store.assets.file(film.medium)
    story = await story_behind(whole, manifest, film, store)
    notes = await notes_of(store, manifest.film)
    elsewhere = sum(not frames_of_note(note, edits, film) for note in notes)
    marks = markers(edits, film, notes)
    carried = await asyncio.to_thread(_sha256_with, whole, story or b"")
    signature = await kept_signature(carried, store)
    return Handover(
        manifest, film, edits, marks, files, whole, story, elsewhere, signature, sounding
    )


def _sha256_with(whole: Path, story: bytes) -> str:
    found = hashlib.sha256()
    with whole.open("rb") as file:
        for chunk in in_chunks(file, 0, whole.stat().st_size):
            found.update(chunk)
    found.update(story)
    return found.hexdigest()


async def hand_over(given: Handover, form: str, target: Path) -> None:
    """Write a film in one of the `FORMS`.

    Args:
        given: The film.
        form: One of `FORMS`.
        target: The path of the new folder or file; it must not exist.

    Raises:
        InvalidInput: The path exists, or can't be written; or the film has too many events.
        FullDisk: The disk is full; no part of the target is left.
    """
    if target.exists() or target.is_symlink():
        raise InvalidInput(f"{target} is there already: name another place with --out")
    if form == "edl" and (count := _events(given.edits)) > MOST_EVENTS:
        raise InvalidInput(
            f"the film has {count} events, and an EDL at most {MOST_EVENTS}: take --to fcpxml7"
        )
    try:
        with room_in(target.parent.absolute(), ".shotgraph-") as room:
            made = room / "made"
            await asyncio.to_thread(_WRITERS[form], given, made)
            made.rename(target)
    except OSError as error:
        raise InvalidInput(f"{target} can't be written: {error.strerror}") from None


def _folder(given: Handover, made: Path) -> None:
    _media(given, made)
    shutil.copyfile(given.whole, made / given.film.file)
    film = made / given.film.file
    with film.open("ab") as file:
        file.write(given.story or b"")
    if given.signature is not None:
        unsigned = film.rename(film.with_name("unsigned"))
        write_signed(unsigned, given.signature, film)
        unsigned.unlink()
    _texts(
        made,
        {
            TIMELINE: _otio(given),
            f"{given.edits.name}.xml": fcp7(given.edits, given.links, given.marks, given.channels),
            "markers.csv": marker_table(given.marks, given.edits.rate),
            MANIFEST: manifest_text(given.manifest),
            _LIMITS: "".join(f"{line}\n" for line in given.limits("folder")) or "Nothing.\n",
        },
    )
    if _events(given.edits) <= MOST_EVENTS:
        _texts(made, {f"{given.edits.name}.edl": _edl(given)})


def _fcpxml7(given: Handover, made: Path) -> None:
    _media(given, made)
    _texts(
        made,
        {f"{given.edits.name}.xml": fcp7(given.edits, given.links, given.marks, given.channels)},
    )


def _otioz(given: Handover, made: Path) -> None:
    # The layout is OpenTimelineIO's "file bundles", version 1.0.0.
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("version.txt", "1.0.0")
        packed.writestr("content.otio", _otio(given))
        for name, path in given.files.values():
            packed.write(path.resolve(), f"{MEDIA}/{name}")


def _media(given: Handover, made: Path) -> None:
    (made / MEDIA).mkdir(parents=True)
    for name, path in given.files.values():
        shutil.copyfile(path, made / MEDIA / name)


def _texts(made: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (made / name).write_text(text, encoding="utf-8")


def _otio(given: Handover) -> str:
    links = given.links
    document = written(
        given.edits, given.manifest, lambda medium: quote(links[medium.sha256]), given.marks
    )
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _edl(given: Handover) -> str:
    names = {sha256: name for sha256, (name, _) in given.files.items()}
    return edl(given.edits, names, given.marks)


def _events(edits: EditList) -> int:
    return len(edits.picture) + len(edits.sound) + sum(map(len, edits.laid[: edl_form.MOST_LAID]))


_WRITERS: Mapping[str, Callable[[Handover, Path], None]] = {
    "folder": _folder,
    "otioz": _otioz,
    "fcpxml7": _fcpxml7,
    "edl": lambda given, made: _texts(made.parent, {made.name: _edl(given)}),
    "markers": lambda given, made: _texts(
        made.parent, {made.name: marker_table(given.marks, given.edits.rate)}
    ),
}
