"""Which clips are joined."""

from dataclasses import dataclass
from fractions import Fraction

from tests.joins.takes import TAKES, Take


@dataclass(frozen=True)
class Case:
    """A film: clips by name, and the seconds of the dissolves between them, if any."""

    names: tuple[str, ...]
    dissolve: Fraction | None = None

    @property
    def takes(self) -> list[Take]:
        """The clips, in order."""
        return [TAKES[name] for name in self.names]

    def __str__(self) -> str:
        text = " + ".join(self.names)
        return f"{text} (dissolve {float(self.dissolve):g} s)" if self.dissolve else text


# fmt: off
PAIRS = [
    # Alike: nothing has to be coded again.
    ("plain", "plain too"),
    ("plain", "plain"),
    ("plain, long", "plain too"),
    ("mute", "mute too"),
    ("film", "film too"),
    # Alike to see, not to hear.
    ("plain, long", "mute too"),
    ("mute", "plain"),
    ("plain", "surround too"),
    ("surround", "one ear"),
    ("surround", "surround too"),
    ("one ear", "cd"),
    ("cd", "plain, long"),
    # Another frame rate.
    ("plain", "film"),
    ("film", "plain"),
    ("cinema", "film too"),
    ("ntsc", "plain"),
    ("plain, long", "ntsc"),
    ("pal", "ntsc"),
    ("ntsc", "pal"),
    ("game, long", "film too"),
    ("plain, long", "game"),
    ("pal", "game, long"),
    ("uneven", "plain too"),
    ("plain, long", "uneven"),
    ("film", "uneven, mute"),
    # Another size or shape.
    ("cinema", "standing, pal"),
    ("standing", "plain"),
    ("plain, long", "standing"),
    ("plain, long", "turned, ntsc"),
    ("turned", "plain"),
    ("turned", "standing, pal"),
    ("odd", "plain"),
    ("mute", "odd, hevc"),
    ("odd", "odd, hevc"),
    ("plain, long", "wide"),
    ("wide, prores", "wide"),
    ("plain, long", "4k"),
    ("4k", "4k, web"),
    ("cinema", "4k, web"),
    # Another codec or container.
    ("hevc", "plain"),
    ("plain, long", "hevc, ntsc"),
    ("hevc", "standing, pal"),
    ("web", "plain"),
    ("plain, long", "web, 60"),
    ("web", "web, surround"),
    ("web in mp4", "quicktime"),
    ("quicktime", "prores"),
    ("prores, cinema", "web, film"),
    ("web, film", "prores, cinema"),
    ("wide, prores", "hevc, ntsc"),
]
TRIPLES = [
    ("plain", "film", "plain too"),
    ("plain", "mute too", "plain too"),
    ("mute", "plain", "mute too"),
    ("plain, long", "turned", "game"),
    ("film", "plain", "film too"),
    ("surround", "uneven", "one ear"),
    ("cinema", "4k", "standing"),
    ("web", "prores", "hevc, ntsc"),
    ("odd", "wide", "odd, hevc"),
    ("ntsc", "pal", "web in mp4"),
    ("plain", "web, 60", "quicktime"),
    ("game, long", "4k, web", "cd"),
]
DISSOLVES = [
    ("plain", "late"),
    ("web", "late, film"),
    ("film", "late, film", "late"),
]
# fmt: on

CUTS = [Case(names) for names in [*PAIRS, *TRIPLES]]
MELTS = [Case(names, dissolve=Fraction(1, 5)) for names in DISSOLVES]
