"""What is known of a medium before it is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from shotgraph.graph import Node
from shotgraph.media.info import MediaInfo
from shotgraph.model.references import Asset, MediaRef
from shotgraph.money.job import chosen_seconds
from shotgraph.spec import ConcatArguments, SoundtrackArguments, TrimArguments

LengthOf: TypeAlias = Callable[[MediaRef], Fraction | None]
"""Tells how long a video is, in seconds; None where that is not known."""


@dataclass(frozen=True)
class Expected:
    """Perhaps its bytes, perhaps its length.

    Attributes:
        asset: What a step makes; of several things, the first.
        others: The others, by their names.
    """

    asset: Asset | None = None
    seconds: Fraction | None = None
    info: MediaInfo | None = None
    others: Mapping[str, Asset] = field(default_factory=dict)

    def of(self, output: str | None) -> Asset | None:
        """One of the things that a step makes; None for the first."""
        return self.asset if output is None else self.others.get(output)


def output_seconds(node: Node, length_of: LengthOf) -> Fraction | None:
    """Tell how long the video that a step makes will be; None where that is not known."""
    arguments = node.arguments
    if isinstance(arguments, TrimArguments):
        return arguments.length()
    if isinstance(arguments, ConcatArguments):
        clips = [length_of(clip) for clip in arguments.clips]
        known = [seconds for seconds in clips if seconds is not None]
        overlaps = (len(clips) - 1) * arguments.transition.seconds
        return sum(known, Fraction(0)) - overlaps if len(known) == len(clips) else None
    if isinstance(arguments, SoundtrackArguments):
        return length_of(arguments.video)
    if node.endpoint is None:
        return None
    return chosen_seconds(arguments) or video_seconds(node, length_of)


def video_seconds(node: Node, length_of: LengthOf) -> Fraction | None:
    """Tell how long the video that a step takes is; None where it takes none, or it's unknown."""
    known = [length_of(ref) for _, kind, ref in node.media() if kind == "video"]
    return known[0] if known else None
