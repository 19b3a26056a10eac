"""The body of a step with its references resolved."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from shotgraph.graph.meanings import Meanings, Named, Scope, dollar
from shotgraph.graph.room import Room
from shotgraph.model.fields import media_kind_at, model_at, takes_anywhere, wants_list
from shotgraph.model.references import LocalFile, MediaKind, RemoteUrl, StepOutput, one
from shotgraph.model.walk import FieldPath
from shotgraph.spec import Pipeline, Step
from shotgraph.spec.bad_media import BadValue, take_media
from shotgraph.spec.checked import NOTHING, stand_in
from shotgraph.spec.document import Path
from shotgraph.spec.foreign_forms import FOREIGN, NO_ENVIRONMENT, is_environment, meant_name
from shotgraph.spec.hidden_characters import stray_quotes, without_quotes
from shotgraph.spec.meant import meant_number, name_of, nearest_name
from shotgraph.spec.params import text_of
from shotgraph.spec.pipeline import UNREAD, BadTemplate, Reference, substitute, whole_reference


@dataclass
class Resolver:
    """Resolves the references in a body, for one run of its step.

    Attributes:
        meanings: The meanings of the file's names.
        scope: The names that are valid only in this run.
        note: Notes a problem.
        room: The parts that the film may still get.
        unsure: Paths in the body with stand-ins, because of a problem or because only the type of
            the value is known yet.
        failed: Whether there was a problem.
    """

    pipeline: Pipeline
    meanings: Meanings
    scope: Scope
    note: Callable[..., None]
    room: Room
    unsure: set[FieldPath] = field(default_factory=set)
    failed: bool = False

    def body(self, step: Step) -> dict[str, Any]:
        """Resolve a step's body; unresolved values get stand-ins."""
        base = ("steps", step.name, step.kind.name)
        model = step.kind.arguments
        body: dict[str, Any] = {}
        for key, value in step.body.items():
            if key in model.model_fields:
                self._put(body, key, self._value(value, model, (key,), base), model, (key,))
        if step.kind.name == "fal" and isinstance(body.get("schema"), str):
            found = self.media(body["schema"], (*base, "schema"))
            if isinstance(found, RemoteUrl):
                self._say((*base, "schema"), "a URL is given", allowed="a path to a file")
            self._put(
                body,
                "schema",
                found.file if isinstance(found, LocalFile) else UNREAD,
                model,
                ("schema",),
            )
        return body

    def _put(
        self, into: dict[str, Any], key: str, value: Any, model: type[BaseModel], path: FieldPath
    ) -> None:
        """Put a value, or its stand-in, into a mapping."""
        if value is UNREAD:
            self.unsure.add(path)
            value = stand_in(model, path)
        if value is not NOTHING:
            into[key] = value
        else:
            into.pop(key, None)

    def meant(self, step: Step) -> Step:
        """Read a step as intended: the value under a misspelled name becomes the field's value."""
        path, fields = ("steps", step.name, step.kind.name), step.kind.fields()
        body: dict[str, Any] = {}
        for key, value in step.body.items():
            name = key if key in fields else self._meant_key(path, key, fields, step.body)
            if name:
                body[name] = value
        return replace(step, body=body) if body != step.body else step

    def _meant_key(
        self, path: Path, key: str, right: list[str], siblings: Mapping[str, Any]
    ) -> str:
        """Note an unknown key; give the key that the author probably meant, or ''."""
        problem = self.pipeline.document.unknown_key((*path, key), right)
        self._say(
            (*path, key),
            problem.what,
            allowed=problem.allowed,
            nearest=problem.nearest,
            of_key=True,
        )
        near, moved = problem.nearest, self.pipeline.document.moved
        if not near or near in siblings or moved.get((*path, near), (*path, key)) != (*path, key):
            return ""
        moved[(*path, near)] = (*path, key)
        return near

    def named(self, written: Any, here: Path) -> Named | None:
        """The meaning of a value in a for_each, a repeat or a use; None if not known."""
        if isinstance(written, str) and (reference := whole_reference(written)) is not None:
            return self.meanings.find(reference, self.scope, here)
        if isinstance(written, str):
            text = self._text(written, here)
            return Named("item", None, text, "text", is_written=True)
        if isinstance(written, int | Decimal):
            return Named("item", None, written, "number", is_written=True)
        self._say(here, "a mapping or a list is given", allowed="a reference, a path or a text")
        return None

    def _value(self, value: Any, model: type[BaseModel], path: FieldPath, base: FieldPath) -> Any:
        self.room.take_values(1, self.pipeline.document, base)
        if isinstance(value, dict):
            return self._mapping(value, model, path, base)
        if isinstance(value, list):
            return self._list(value, model, path, base)
        if not isinstance(value, str):
            return as_choice(value, model, path)
        here = (*base, *path)
        takes = media_kind_at(model, path)
        if (reference := whole_reference(value)) is not None:
            anything = takes is None and takes_anywhere(model, path)
            list_wanted = wants_list(model, path)
            found = self._referred(reference, takes, here, list_wanted, anything=anything)
        elif takes is not None:
            found = self.media(value, here, takes)
        else:
            found = self._text(value, here)
        if takes is not None and found is not UNREAD and self._is_counted(model, path):
            found = self._count(value, found, takes, wants_list(model, path), here)
        return as_choice(found, model, path)

    def _is_counted(self, model: type[BaseModel], path: FieldPath) -> bool:
        return not isinstance(path[-1], int) and not takes_anywhere(model, path)

    def _list(
        self, values: list[Any], model: type[BaseModel], path: FieldPath, base: FieldPath
    ) -> list[Any]:
        """Resolve a list; references to lists are flattened into it."""
        items: list[Any] = []
        for number, value in enumerate(values):
            here = (*path, number)
            item = self._value(value, model, here, base)
            if item is UNREAD:
                # A reference may have been a list.
                is_one = not (isinstance(value, str) and whole_reference(value))
                self.unsure.add((*path, len(items)) if is_one else path)
                item = stand_in(model, here)
                item = None if item is NOTHING else item
            if isinstance(item, list) and not isinstance(value, list):
                items += item
            else:
                items.append(item)
        return items

    def _count(
        self, written: str, found: Any, takes: MediaKind, list_wanted: bool, here: FieldPath
    ) -> Any:
        """Check that a list field gets a list, and any other field a single value."""
        if list_wanted and not isinstance(found, list):
            allowed = f"a list of them, such as [{written}]"
            return self._say(here, f"{written} is one {takes}", allowed=allowed)
        if isinstance(found, list) and not list_wanted:
            ends = found and isinstance(found[0], StepOutput)
            nearest = f"{written}.last" if ends and "." not in written else ""
            return self._say(here, f"{written} is a list", allowed=f"one {takes}", nearest=nearest)
        return found

    def _mapping(
        self, mapping: dict[str, Any], model: type[BaseModel], path: FieldPath, base: FieldPath
    ) -> dict[str, Any]:
        reader = None if wants_list(model, path) else model_at(model, path)
        resolved: dict[str, Any] = {}
        for written, item in mapping.items():
            key = written
            # Checked here, because the models also accept fal's names, which are not allowed in
            # files: a path under such a name would not be recognised as a path.
            if reader is not None and written not in reader.model_fields:
                right = list(reader.model_fields)
                key = self._meant_key((*base, *path), written, right, mapping)
            if key:
                here = (*path, key)
                self._put(resolved, key, self._value(item, model, here, base), model, here)
        return resolved

    def _say(self, path: FieldPath, what: str, **more: Any) -> Any:
        self.failed = True
        self.note(path, what, **more)
        return UNREAD

    def _referred(
        self,
        reference: Reference,
        takes: MediaKind | None,
        here: FieldPath,
        list_wanted: bool,
        *,
        anything: bool,
    ) -> Any:
        named = self.meanings.find(reference, self.scope, here)
        if named is None:
            self.failed = True
            return UNREAD
        if takes is not None and named.is_written:
            return self.media(text_of(named.value), here, takes)
        if takes is not None and named.media != takes:
            type_name = one(named.media) if named.media and named.role != "parameter" else ""
            said = type_name or f"of type {named.type_name}"
            return self._say(here, f"{reference} is {said}", allowed=one(takes))
        if takes is None and named.media is not None and not anything:
            return self._say(here, f"{reference} is {one(named.media)}, and {here[-1]} takes none")
        if named.is_made_up and not isinstance(named.value, LocalFile):
            self.unsure.add(here[3:-1] if isinstance(here[-1], int) else here[3:])
        if isinstance(named.value, list):
            self.room.take_values(len(named.value), self.pipeline.document, here)
        alone = not list_wanted and not isinstance(here[-1], int)
        if named.last_for_one and alone and isinstance(named.value, list):
            return named.value[-1]
        return named.value

    def media(
        self, text: str, here: FieldPath, kind: MediaKind | None = None
    ) -> LocalFile | RemoteUrl | Any:
        """Read a path or a URL in the file."""
        try:
            return take_media(text, folder=self.pipeline.folder, confined=True, kind=kind)
        except BadValue as bad:
            what, nearest = self._meant_references(text) if bad.missing else ("", "")
            return self._say(
                here,
                what or bad.what,
                allowed=bad.allowed,
                nearest=nearest or bad.nearest,
                missing=None if nearest else bad.missing,
            )

    def _meant_references(self, text: str) -> tuple[str, str]:
        """Guess the references that a text should have; give its problem in words too."""
        names = self.meanings.names(self.scope)
        bare = without_quotes(text) if stray_quotes(text) else text
        if bare != text and (whole_reference(bare) or bare in names):
            return f'"{text}" is no reference', bare if bare[0] == "$" else f"${bare}"
        if FOREIGN.fullmatch(text) and "." in text and (meant := meant_name(text, names)):
            return f'"{text}" is no reference', dollar(meant)
        if text.startswith("$") and name_of(text) in names:
            return f'"{text}" is no reference', dollar(name_of(text))
        words = [word for word in re.split(r"[,+\s]+", text.strip("[] ")) if word]
        if any(whole_reference(word) for word in words) or all(word in names for word in words):
            found = [f"${word}" if word in names else word for word in words]
            if len(found) == 1:
                return f'"{text}" is the name of a step or a parameter, and no file', found[0]
            if all(whole_reference(word) for word in found if "$" in word):
                return f'"{text}" is one text', f"[{', '.join(found)}]"
        if re.fullmatch(r"\$\{?[\w.-]+\}?|\$?\{\{? *\w+ *\}?\}|\$\(\w+\)", text):
            near = nearest_name(name_of(text.strip("${}() ")), names)
            return f'"{text}" is no reference', dollar(near)
        if "$" in text:
            said = NO_ENVIRONMENT if re.match(r"\$\{?[A-Z][A-Z0-9_]+\b", text) else ""
            return f'"{text}": no reference is replaced inside of a path{said}', ""
        return "", ""

    def _text(self, text: str, here: FieldPath) -> str:
        def value_of(name: str) -> str:
            named = self.meanings.value(name, self.scope)
            if named is None:
                self._not_a_text(name, here, _part(text, name))
            elif named.media is not None or isinstance(named.value, list):
                is_list = isinstance(named.value, list)
                said = one(named.media) if named.media and not is_list else "a list"
                what = f"${name} is {said}, and can't be inside a text"
                self._say(here, what, part=_part(text, name))
            elif named.is_unread:
                self.failed = True
            else:
                if named.is_made_up:
                    self.unsure.add(here[3:])
                value = text_of(named.value)
                self.room.take_characters(len(value), self.pipeline.document, here)
                return value
            self.unsure.add(here[3:])
            return "…"

        try:
            return substitute(text, value_of)
        except BadTemplate as bad:
            names = self.meanings.texts(self.scope)
            for found in FOREIGN.finditer(text):
                if "." in found[0] and (meant := meant_name(found[0], names)):
                    what = f'"{found[0]}" is no reference'
                    self._say(here, what, part=found[0], nearest=f"${{{meant}}}")
                    self.unsure.add(here[3:])
                    return text
            nearest = bad.nearest or meant_number(text)
            self._say(here, str(bad), part=bad.part, nearest=nearest)
            self.unsure.add(here[3:])
            return text

    def _not_a_text(self, name: str, here: FieldPath, part: str) -> None:
        if self.meanings.is_unread(name, self.scope):
            self.failed = True
            return
        if self.meanings.is_step(name):
            self._say(here, f"${name} is a step, and can't be inside a text", part=part)
            return
        texts = self.meanings.texts(self.scope)
        near = nearest_name(name, texts)
        environment = NO_ENVIRONMENT if is_environment(name) and not near else ""
        self._say(
            here,
            f'there is no parameter "{name}"{environment}',
            allowed=", ".join(f"${key}" for key in texts) or 'no parameters; "$$" is a dollar sign',
            nearest=dollar(near),
            part=part,
        )


def _part(text: str, name: str) -> str:
    """A reference as part of a text."""
    braced = f"${{{name}}}"
    return braced if braced in text else f"${name}"


def as_choice(value: Any, model: type[BaseModel], path: FieldPath) -> Any:
    """Read ``duration: 5`` as "5": fal's choices are texts, even if they look like numbers."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and len(path) == 1:
        field = model.model_fields.get(str(path[0]))
        annotation = field.annotation if field is not None else None
        if get_origin(annotation) is Literal and str(value) in get_args(annotation):
            return str(value)
    return value
