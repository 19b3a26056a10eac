"""An endpoint: its id, arguments, output and price rule."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Literal, TypeAlias, TypeGuard

from pydantic import BaseModel, ConfigDict

from shotgraph.endpoints.arguments import KLING_O1, InputLimits
from shotgraph.model.references import MediaKind, media_kind_of_file, media_kind_of_output

BilledOn: TypeAlias = Literal["input", "chosen", "both"]
"""The seconds that are billed: of the input videos, of the chosen duration, or of both."""


@dataclass(frozen=True)
class PriceRule:
    """Dollars per second, of the input, of the chosen duration, or of both.

    fal does not document whether it bills parts of seconds: here a part counts as a whole second.
    The seconds that fal billed are in the result, and replace the estimate.

    Attributes:
        usd_per_second: The rate.
        billed_on: The seconds that count.
        dated: When the rate was read, as a date.
        source: Where the rate was read.
        least_seconds: The least number of seconds that is billed.
        times: How many times as many seconds fal has billed for a job as this rule expects; 1 if it
            has never billed more.
    """

    usd_per_second: Decimal
    billed_on: BilledOn
    dated: str
    source: str
    least_seconds: int = 0
    times: Fraction = Fraction(1)

    @property
    def counts_input(self) -> bool:
        """Whether the price depends on the length of the input."""
        return self.billed_on != "chosen"

    @property
    def usd_per_expected_second(self) -> Decimal:
        """The price of one more second of a job, with the times that fal has billed."""
        if self.times == 1:
            return self.usd_per_second
        usd = self.usd_per_second * self.times.numerator / self.times.denominator
        return usd.quantize(Decimal("0.001"), ROUND_CEILING)

    def seconds(self, *, input_seconds: Fraction, chosen_seconds: Fraction) -> Fraction:
        """Give the seconds of a job that are billed."""
        counted = {
            "input": input_seconds,
            "chosen": chosen_seconds,
            "both": input_seconds + chosen_seconds,
        }
        return counted[self.billed_on]

    def cost_usd(self, seconds: Fraction, *, usd_per_second: Decimal | None = None) -> Decimal:
        """Price a number of seconds, at the dated rate or at a newer rate from fal."""
        rate = self.usd_per_second if usd_per_second is None else usd_per_second
        return rate * ceil(max(ceil(seconds), self.least_seconds) * self.times)

    def at(self, usd_per_second: Decimal, *, dated: str, source: str) -> "PriceRule":
        """Copy the rule, with a rate that was read later."""
        return replace(self, usd_per_second=usd_per_second, dated=dated, source=source)


_PART = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,3})\]")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*|\[\d{1,3}\])*")
_MOST_SAID = 20
_MOST_LEVELS = 6
_OF_QUEUE = ("response_url", "status_url", "cancel_url")
"""The URLs under these keys are about a request; they are no files."""


class Output(BaseModel):
    """One file that a job makes.

    Attributes:
        name: The output's name in the step.
        path: The path of the file in the reply: ``audio``, ``images[0]``, without ``.url``.
        kind: The kind of medium.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    path: str
    kind: MediaKind


VIDEO = Output(name="video", path="video", kind="video")
"""The output of every Kling O1 endpoint."""


def canonical_path(written: str) -> str | None:
    """Check a path, and remove the ``.url`` at its end; None if it is no path."""
    if not _PATH.fullmatch(written) or len(written) > 200:
        return None
    return written.removesuffix(".url")


def path_parts(path: str) -> list[str | int]:
    """Split a path: ``images[0]`` → ``["images", 0]``."""
    return [int(index) if index else name for name, index in _PART.findall(path)]


def url_at(reply: Any, path: str) -> str | None:
    """Find the URL of a file in a reply; None if there is none at the path.

    A text that is no http or https URL is no file.
    """
    found = reply
    for part in path_parts(path):
        if isinstance(part, str) and isinstance(found, dict):
            found = found.get(part)
        elif isinstance(part, int) and isinstance(found, list) and part < len(found):
            found = found[part]
        else:
            return None
    url = found.get("url") if isinstance(found, dict) else found
    return url if _is_url(url) else None


def is_empty_at(reply: Any, path: str) -> bool:
    """Tell whether a reply has a place for the file at a path, and nothing in it yet.

    That is null, an empty text, list or object, or an object whose URL is one of these.
    """
    found = reply
    for part in path_parts(path):
        names = range(len(found)) if isinstance(found, list) else found
        if not isinstance(found, dict | list) or part not in names:
            return found is not reply and _is_nothing(found)
        found = found[part]  # type: ignore[index]
    has_no_url = isinstance(found, dict) and "url" in found and _is_nothing(found["url"])
    return _is_nothing(found) or has_no_url


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", [], {})


def only_file(reply: Any, kind: MediaKind, besides: Collection[str] = ()) -> tuple[str, str] | None:
    """Find the one file of a kind that a reply holds anywhere: an object with a ``url``.

    A file of unknown kind counts if no file is known to be of this kind.

    Args:
        reply: The endpoint's answer.
        kind: The wanted kind.
        besides: URLs that are no files of the answer: an endpoint may echo its arguments.

    Returns:
        The path and the URL of the file; None if there is no file, or there are several.
    """
    files: dict[str, tuple[str, MediaKind | None]] = {}
    for path, held in _files(reply, (), _MOST_LEVELS):
        if isinstance(held, dict) and held["url"] not in besides:
            files.setdefault(held["url"], (path, _kind_said(path, held)))
    for is_wanted in (kind, None):
        found = [(path, url) for url, (path, said) in files.items() if said == is_wanted]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _kind_said(path: str, file: Mapping[str, Any]) -> MediaKind | None:
    """The kind of a file by its type, its name, its URL or its path; None if unknown."""
    kinds: dict[str, MediaKind] = {"video": "video", "image": "image", "audio": "audio"}
    said = kinds.get(str(file.get("content_type") or "").partition("/")[0])
    if said is not None:
        return said
    named = (str(file.get("file_name") or ""), file["url"].partition("?")[0].partition("//")[2])
    return next(filter(None, map(media_kind_of_file, named)), media_kind_of_output(path))


def urls_in(reply: Any) -> list[str]:
    """Give the URLs of the files in a reply, at most the first 20."""
    files = [held for _, held in _files(reply, (), _MOST_LEVELS)]
    found = [held["url"] if isinstance(held, dict) else held for held in files]
    return list(dict.fromkeys(found))[:_MOST_SAID]


def has_files(reply: Any) -> bool:
    """Tell whether a reply names any file."""
    return next(_files(reply, (), _MOST_LEVELS), None) is not None


def outline(reply: Any) -> str:
    """Describe a reply by the paths of its files, or else by its keys; never by a value."""
    files = [path for path, _ in _files(reply, (), _MOST_LEVELS)]
    names = files or (sorted(map(str, reply)) if isinstance(reply, dict) else [])
    said = [name[:80] for name in names[:_MOST_SAID]]
    more = f" and {len(names) - len(said)} more" if len(names) > len(said) else ""
    return ", ".join(said) + more if said else "nothing"


def _files(value: Any, path: Sequence[str | int], levels: int) -> Iterator[tuple[str, Any]]:
    named = value.get("url") if isinstance(value, dict) else value
    if path and _is_url(named):
        yield _written(path), value
    elif levels and isinstance(value, dict):
        for name, item in value.items():
            if name not in _OF_QUEUE:
                yield from _files(item, (*path, str(name)), levels - 1)
    elif levels and isinstance(value, list):
        for number, item in enumerate(value[:_MOST_SAID]):
            yield from _files(item, (*path, number), levels - 1)


def _is_url(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _written(path: Sequence[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


Tier: TypeAlias = Literal["standard", "pro"]

LongVideo: TypeAlias = Literal["split", "end"]
"""The part of an overlong video that the model gets: all of it, piece by piece; or its end, if the
next shot follows from it."""


@dataclass(frozen=True)
class KindWords:
    """The words for a kind of step in pages, messages and editors.

    Attributes:
        done: The verb on a film's page.
        synonyms: Other names that people try for the kind.
        examples: Bodies of steps as in a file; an editor fills in the first.
    """

    done: str
    synonyms: tuple[str, ...]
    examples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of fal.

    Attributes:
        id: The full id; jobs are submitted to it.
        kind: The kind of step that uses it.
        arguments: The model of its arguments.
        price: The rule that prices a job.
        usual_s: The usual time of a job in seconds, used until the store knows times of real jobs.
        outputs: The files that are taken from its reply; the first is the job's own output.
        limits: The limits of its media, which are made to fit; None if the limits are not known.
        long_video: The part of an overlong video that is sent.
        repaints: Whether it draws its video again, frame for frame. Then the new video gets the
            frames, the rate and the sound of the shot.
    """

    id: str
    kind: str
    tier: Tier
    arguments: type[BaseModel]
    price: PriceRule
    usual_s: int = 180
    outputs: tuple[Output, ...] = (VIDEO,)
    limits: InputLimits | None = KLING_O1
    long_video: LongVideo = "end"
    repaints: bool = False

    @property
    def has_limits(self) -> bool:
        """Whether its limits are known, so that media are made to fit."""
        return self.limits is not None
