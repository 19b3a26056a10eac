"""The faults that clips are looked at for, and from where on something is one."""

from pages.table import code, table
from shotgraph.media.quality import thresholds
from shotgraph.media.quality.flaw import WEIGHTS
from shotgraph.media.quality.thresholds import Threshold

_MEANINGS = {
    "black": "the picture is black",
    "frozen": "nothing moves, and the motion stopped suddenly",
    "flicker": "its brightness goes up and down, more than three times a second",
    "cut": "another picture begins inside of the shot",
    "repeated": "frames repeat the previous frame, at a regular interval",
    "jump": "motion is missing: one frame changes as much as usually several frames",
    "silent": "of an edit with `keep_audio`: nothing is heard, and its source has sound",
    "clipped": "its sound is at full scale",
    "length": "it is longer or shorter than the requested length, or than the source of an edit",
    "motion": "of an edit: its motion is at other places or times than in its source",
    "seam": "it does not match the end of the shot that it continues",
}


def page() -> str:
    """Write the page."""
    if set(_MEANINGS) != set(WEIGHTS):
        raise SystemExit(f"the kinds of faults are {', '.join(WEIGHTS)}: say what each means")
    limits = [one for one in vars(thresholds).values() if isinstance(one, Threshold)]
    return "\n".join(
        [
            "# Faults\n",
            "What a step of Kling's returns is looked at for these; `check` on the step says what "
            "is done where there are some. A fault that the source of an edit has too, at the same "
            "time, is none of the edit's; the source is judged as the model got it too, where an "
            "uneven or a low frame rate was made even by showing frames again. `pick: best` "
            "compares the sums of the weights.\n",
            table(
                ["kind", "what is wrong", "weight"],
                [[code(kind), _MEANINGS[kind], str(WEIGHTS[kind])] for kind in WEIGHTS],
            ),
            "The limits:\n",
            table(
                ["limit of", "value", "unit", "source"],
                [[one.name, f"{one.value:g}", one.unit, one.source] for one in limits],
            ),
        ]
    )
