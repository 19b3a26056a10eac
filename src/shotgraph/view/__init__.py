"""A store's films over HTTP, to be looked at: what Prefect's UI can't play is one click away.

Read-only, and on loopback unless told otherwise: whoever has its token sees every film.
"""

from shotgraph.view.app import make_app
from shotgraph.view.serving import serve

__all__ = ["make_app", "serve"]
