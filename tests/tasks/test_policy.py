"""Which errors a task tries again."""

from typing import Any, cast

import pytest
from prefect.states import Failed

from shotgraph.errors import FullDisk, ReadOnlyDisk, Refused, Retryable, ShotgraphError
from shotgraph.tasks.policy import is_retryable


@pytest.mark.parametrize(
    ("error", "is_tried_again"),
    [
        (Retryable("fal is busy"), True),
        (FullDisk.of("/store"), False),
        (ReadOnlyDisk.of("/store"), False),
        (Refused("no"), False),
    ],
)
async def test_only_what_may_end_otherwise_is_tried_again(
    error: ShotgraphError, is_tried_again: bool
) -> None:
    nothing = cast(Any, None)
    assert await is_retryable(nothing, nothing, Failed(data=error)) is is_tried_again
