"""A film declared in a file, run by Prefect, drawn by Kling O1 on fal, joined by ffmpeg.

The engine in this package follows a film from its text to its report:
``spec`` → ``graph`` → ``keys`` → ``plan`` → ``ledger`` → ``fal`` → ``media`` → ``report``.
``shotgraph.flows``, ``shotgraph.tasks`` and ``shotgraph.blocks`` are its Prefect side.
"""


def __getattr__(name: str) -> str:
    # Reading the metadata takes longer than most commands' own work.
    if name == "__version__":
        from importlib.metadata import version

        return version("shotgraph")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
