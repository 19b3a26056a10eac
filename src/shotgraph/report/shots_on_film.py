"""Where each shot lies in a film, and the cuts between them, in the film's own frames."""

from collections.abc import Sequence
from dataclasses import dataclass

from shotgraph.report.edit_list import edit_list
from shotgraph.report.manifest import FilmEntry, Manifest


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
    events = edit_list(manifest, film).picture
    shots: list[FilmShot] = []
    cuts: list[Cut] = []
    ends = [after.start + after.overlap // 2 for after in events[1:]] + [film.medium.frames]
    start = 0
    for number, (event, end) in enumerate(zip(events, ends, strict=True)):
        if number:
            sides = event.start - 1, event.start + event.overlap
            last, first = (min(max(0, frame), film.medium.frames - 1) for frame in sides)
            cuts.append(Cut(shots[-1].name, event.name, event.transition, last, first))
        shots.append(FilmShot(event.name, start, end - start))
        start = end
    return shots, cuts
