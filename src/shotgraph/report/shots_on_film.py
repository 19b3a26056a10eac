"""Where each shot lies in a film, and the cuts between them, in the film's own frames."""

from collections.abc import Sequence
from dataclasses import dataclass

from shotgraph.report.manifest import FilmEntry, Manifest
from shotgraph.report.timeline import timeline


@dataclass(frozen=True)
class FilmShot:
    """One shot of a film.

    Attributes:
        name: The step that made it, or the file.
        start: Its first frame in the film, from 0.
        frames: How many; half of a dissolve belongs to each side.
    """

    name: str
    start: int
    frames: int


@dataclass(frozen=True)
class Cut:
    """Where one shot gives way to the next.

    Attributes:
        kind: ``cut``, or the name of the transition.
        last: The film's last frame that shows the shot before alone.
        first: The first frame that shows the shot after alone.
    """

    before: str
    after: str
    kind: str
    last: int
    first: int

    @property
    def frames(self) -> tuple[int, int]:
        """Both sides."""
        return self.last, self.first


def shots_on_film(manifest: Manifest, film: FilmEntry) -> tuple[Sequence[FilmShot], Sequence[Cut]]:
    """Find the shots of a film, and the cuts between them; a film of one piece has no cut."""
    if film.medium.kind != "video":
        return (), ()
    tracks = timeline(manifest, film, lambda medium: None)["tracks"]["children"]
    shots: list[FilmShot] = []
    cuts: list[Cut] = []
    start, kind, before, after = 0, "cut", 0, 0
    for item in tracks[0]["children"]:
        if item["OTIO_SCHEMA"].startswith("Transition"):
            kind = str(item["name"])
            before, after = (int(item[side]["value"]) for side in ("in_offset", "out_offset"))
            continue
        frames = int(item["source_range"]["duration"]["value"])
        shot = FilmShot(str(item["name"]), start, frames)
        if shots:
            sides = start - before - 1, start + after
            last, first = (min(max(0, frame), film.medium.frames - 1) for frame in sides)
            cuts.append(Cut(shots[-1].name, shot.name, kind, last, first))
        shots.append(shot)
        start, kind, before, after = start + frames, "cut", 0, 0
    return shots, cuts
