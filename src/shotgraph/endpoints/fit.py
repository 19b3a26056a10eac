"""Whether a medium fits the limits that fal sets: what is outside, in words."""

from fractions import Fraction

from shotgraph.endpoints.limits import IMAGE_INPUT, VIDEO_INPUT, ImageLimits, VideoLimits
from shotgraph.media.info import MediaInfo
from shotgraph.model.references import MediaKind, one


def misfits(info: MediaInfo, wanted: MediaKind) -> list[str]:
    """Say what about a medium an endpoint would refuse; an empty list if it fits."""
    if info.kind != wanted:
        return [f"it holds {one(info.kind)}, and {one(wanted)} is wanted"]
    if wanted == "video":
        return video_misfits(info)
    return image_misfits(info) if wanted == "image" else []


def video_misfits(info: MediaInfo, limits: VideoLimits = VIDEO_INPUT) -> list[str]:
    """Say what about a video is outside of the limits."""
    found = []
    if info.container not in limits.containers:
        found.append(f"its format is {info.container}; allowed: {', '.join(limits.containers)}")
    found += _too_large(info.size_bytes, limits.max_bytes)
    for side, pixels in (("wide", info.width), ("high", info.height)):
        if not limits.min_side_px <= pixels <= limits.max_side_px:
            found.append(
                f"it is {pixels} px {side}; allowed: {limits.min_side_px} to {limits.max_side_px}"
            )
    if said := length_misfit(info.duration, limits):
        found.append(said)
    rate = info.frame_rate or Fraction(0)
    if not limits.min_frame_rate <= rate <= limits.max_frame_rate:
        found.append(
            f"it has {_number(rate)} frames a second; allowed: "
            f"{_number(limits.min_frame_rate)} to {_number(limits.max_frame_rate)}"
        )
    return found


def length_misfit(seconds: Fraction, limits: VideoLimits = VIDEO_INPUT) -> str:
    """Say how a video's length is outside of the limits; nothing if it is not."""
    if limits.min_duration <= seconds <= limits.max_duration:
        return ""
    return (
        f"it lasts {_number(seconds)} s; allowed: "
        f"{_number(limits.min_duration)} to {_number(limits.max_duration)}"
    )


def image_misfits(info: MediaInfo, limits: ImageLimits = IMAGE_INPUT) -> list[str]:
    """Say what about an image is outside of the limits."""
    found = _too_large(info.size_bytes, limits.max_bytes)
    if min(info.width, info.height) < limits.min_side_px:
        found.append(
            f"it is {info.width} x {info.height} px; allowed: at least {limits.min_side_px} a side"
        )
    ratio = Fraction(info.width, info.height)
    if not limits.min_ratio <= ratio <= limits.max_ratio:
        found.append(
            f"it is {_number(ratio)} times as wide as high; allowed: "
            f"{_number(limits.min_ratio)} to {_number(limits.max_ratio)}"
        )
    return found


def _too_large(size_bytes: int, most: int) -> list[str]:
    if size_bytes <= most:
        return []
    size_mb, most_mb = (_number(Fraction(size, 10**6)) for size in (size_bytes, most))
    return [f"it has {size_mb} MB; allowed: at most {most_mb}"]


def _number(value: Fraction) -> str:
    """Write a number to a millionth, so that one just outside of a limit does not look inside."""
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
