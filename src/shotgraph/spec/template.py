"""References: ``$name``, ``${name}``, ``$$``, as Python's ``string.Template`` has them.

A value that is one whole reference stands for data; inside a text, references to scalar
parameters are replaced, once, and what was put in is not read again. There are no expressions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_WHOLE = re.compile(rf"\$(?:({_NAME})(?:\.({_NAME}))?|\{{({_NAME})(?:\.({_NAME}))?\}})")
_INSIDE = re.compile(
    rf"\$(?:(?P<escaped>\$)|(?P<named>{_NAME})|\{{(?P<braced>{_NAME})\}}|(?P<bad>))"
)

_OUTPUT = re.compile(rf"\$\{{{_NAME}\.{_NAME}\}}")
# As other programs write them: ``${{ name }}``, ``${ name }``, ``$(name)``.
_OTHER_FORM = re.compile(rf"\$\{{{{? *({_NAME}) *\}}?\}}|\$\( *({_NAME}) *\)")

NAME = re.compile(_NAME)
"""What a parameter or a step may be called."""


@dataclass(frozen=True)
class Reference:
    """One whole reference: ``$name`` or ``$name.field``."""

    name: str
    field: str | None = None

    def __str__(self) -> str:
        return f"${self.name}.{self.field}" if self.field else f"${self.name}"


class BadTemplate(ValueError):
    """A ``$`` that starts no reference.

    Attributes:
        part: It, as it stands in the text.
        nearest: The reference that was probably meant, or ''.
    """

    def __init__(self, message: str, part: str, nearest: str = "") -> None:
        super().__init__(message)
        self.part = part
        self.nearest = nearest


def whole_reference(text: str) -> Reference | None:
    """Read a text that is one reference and nothing else, or return None."""
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    return Reference(match[1] or match[3], match[2] or match[4])


def substitute(text: str, value_of: Callable[[str], str]) -> str:
    """Replace the references inside a text.

    Raises:
        BadTemplate: A ``$`` starts no reference; to write a dollar sign, double it.
    """

    def replaced(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        if match["bad"] is not None:
            rest = text[match.start() :]
            here = f"{rest[:11]}…" if len(rest) > 12 else rest
            what = 'a "$" that starts no name; for a dollar sign write "$$"'
            if _OUTPUT.match(rest):
                what = "one of a step's outputs can't stand inside a text"
            said = f'"{here}": {what}'
            other = _OTHER_FORM.match(rest)
            if other is not None:
                raise BadTemplate(said, other[0], f"${{{other[1] or other[2]}}}")
            raise BadTemplate(said, rest[:1])
        return value_of(match["named"] or match["braced"])

    return _INSIDE.sub(replaced, text)
