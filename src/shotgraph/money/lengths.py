"""Compare the length of a model's video with the requested length."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.treatment import number_text
from shotgraph.model.references import Sha256
from shotgraph.money.job import Job, chosen_seconds
from shotgraph.money.results import PieceLength, Result
from shotgraph.spec import OnLength

# A video whose length differs by less is stretched, and no picture is dropped.
_MOST_STRETCH = Fraction(2, 100)
_AS_IT_CAME = "it is used unchanged"


def asked_seconds(job: Job, infos: Mapping[Sha256, MediaInfo]) -> Fraction:
    """The seconds that a job asks for: the chosen duration, or the length of the input video.

    The input video counts for endpoints that repaint it. 0 if the job asks for no length.
    """
    if job.endpoint.repaints:
        return job.input_seconds(infos)
    return chosen_seconds(job.arguments)


def near_enough_s(asked_s: Fraction, rate: Fraction = Fraction(24)) -> Fraction:
    """The largest difference from the requested length that counts as none, in seconds."""
    return max(1 / rate, asked_s * _MOST_STRETCH)


def other_length(
    asked_s: Fraction, info: MediaInfo, *, piece: int = 1, done: str = _AS_IT_CAME
) -> PieceLength | None:
    """Compare the requested length with a video's length; None if they are near enough.

    Args:
        asked_s: The requested seconds; 0 if no length was requested.
        info: The probed properties of the video.
        piece: The number of the piece in the shot, from 1.
        done: How a difference is treated, in words.
    """
    if not asked_s or info.kind != "video":
        return None
    if abs(info.duration - asked_s) <= near_enough_s(asked_s, info.frame_rate or Fraction(24)):
        return None
    return PieceLength(piece=piece, asked_s=asked_s, got_s=info.duration, done=done)


def what_is_done(sent: int, kept: int, rate: Fraction, info: MediaInfo) -> str:
    """Say how a piece of another length is fitted into its shot.

    Args:
        sent: The number of frames that the model was given.
        kept: The number of frames that the piece has in the shot.
        rate: The frame rate of the shot.
        info: The probed properties of the model's video.
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
    """Treat a result of another length as the step says: accept it, log it, or fail.

    Args:
        step: The step's name.
        result: The result; it is paid for, and stays in the store.
        on_length: The step's rule.
        say: Takes a line for the log.

    Raises:
        MediaError: The length differs, and the rule is `fail`.
    """
    lines = [one.line() for one in result.lengths]
    if not lines or on_length == "fit":
        return
    if on_length == "fail":
        raise MediaError(
            f"{step}: {'; '.join(lines)}; and the step says on_length: fail. The clip is paid "
            "for and in the store. To use it with this length, write on_length: fit: nothing is "
            "bought again. To get another clip, change the prompt or the take: that buys a new job"
        )
    for line in lines:
        say(f"{step}: {line}")
