"""YAML 1.2 text → plain data with the place of every value.

A safe subset: no anchors, aliases, tags, merge keys, duplicate keys or second document, and
bounds on size, depth and count, so that a hostile file costs nothing. Scalars follow the YAML
1.2 core schema: ``16:9`` and ``no`` are text. Numbers with a fraction are ``Decimal``, because
they become times and times are exact.

Only the parser is PyYAML's: libyaml, which is quick, and takes ``16:9`` and URLs inside of
``{}`` and ``[]`` without quotes. PyYAML's reading of scalars, that of YAML 1.1, is never reached.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

import yaml  # type: ignore[import-untyped]

from shotgraph.spec.document import Document, Path
from shotgraph.spec.not_yaml import forbidden_character, not_yaml, place_in
from shotgraph.spec.problem import Place, Problem, invalid

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 20_000

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,18}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,2})?")
"""How a number is written: bounded, so that none takes long to compute with."""
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read_document(text: str, file: str) -> Document:
    """Read YAML text.

    Raises:
        InvalidPipeline: The text is not YAML, or uses what the subset leaves out.
    """
    if len(text) > MAX_CHARACTERS:
        place = Place(file, 1, 1)
        what = f"the file is longer than {MAX_CHARACTERS} characters"
        raise invalid([Problem(place, "", what)], "")
    text = text.removeprefix("\ufeff")
    if (problem := forbidden_character(text, file)) is not None:
        raise invalid([problem], text)
    return _Reader(text, file).document()


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.lines = text.splitlines()
        self.file = file
        self.nodes = 0
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}

    def document(self) -> Document:
        try:
            # All are looked at before anything is made of one: what is too much costs less so.
            events = iter(list(self._events()))
            data = self._node(next(events), events, ())
        except StopIteration:
            data = None
        except yaml.MarkedYAMLError as error:
            raise invalid([not_yaml(error, self.lines, self.file)], self.text) from None
        return Document(self.file, self.text, data, self.values, self.keys)

    def _events(self) -> Iterator[Any]:
        documents = depth = 0
        for event in yaml.parse(self.text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.NodeEvent):
                self._check_node(event, depth)
                depth += isinstance(event, yaml.CollectionStartEvent)
                yield event
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
                yield event
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document starts here", "one document in a file")

    def _check_node(self, event: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            self._refuse(event, "nested too deep", f"at most {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"an alias (*{event.anchor})", "the value itself, written again")
        if event.anchor:
            self._refuse(event, f"an anchor (&{event.anchor})", "no anchors")
        if event.tag:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(event, f"a tag ({tag})", "no tags")
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._refuse(event, "too much in one file", f"at most {MAX_NODES} values")

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.values[path] = self._place(event)
        name = type(event).__name__
        if name == "ScalarEvent":
            return _scalar(event)
        if name == "SequenceStartEvent":
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key = self._key(event, mapping, path)
            self.keys[(*path, key)] = self._place(event)
            mapping[key] = self._node(next(events), events, (*path, key))
        return mapping

    def _key(self, event: Any, mapping: dict[str, Any], path: Path) -> str:
        if type(event).__name__ != "ScalarEvent":
            self._refuse(event, "a key that is not text", "a name")
        key: str = event.value
        if key == "<<":
            self._refuse(event, "a merge key (<<)", "the keys themselves, written again")
        if key in mapping:
            first = self.keys[(*path, key)]
            self._refuse(event, f'"{key}" stands twice, first on line {first.line}', "one of them")
        return key

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if end.line == start.line else 1
        return place_in(self.lines, self.file, start.line + 1, start.column + 1, width)

    def _refuse(self, event: Any, what: str, allowed: str) -> NoReturn:
        raise invalid([Problem(self._place(event), "", what, allowed)], self.text)


def _scalar(event: Any) -> Any:
    text: str = event.value
    plain = event.implicit[0]
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if NUMBER.fullmatch(text) else text
