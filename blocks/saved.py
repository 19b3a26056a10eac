"""Blocks that may be saved at Prefect's server: there and right, not there, or there and wrong."""

from typing import TypeVar

import httpx
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from pydantic import ValidationError

from shotgraph.errors import InvalidInput, Retryable

Saved = TypeVar("Saved", bound=Block)


async def saved_block(kind: type[Saved], name: str) -> Saved | None:
    """Load a saved block.

    Returns:
        The block; None if no block of that name is saved. That is the only reason to look for its
        values elsewhere: another account would pay, or another store be filled.

    Raises:
        InvalidInput: The block is saved, and something in it is wrong. No value is shown.
        Retryable: Prefect's server could not be asked.
    """
    try:
        block = await kind.aload(name)
    except (ValueError, RuntimeError, httpx.HTTPError) as error:
        # Prefect raises a ValueError for a block that is not there, and for much else. Values that
        # do not fit are the cause of a RuntimeError.
        if isinstance(error.__cause__, ObjectNotFound):
            return None
        if isinstance(error.__cause__, ValidationError):
            raise InvalidInput(_wrong(kind, name, error.__cause__)) from None
        raise Retryable(
            f'Prefect\'s server could not say whether the {kind.__name__} block "{name}" is saved '
            f"({type(error).__name__}). Nothing was sent, and nothing else was taken in its place. "
            "Run again when the server answers"
        ) from None
    assert isinstance(block, kind)  # noqa: S101  Prefect loads by the class's own slug
    return block


async def saved_names(kind: type[Block]) -> list[str]:
    """Name the saved blocks of a kind.

    Raises:
        Retryable: Prefect's server could not be asked.
    """
    try:
        async with get_client() as client:
            found = await client.read_block_documents_by_type(kind.get_block_type_slug())
    except httpx.HTTPError as error:
        raise Retryable(
            f"Prefect's server could not say which {kind.__name__} blocks are saved "
            f"({type(error).__name__}). Nothing was sent. Run again when the server answers"
        ) from None
    return sorted(str(block.name) for block in found if not block.is_anonymous)


def _wrong(kind: type[Block], name: str, error: ValidationError) -> str:
    said = "; ".join(
        ": ".join(filter(None, [".".join(map(str, one["loc"])), _sentence(one["msg"])]))
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return (
        f'the {kind.__name__} block "{name}" is saved, and can\'t be used: {said}. Nothing was '
        "sent, and nothing else was taken in its place. Mend it in the Prefect UI, or delete it: "
        f"prefect block delete {kind.get_block_type_slug()}/{name}"
    )


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")
