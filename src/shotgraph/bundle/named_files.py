"""Which files a pipeline file names: those that have to go along with it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shotgraph.bundle.record import MOST_CHARACTERS, MOST_FILES, is_safe_path
from shotgraph.errors import InvalidInput
from shotgraph.spec import Pipeline, load_pipeline


def named_files(file: Path) -> dict[str, Path]:
    """Find a pipeline file, the files that it uses, and every file that one of them names.

    What a run takes of them depends on its values, so all are found: the defaults of media
    parameters, and each text in the steps that is the path of a file below the folder.

    Args:
        file: The pipeline file.

    Returns:
        Every file by its path below the pipeline file's folder, as it is written there.

    Raises:
        InvalidPipeline: One of the pipeline files is wrong.
        InvalidInput: A path can't stand in a bundle: it is absolute, for example.
    """
    search = _Search()
    search.look_into(file, "", file.name)
    return dict(sorted(search.found.items()))


@dataclass
class _Search:
    found: dict[str, Path] = field(default_factory=dict)

    def look_into(self, file: Path, folder: str, name: str) -> None:
        """Take a pipeline file in, and all that it names.

        Args:
            file: The file.
            folder: Where it lies below the bundle's folder: '' or with a slash at the end.
            name: What it is called there.
        """
        if folder + name in self.found:
            return
        pipeline = load_pipeline(file, called=folder + name)
        self._take(folder + name, file.resolve())
        for text in _texts_of_media(pipeline):
            self._look_up(text, pipeline, folder)
        for step in pipeline.steps.values():
            if step.kind.name == "use":
                self._look_up(step.body.get("file"), pipeline, folder, is_pipeline=True)
            for text in _texts([step.body, step.for_each, getattr(step.repeat, "start", None)]):
                self._look_up(text, pipeline, folder)

    def _look_up(
        self, text: Any, pipeline: Pipeline, folder: str, *, is_pipeline: bool = False
    ) -> None:
        path = _file_below(text, pipeline.folder)
        if path is None:
            return
        place = os.path.normpath(text)
        if os.path.isabs(text) or place.startswith(".."):
            raise InvalidInput(
                f'{pipeline.document.file} names "{text}", which leads nowhere on another machine; '
                "write it relative to the file"
            )
        if is_pipeline:
            below = f"{os.path.dirname(place)}/".removeprefix("/")
            self.look_into(path, folder + below, os.path.basename(place))
        else:
            self._take(folder + place, path)

    def _take(self, place: str, path: Path) -> None:
        if not is_safe_path(place):
            raise InvalidInput(f"a file can't be called {place[:200]!r} in a bundle; rename it")
        self.found.setdefault(place, path)
        if len(self.found) > MOST_FILES:
            raise InvalidInput(f"over {MOST_FILES} files are named; that is too many for a bundle")


def _texts_of_media(pipeline: Pipeline) -> Iterator[str]:
    for param in pipeline.params.values():
        if param.media is not None:
            yield from _texts(param.default)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _file_below(text: Any, folder: Path) -> Path | None:
    """Find the file that a text names, by the rule by which media are found; None if none."""
    if not isinstance(text, str) or not 0 < len(text) <= MOST_CHARACTERS or "\0" in text:
        return None
    try:
        path = (folder / text).resolve()
        is_below = path.is_file() and path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return None
    return path if is_below else None
