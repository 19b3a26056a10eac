"""The URLs in a film that no run fetches, as far as this is certain before a name is resolved."""

from collections.abc import Collection
from urllib.parse import urlsplit

from shotgraph.foreign_text import shown
from shotgraph.graph import Graph
from shotgraph.inputs.hosts import FalBases
from shotgraph.model.addresses import is_literally_not_public
from shotgraph.model.references import RemoteUrl
from shotgraph.spec import Problem
from shotgraph.spec.problem import invalid, without_user

_ALLOWED = "an https URL on a public host, or the path of a file on this machine"


def urls_at_no_public_place(
    graph: Graph, bases: FalBases, *, but: Collection[str] = ()
) -> list[Problem]:
    """Find URLs with an address that is not public, each once.

    Args:
        graph: The film.
        bases: The addresses of fal: a server in place of fal may be on this machine.
        but: The names of nodes to skip.
    """
    found: dict[tuple[str, str], Problem] = {}
    for node in graph.in_file_order():
        for path, _, ref in node.media() if node.name not in but else ():
            if not isinstance(ref, RemoteUrl) or not _is_refused(ref.url, bases):
                continue
            what = f"{shown(without_user(ref.url))} is at no public address, so no run fetches it"
            problem = graph.problem(node, path, what, allowed=_ALLOWED)
            found.setdefault((str(problem.location), problem.what), problem)
    return list(found.values())


def check_urls(graph: Graph, bases: FalBases) -> None:
    """Check a film's URLs before anything is bought.

    Raises:
        InvalidPipeline: A URL has an address that is not public.
    """
    if nowhere := urls_at_no_public_place(graph, bases):
        raise invalid(nowhere, graph.document.text)


def _is_refused(url: str, bases: FalBases) -> bool:
    try:
        if not is_literally_not_public(urlsplit(url).hostname or ""):
            return False
    except ValueError:
        return False  # the check of the file reports it
    # The HTTP libraries take longer than the rest of a plan, and few films have such a URL.
    from shotgraph.inputs.guard import is_one_of_ours

    return not is_one_of_ours(url, bases)
