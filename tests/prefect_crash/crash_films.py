"""The films of these tests: three jobs at fal, two of them one after the other, and a cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAID = ("dawn", "next", "dusk")
PIPELINE = """\
name: {name}
params:
  shot: {{type: video}}
steps:
  dawn: {{edit: {{video: $shot, prompt: "Repaint it at dawn, {name}"}}}}
  next: {{reference: {{video: $dawn, prompt: "The next shot of @Video1, {name}", duration: "3"}}}}
  dusk: {{edit: {{video: $shot, prompt: "Repaint it at dusk, {name}", tier: pro}}}}
  film: {{concat: {{clips: [$next, $dusk]}}}}
output: $film
"""


@dataclass(frozen=True)
class CrashFilm:
    """A film with a store of its own.

    Attributes:
        name: By which fal's stand-in knows its jobs, too: each prompt ends on it.
        folder: Its own.
        max_usd: What each run of it may cost: no more than the film does.
    """

    name: str
    folder: Path
    shot: Path
    max_usd: float | None = None

    @property
    def store(self) -> str:
        """The folder of its ledger and its clips."""
        return str(self.folder / "store")

    @property
    def pipeline(self) -> str:
        """The text of its file."""
        return PIPELINE.format(name=self.name)

    @property
    def parameters(self) -> dict[str, Any]:
        """What a run of the flow `film` is given."""
        return {
            "pipeline": self.pipeline,
            "params": {"shot": str(self.shot)},
            "out": str(self.folder / "films"),
            "store": self.store,
            "max_usd": self.max_usd,
        }

    def jobs_in(self, jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Choose its own jobs from a server's book."""
        return [job for job in jobs if job["input"]["prompt"].endswith(f", {self.name}")]
