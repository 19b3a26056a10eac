"""The screening room: the films of a store in a browser, for Prefect's UI can't play them.

* app: what is answered; film_pages, clips: the pages, and the clips in ranges
* decide, writing: decisions and notes, and who may send them
* under_way: what happens now
* planned: plans of the files that were named
* access, serving: who may see it; the server

Decisions and notes are all that it writes. It listens on loopback by default; anybody with its
token sees every film, and decides.
"""

from shotgraph.view.app import make_app
from shotgraph.view.serving import serve

__all__ = ["make_app", "serve"]
