"""Films of forty shots: two acts, each made by one worker, and the film of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from tests.media.coded_clips import Sound, write_clip

SHOTS_IN_ACT, CLIPS_IN_ACT = 20, 4
FRAMES_IN_SHOT, RATE = 72, 24
HELD_TIER = "pro"


@dataclass(frozen=True)
class Shot:
    """A clip, repainted; every other one by the better model, which a test can hold back."""

    number: int
    clip: str

    @property
    def name(self) -> str:
        """Its step's."""
        return f"shot_{self.number}"

    @property
    def step(self) -> str:
        """The text of its step."""
        tier = HELD_TIER if self.number % 2 else "standard"
        prompt = f"Repaint it, shot {self.number}"
        return f'  {self.name}: {{edit: {{video: ${self.clip}, prompt: "{prompt}", tier: {tier}}}}}'


def frames_in(path: str) -> int:
    """Count a film's frames, by decoding it."""
    with av.open(path) as film:
        return sum(1 for _ in film.decode(video=0))


def act(number: int) -> list[Shot]:
    """Give the shots of an act, 1 or 2."""
    first = (number - 1) * SHOTS_IN_ACT
    clips = [f"act_{number}_clip_{clip}" for clip in range(CLIPS_IN_ACT)]
    return [Shot(first + n, clips[n % CLIPS_IN_ACT]) for n in range(SHOTS_IN_ACT)]


def write_clips(folder: Path) -> dict[str, str]:
    """Write the clips of both acts; gives their paths, by name."""
    names = sorted({shot.clip for number in (1, 2) for shot in act(number)})
    sound = Sound()
    return {
        name: str(
            write_clip(
                folder / f"{name}.mp4",
                clip=number,
                frames=FRAMES_IN_SHOT,
                rate=RATE,
                size=(720, 720),
                sound=sound,
            )
        )
        for number, name in enumerate(names)
    }


def film_run(
    name: str, shots: Sequence[Shot], clips: Mapping[str, str], folder: Path
) -> dict[str, Any]:
    """Give the parameters of the flow `film` that joins these shots."""
    used = sorted({shot.clip for shot in shots})
    params = "\n".join(f"  {clip}: {{type: video}}" for clip in used)
    steps = "\n".join(shot.step for shot in shots)
    joined = ", ".join(f"${shot.name}" for shot in shots)
    film = f"  film: {{concat: {{clips: [{joined}]}}}}"
    return {
        "pipeline": f"name: {name}\nparams:\n{params}\nsteps:\n{steps}\n{film}\noutput: $film\n",
        "params": {clip: clips[clip] for clip in used},
        "out": str(folder),
    }
