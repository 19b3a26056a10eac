import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from tests.through_prefect import at_fal, fal_env, prefect_server, shot, stand_in

__all__ = ["at_fal", "fal_env", "prefect_server", "shot", "stand_in"]

# Quick, and a busy machine is no finding: only pytest's own time-out ends a test. The examples are
# the same in every run, so that CI's result depends on the code alone; SHOTGRAPH_RANDOM_EXAMPLES=1
# draws others.
_AT_ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _AT_ANY_SPEED, max_examples=50, derandomize=True)
settings.register_profile("random", _AT_ANY_SPEED, max_examples=500)
settings.load_profile("random" if os.environ.get("SHOTGRAPH_RANDOM_EXAMPLES") else "quick")

# Collecting thousands of tests makes a million objects, and none of them is garbage. Looking at all
# of them again and again takes a tenth of the processor time of the suite.
gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage from now on, apart from what the collection of the tests has made."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests with one worker, and all that need Prefect's server with the same one.

    The server takes some ten seconds to start, on a processor of two.
    """
    for item in items:
        group = "prefect" if _needs_prefect(item) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
        if _needs_prefect(item) and item.get_closest_marker("timeout") is None:
            # The first of them waits for the server's start, which has a bound of its own.
            item.add_marker(pytest.mark.timeout(func_only=True))
    items.sort(key=lambda item: not _needs_prefect(item))


def _needs_prefect(item: pytest.Item) -> bool:
    return "prefect_server" in getattr(item, "fixturenames", ())
