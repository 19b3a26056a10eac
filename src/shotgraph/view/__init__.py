"""A store's films over HTTP, to be looked at: what Prefect's UI can't play is one click away.

Read-only, and on loopback unless told otherwise: whoever reaches it sees every film.
"""

from shotgraph.view.app import make_app, serve

__all__ = ["make_app", "serve"]
