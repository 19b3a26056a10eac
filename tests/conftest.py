from hypothesis import settings

from tests.through_prefect import at_fal, fal_env, prefect_server, shot, stand_in

__all__ = ["at_fal", "fal_env", "prefect_server", "shot", "stand_in"]

# Quick, and a busy machine is no finding: only pytest's own time-out ends a test.
settings.register_profile("quick", deadline=None, max_examples=50)
settings.load_profile("quick")
