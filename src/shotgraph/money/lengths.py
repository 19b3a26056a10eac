"""Find out whether a model gave back as many seconds as it was asked for."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.treatment import number_text
from shotgraph.model.references import Sha256
from shotgraph.money.job import Job, chosen_seconds
from shotgraph.money.results import PieceLength, Result
from shotgraph.spec import OnLength

# A video that is off by less is stretched, and loses no picture.
_MOST_STRETCH = Fraction(2, 100)
_AS_IT_CAME = "it is taken as it came"


def asked_seconds(job: Job, infos: Mapping[Sha256, MediaInfo]) -> Fraction:
    """The seconds that a job asks for: the chosen ones, or for a repainting those of its video.

    0 where it asks for none.
    """
    if job.endpoint.repaints:
        return job.input_seconds(infos)
    return chosen_seconds(job.arguments)


def near_enough_s(asked_s: Fraction, rate: Fraction = Fraction(24)) -> Fraction:
    """By how many seconds a video may be off what was asked for, and is still taken as that."""
    return max(1 / rate, asked_s * _MOST_STRETCH)


def other_length(
    asked_s: Fraction, info: MediaInfo, *, piece: int = 1, done: str = _AS_IT_CAME
) -> PieceLength | None:
    """Compare what was asked for with what came; None if they are near enough.

    Args:
        asked_s: Seconds that were asked for; 0 for none.
        info: Of the video that came.
        piece: Its number in the shot, from 1.
        done: What is made of a difference, in words.
    """
    if not asked_s or info.kind != "video":
        return None
    if abs(info.duration - asked_s) <= near_enough_s(asked_s, info.frame_rate or Fraction(24)):
        return None
    return PieceLength(piece=piece, asked_s=asked_s, got_s=info.duration, done=done)


def what_is_done(sent: int, kept: int, rate: Fraction, info: MediaInfo) -> str:
    """Say what becomes of a piece of another length in the shot that it is a part of.

    Args:
        sent: Frames that the model was given.
        kept: Frames that the piece has in the shot.
        rate: Of the shot.
        info: Of what came.
    """
    if info.frames == sent:
        return "each of its frames is shown once"
    missing = kept / rate - info.duration
    if missing > 0:
        return f"its last frame is held for {number_text(missing)} s"
    return f"its last {number_text(info.duration - kept / rate)} s are cut away"


def heed_lengths(
    step: str, result: Result, on_length: OnLength, say: Callable[[str], None]
) -> None:
    """Do what a step says about another length: nothing, say it, or fail.

    Args:
        step: Its name.
        result: What came; it is paid for, and stays in the store.
        on_length: What the step says.
        say: Takes a line for the log.

    Raises:
        MediaError: There is another length, and the step says `fail`.
    """
    lines = [one.line() for one in result.lengths]
    if not lines or on_length == "fit":
        return
    if on_length == "fail":
        raise MediaError(
            f"{step}: {'; '.join(lines)}; and the step says on_length: fail. What was bought is "
            "in the store: write on_length: fit to take it so, and nothing is bought again; or "
            "another prompt or take, which is bought"
        )
    for line in lines:
        say(f"{step}: {line}")
