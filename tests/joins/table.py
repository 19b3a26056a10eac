"""What became of each join, side by side."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import product
from typing import Literal

Verdict = Literal["right", "error", "silent failure", "absent"]
OURS = "shotgraph"
ODD_FILM = "odd: "


@dataclass(frozen=True)
class Outcome:
    """Of one join.

    Attributes:
        verdict: A film that is right; no film, and an error; or a film that is not right.
        why: The error, or the first fault.
        seconds: That it took.
    """

    verdict: Verdict
    why: str = ""
    seconds: float = 0


class Table:
    """Rows are films, columns are joiners."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, dict[str, Outcome]] = defaultdict(dict)

    def note(self, film: str, joiner: str, outcome: Outcome) -> None:
        """Keep an outcome."""
        self._rows[film][joiner] = outcome

    def show(self) -> None:
        """Print all of it: films, then sums, then why."""
        joiners = list(dict.fromkeys(joiner for row in self._rows.values() for joiner in row))
        width = max(map(len, self._rows), default=0)
        print(f"\n{'':{width}}  " + "  ".join(f"{joiner:16}" for joiner in joiners))
        for film, row in self._rows.items():
            cells = [row[each].verdict if each in row else "" for each in joiners]
            print(f"{film:{width}}  " + "  ".join(f"{cell:16}" for cell in cells))
        kinds = dict.fromkeys(film.startswith(ODD_FILM) for film in self._rows)
        for is_odd, joiner in product(kinds, joiners):
            outcomes = [
                row[joiner]
                for film, row in self._rows.items()
                if joiner in row and film.startswith(ODD_FILM) == is_odd
            ]
            if not outcomes:
                continue
            counts = Counter(outcome.verdict for outcome in outcomes)
            sums = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
            seconds = sum(outcome.seconds for outcome in outcomes)
            films = f"{len(outcomes)} {'odd files' if is_odd else 'films'}"
            print(f"{joiner}: {films}: {sums}; {seconds:.0f} s of joining")
        for film, row in self._rows.items():
            for joiner, outcome in row.items():
                if outcome.why:
                    print(f"  {joiner} · {film} · {outcome.verdict}: {outcome.why[:160]}")
