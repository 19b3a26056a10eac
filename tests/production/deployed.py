"""Has the flow `film` carried out by a pool: ``python -m tests.production.deployed POOL``."""

import sys

from prefect.types.entrypoint import EntrypointType

from shotgraph.flows import film

AT_ONCE = 8


def main(pool: str) -> None:
    """Deploy it."""
    film.deploy(
        "films",
        work_pool_name=pool,
        tags=["shotgraph"],
        # `shotgraph deploy` always sets one, and each run has a lease on its slot.
        concurrency_limit=AT_ONCE,
        entrypoint_type=EntrypointType.MODULE_PATH,
        build=False,
        push=False,
        print_next_steps=False,
        ignore_warnings=True,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
