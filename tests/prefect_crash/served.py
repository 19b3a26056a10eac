"""The flow `film` where Prefect finds it: ``python -m tests.prefect_crash.served NAME [POOL]``.

Serves it, until the process ends; or, where a work pool is named, deploys it there.
"""

import sys

from prefect.types.entrypoint import EntrypointType

from shotgraph.flows import film


def main(name: str, pool: str = "") -> None:
    """Serve or deploy."""
    if not pool:
        film.serve(name, print_starting_message=False)
        return
    film.deploy(
        name,
        work_pool_name=pool,
        entrypoint_type=EntrypointType.MODULE_PATH,
        build=False,
        push=False,
        print_next_steps=False,
        ignore_warnings=True,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
