"""A film declared in a file, run by Prefect, drawn by Kling O1 on fal, joined by ffmpeg.

The engine in this package follows a film from its text to its report:
``spec`` → ``graph`` → ``keys`` → ``plan`` → ``ledger`` → ``fal`` → ``media`` → ``report``.
``shotgraph.flows``, ``shotgraph.tasks`` and ``shotgraph.blocks`` are its Prefect side.
"""

from importlib.metadata import version

__version__ = version("shotgraph")
