"""The films of a store in a browser, for Prefect's UI can't play them.

* app: the pages, and the clips
* access, serving: who may see them; the server

It only reads. It listens on loopback by default; anybody with its token sees every film.
"""

from shotgraph.view.app import make_app
from shotgraph.view.serving import serve

__all__ = ["make_app", "serve"]
