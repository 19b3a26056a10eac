"""Records that this shotgraph can't read: damaged ones, and those that a newer shotgraph wrote."""

from pydantic import ValidationError

from shotgraph.errors import Terminal


def is_newer(error: ValueError) -> bool:
    """Tell whether a newer shotgraph wrote a record, from the error that reading it raised.

    A newer record has a higher version, fields that are not known here, or an event of a kind
    that is not known here. Damage does not look like that.
    """
    if not isinstance(error, ValidationError):
        return False
    found = error.errors(include_url=False, include_context=False)
    if any(
        one["loc"][-1:] == ("version",) and isinstance(one["input"], int) and one["input"] > 1
        for one in found
    ):
        return True
    return all(one["type"] in ("extra_forbidden", "union_tag_invalid") for one in found)


def unreadable(name: str, error: ValueError, *, unknown: str, otherwise: str) -> Terminal:
    """Make the error of a record on which a purchase rests, and that can't be read.

    Args:
        name: The record's.
        error: What reading it raised.
        unknown: What is not known because of that.
        otherwise: What ends the wait where the record is damaged.
    """
    if is_newer(error):
        return Terminal(
            f"the ledger's record {name} was written by a newer shotgraph, and can't be read by "
            f"this one, so {unknown}; nothing is bought until shotgraph is updated here"
        )
    return Terminal(
        f"the ledger's record {name} can't be read, so {unknown}; nothing is bought until "
        f"{otherwise}"
    )
