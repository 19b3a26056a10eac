"""The arguments of a job, read from the request's body as the model reads them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shotgraph.endpoints import Endpoint
from shotgraph.endpoints.arguments import Element
from shotgraph.rehearsal.accepted_job import Complaint, ModelError

Loc: TypeAlias = tuple[str | int, ...]

# The models of `shotgraph.endpoints` are stricter than fal. fal accepts the examples on its own
# pages, which have a tag without a picture in the prompt, and unknown fields.
_FAL_DOES_NOT_MIND = frozenset({"unknown_tag", "extra_forbidden"})


@dataclass(frozen=True)
class Given:
    """The URL of a media file in a job's arguments."""

    loc: Loc
    url: str
    kind: Literal["video", "image"]


@dataclass(frozen=True)
class Wanted:
    """The arguments of a valid body, typed, with the model's defaults filled in."""

    prompt: str
    duration_s: int
    aspect_ratio: str
    keep_audio: bool
    video: Given | None
    start_image: Given | None
    end_image: Given | None
    pictures: tuple[Given, ...]

    @property
    def media(self) -> Iterator[Given]:
        """All files, in the order of fetching."""
        for given in (self.video, self.start_image, self.end_image, *self.pictures):
            if given is not None:
                yield given


def read_wanted(endpoint: Endpoint, body: Any) -> Wanted:
    """Check a body against the arguments of its endpoint.

    Raises:
        ModelError: 422, in the form of fal's models.
    """
    if not isinstance(body, dict):
        raise ModelError(
            Complaint(("body",), "value_error", "value is not a valid dict", None, body)
        )
    known = _known_fields(endpoint, body)
    try:
        endpoint.arguments.model_validate(known, by_alias=True, by_name=False)
    except ValidationError as error:
        complaints = list(_complaints(endpoint, error.errors()))
        if complaints:
            raise ModelError(*complaints) from error
    return Wanted(
        prompt=known.get("prompt", ""),
        duration_s=int(known.get("duration") or 5),
        aspect_ratio=known.get("aspect_ratio") or _default_ratio(endpoint),
        keep_audio=bool(known.get("keep_audio")),
        video=_given(known, "video_url", "video"),
        start_image=_given(known, "start_image_url", "image"),
        end_image=_given(known, "end_image_url", "image"),
        pictures=tuple(_pictures(known)),
    )


def _known_fields(endpoint: Endpoint, body: Mapping[str, Any]) -> dict[str, Any]:
    known = _of_model(endpoint.arguments, body)
    elements = known.get("elements")
    if isinstance(elements, list):
        known["elements"] = [
            _of_model(Element, element) if isinstance(element, dict) else element
            for element in elements
        ]
    return known


def _of_model(model: type[BaseModel], body: Mapping[str, Any]) -> dict[str, Any]:
    names = _wire_names(model).values()
    return {name: value for name, value in body.items() if name in names}


def _wire_names(model: type[BaseModel]) -> dict[str, str]:
    return {name: field.alias or name for name, field in model.model_fields.items()}


def _default_ratio(endpoint: Endpoint) -> str:
    field = endpoint.arguments.model_fields.get("aspect_ratio")
    return str(field.default) if field is not None else "auto"


def _complaints(endpoint: Endpoint, errors: list[ErrorDetails]) -> Iterator[Complaint]:
    names = _wire_names(endpoint.arguments) | _wire_names(Element)
    seen: set[Loc] = set()
    for error in errors:
        # Pydantic reports the names of our fields; fal reports the names in the body.
        field = error.get("ctx", {}).get("field")
        where = error["loc"] or ((field,) if field else ())
        loc = _wire_loc(names.get(str(segment), segment) for segment in where)
        if error["type"] not in _FAL_DOES_NOT_MIND and loc not in seen:
            seen.add(loc)
            yield _complaint(error, ("body", *loc), inside=len(loc) < len(where))


def _wire_loc(segments: Iterable[str | int]) -> Loc:
    """Cut a path after the field of a URL: for fal, a URL has no fields inside it."""
    loc: Loc = ()
    for segment in segments:
        loc = (*loc, segment)
        text = [str(part) for part in loc[-2:]]
        if text[-1].endswith("_url") or (isinstance(segment, int) and text[0].endswith("_urls")):
            break
    return loc


def _complaint(error: ErrorDetails, loc: Loc, *, inside: bool) -> Complaint:
    ctx, seen = error.get("ctx", {}), error["input"]
    if isinstance(seen, BaseModel):  # an error about several fields: report them as in the body
        seen = seen.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if inside:
        return Complaint(loc, "value_error", "str type expected", None, seen)
    match error["type"]:
        case "missing":
            return Complaint(loc, "value_error.missing", "field required", None, seen)
        case "literal_error":
            allowed = re.findall(r"'([^']*)'", str(ctx["expected"]))
            return Complaint(loc, "one_of", error["msg"], {"expected": allowed}, seen)
        case "too_long":
            limit = {"max_length": ctx["max_length"]}
            return Complaint(loc, "sequence_too_long", error["msg"], limit, seen)
        case "too_short":
            limit = {"min_length": ctx["min_length"]}
            return Complaint(loc, "sequence_too_short", error["msg"], limit, seen)
        case "too_many_pictures":
            limit = {"max_length": ctx["most"]}
            return Complaint(loc, "sequence_too_long", error["msg"], limit, seen)
        case _:
            return Complaint(loc, "value_error", error["msg"], None, seen)


def _given(
    body: Mapping[str, Any], name: str, kind: Literal["video", "image"], *above: str | int
) -> Given | None:
    url = body.get(name)
    if url is None:
        return None
    return Given(("body", *above, name), _text(url, ("body", *above, name)), kind)


def _pictures(body: Mapping[str, Any]) -> Iterator[Given]:
    for number, url in enumerate(body.get("image_urls") or ()):
        loc: Loc = ("body", "image_urls", number)
        yield Given(loc, _text(url, loc), "image")
    for number, element in enumerate(body.get("elements") or ()):
        frontal = _given(element, "frontal_image_url", "image", "elements", number)
        if frontal is not None:
            yield frontal
        for side, url in enumerate(element.get("reference_image_urls") or ()):
            loc = ("body", "elements", number, "reference_image_urls", side)
            yield Given(loc, _text(url, loc), "image")


def _text(url: Any, loc: Loc) -> str:
    if not isinstance(url, str):
        raise ModelError(Complaint(loc, "value_error", "str type expected", None, url))
    return url
