"""Findings of several cases, as one."""

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True)
class Sums:
    """Numbers that are added name by name."""

    def __add__(self, other: Self) -> Self:
        names = [field.name for field in fields(self)]
        return type(self)(**{name: getattr(self, name) + getattr(other, name) for name in names})
