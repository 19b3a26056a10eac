"""Films at which a person decides."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEEN = """\
name: {name}
params:
  shot: {{type: video}}
steps:
  dawn: {{edit: {{video: $shot, prompt: "Repaint it at dawn, {name}"}}}}
  seen: {{approve: {{video: $dawn, message: "Is it early enough?"}}}}
  next: {{reference: {{video: $seen, prompt: "The next shot of @Video1, {name}", duration: "3"}}}}
  dusk: {{edit: {{video: $shot, prompt: "Repaint it at dusk, {name}", tier: pro}}}}
  film: {{concat: {{clips: [$next, $dusk]}}}}
output: $film
"""

PICKED = """\
name: {name}
params:
  shot: {{type: video}}
steps:
  dawn:
    takes: 2
    pick: ask
    edit: {{video: $shot, prompt: "Repaint it at dawn, {name}"}}
  dusk: {{edit: {{video: $shot, prompt: "Repaint it at dusk, {name}"}}}}
  seen: {{approve: {{video: $dusk}}}}
  film: {{concat: {{clips: [$dawn, $seen]}}}}
output: $film
"""


@dataclass(frozen=True)
class GatedFilm:
    """A film with a store of its own.

    Attributes:
        name: By which fal's stand-in knows its jobs, too: each prompt ends on it.
        text: Of its file.
    """

    name: str
    folder: Path
    shot: Path
    text: str = SEEN
    max_usd: float | None = None

    @property
    def store(self) -> str:
        """The folder of its ledger and its clips."""
        return str(self.folder / "store")

    @property
    def parameters(self) -> dict[str, Any]:
        """What a run of the flow `film` is given."""
        return {
            "pipeline": self.text.format(name=self.name),
            "params": {"shot": str(self.shot)},
            "out": str(self.folder / "films"),
            "store": self.store,
            "max_usd": self.max_usd,
        }
