"""A value that its place can't take."""

from shotgraph.spec.nearest_file import Missing


class BadValue(ValueError):
    """A value that can't be taken; says what can.

    Attributes:
        missing: The file that is not there, if that is why.
        nearest: The right value that is nearest to it.
    """

    def __init__(
        self, what: str, allowed: str, *, nearest: str = "", missing: Missing | None = None
    ) -> None:
        super().__init__(f"{what}; allowed: {allowed}")
        self.what = what
        self.allowed = allowed
        self.nearest = nearest
        self.missing = missing
