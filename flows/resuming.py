"""A run that waits for a person is resumed from here, as the form in Prefect's UI does it."""

from collections.abc import Mapping
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL

from shotgraph.errors import InvalidInput


async def resume(run_id: str, values: Mapping[str, object]) -> None:
    """Resume a run with the values of its form.

    Args:
        run_id: Prefect's id of the run.
        values: Of the form that it waits with.

    Raises:
        InvalidInput: It does not wait any more, Prefect refuses the values, or can't be reached.
    """
    if not PREFECT_API_URL.value():
        raise InvalidInput(
            "this run waits in Prefect, and PREFECT_API_URL does not say where: set it, and start "
            "shotgraph view again; or answer in Prefect's UI"
        )
    try:
        async with get_client() as client:
            said = await client.resume_flow_run(UUID(run_id), run_input=dict(values))
    except ValueError:
        raise InvalidInput(f"{run_id} is no run of Prefect's") from None
    except (HTTPError, PrefectHTTPStatusError) as error:
        raise InvalidInput(
            f"Prefect could not be asked ({type(error).__name__}). Nothing was decided: try again, "
            "or answer in Prefect's UI"
        ) from None
    if said.status.value != "ACCEPT":
        reason = getattr(said.details, "reason", None) or said.status.value
        raise InvalidInput(f"Prefect did not take the answer: {reason}. Nothing was decided")
