"""What tasks take as media."""

from pathlib import Path
from typing import TypeAlias

from typing_extensions import TypedDict

from shotgraph.tasks.made import Made, MadeOutput

Source: TypeAlias = str | Path | Made | MadeOutput
"""What another task made, a path, or an https URL."""


class _ElementImages(TypedDict):
    frontal_image: Source


class ElementSource(_ElementImages, total=False):
    """A character or an object: a picture from the front, and 1 to 3 from other sides."""

    reference_images: list[Source]
