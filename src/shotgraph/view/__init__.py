"""The screening room: the films of a store in a browser, since Prefect's UI can't play them.

* app: the routes; film_pages, clips: the pages, and the clips in ranges
* decide: decisions of a person
* under_way: runs that have begun and not ended
* access, serving: access by token, and checks of what pages send; the server

It writes only decisions and notes. It listens on loopback by default; every person with its token
can see every film, and can decide.
"""

from shotgraph.view.app import make_app
from shotgraph.view.serving import serve

__all__ = ["make_app", "serve"]
