"""Two texts, cut to where they differ."""

from itertools import takewhile

LONGEST = 48
"""Characters of a text that is shown whole."""
BEFORE = 12
"""Characters that are shown before the first difference."""


def shortly(old: str, new: str) -> tuple[str, str]:
    """Cut two texts to the part in which they differ, with some of what stands before it."""
    if max(len(old), len(new)) <= LONGEST:
        return old, new
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    begin = max(0, same - BEFORE) if old and new else 0
    return _cut(old, begin), _cut(new, begin)


def _cut(text: str, begin: int) -> str:
    if len(text) <= LONGEST and not begin:
        return text
    end = begin + LONGEST
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")
