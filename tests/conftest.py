from hypothesis import settings

# A busy machine is no finding: only pytest's own time-out ends a test.
settings.register_profile("quick", deadline=None)
settings.load_profile("quick")
