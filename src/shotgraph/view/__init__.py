"""The screening room: the films of a store in a browser, for Prefect's UI can't play them.

* app: the routes; film_pages, clips: the pages, and the clips in ranges
* decide: decisions of a person
* under_way: runs that have begun and not ended
* access, serving: who may see it, and who may send something; the server

Decisions and notes are all that it writes. It listens on loopback by default; anybody with its
token sees every film, and decides.
"""

from shotgraph.view.app import make_app
from shotgraph.view.serving import serve

__all__ = ["make_app", "serve"]
