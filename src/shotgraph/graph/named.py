"""What a name in a pipeline file stands for, while one run of one step is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from shotgraph.model.references import MediaKind
from shotgraph.spec.pipeline import UNREAD

Role: TypeAlias = Literal["parameter", "step", "item", "round"]


@dataclass(frozen=True)
class Named:
    """The meaning of a name.

    Attributes:
        role: parameter; step: what one makes; item: of a for_each; round: what the round before
            made.
        media: The kind of media that it is, or that is in its list; None for texts and numbers.
        value: A value, a medium, or a list of them.
        type_name: What a message calls its type.
        is_written: Whether it stands in the file as it is: where a medium belongs, it is a path.
        is_made_up: Whether only its type means something.
        last_for_one: Whether its last item stands for the list, where one is wanted.
    """

    role: Role
    media: MediaKind | None
    value: Any
    type_name: str
    is_written: bool = False
    is_made_up: bool = False
    last_for_one: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether nothing is known of it, because what it comes from could not be read."""
        return self.value is UNREAD

    def item(self, value: Any) -> "Named":
        """One of its list, as the item of a for_each."""
        return Named("item", self.media, value, self.type_name, self.is_written, self.is_made_up)


Scope: TypeAlias = Mapping[str, Named]
"""By name: what holds in one run of a step alone."""

UNREAD_NAME = Named("item", None, UNREAD, "")
"""The meaning of a name whose value could not be read."""
