"""How often fal is asked how a job is, beside fal-client's ten times a second."""

from fal_client.client import DEFAULT_QUEUE_POLL_INTERVAL

from shotgraph.fal.follow import pauses


def figures() -> list[str]:
    """Count the questions; nothing is timed."""
    found = []
    for minutes in (1, 3, 10):
        asked, waited = 1, 0.0
        for pause in pauses():
            waited += pause
            if waited >= minutes * 60:
                break
            asked += 1
        theirs = round(minutes * 60 / DEFAULT_QUEUE_POLL_INTERVAL)
        found.append(f"a job of {minutes} min: {asked}; fal-client: {theirs}")
    return found
