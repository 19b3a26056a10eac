"""People's own flows where Prefect finds them: ``python -m tests.prefect_people.own_flows [POOL]``.

Serves them, until the process ends; or, where a work pool is named, deploys them there.
"""

import sys
from typing import cast

from prefect import serve
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from shotgraph.flows import extend_restyle_concat

from .careless import careless

NAMES = {"serve": "own-served", "a worker": "own-deployed"}


FLOWS = (extend_restyle_concat, careless)


def main(pool: str = "") -> None:
    """Serve or deploy."""
    if not pool:
        name = NAMES["serve"]
        deployments = [cast(RunnerDeployment, own.to_deployment(name)) for own in FLOWS]
        serve(*deployments, print_starting_message=False)
        return
    for own in FLOWS:
        own.deploy(
            NAMES["a worker"],
            work_pool_name=pool,
            entrypoint_type=EntrypointType.MODULE_PATH,
            build=False,
            push=False,
            print_next_steps=False,
            ignore_warnings=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
