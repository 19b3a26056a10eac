"""Calling one task as a flow does, and looking at the state that it ends in."""

from dataclasses import dataclass
from typing import Any

from prefect import Task, flow
from prefect.client.schemas.objects import State

from shotgraph.errors import ShotgraphError
from shotgraph.tasks.policy import PLAIN_JSON


@dataclass(frozen=True)
class Ended:
    """How a task run ended.

    Attributes:
        value: What the task returned, or the error that it raised.
    """

    state: State[Any]
    value: Any

    @property
    def error(self) -> ShotgraphError:
        assert isinstance(self.value, ShotgraphError), self.value
        return self.value


async def call(task: Task[..., Any], *args: Any, **given: Any) -> Ended:
    """Call a task in a flow of its own; its pauses before retries are left out."""
    quick = task.with_options(retry_delay_seconds=[0.0] * 3, retry_jitter_factor=0)

    @flow(name="calls-one-task", result_serializer=PLAIN_JSON)
    async def calls_one_task() -> list[State[Any]]:
        # In a list: a state that a flow returns is the flow's own.
        return [await quick(*args, **given, return_state=True)]

    (state,) = await calls_one_task()
    return Ended(state, await state.aresult(raise_on_failure=False))
