"""Prefect flows: run any pipeline file, and the recipes that are written directly in Python."""

from shotgraph.flows.deployment import deployment_of
from shotgraph.flows.extend_restyle_concat import extend_restyle_concat
from shotgraph.flows.film import film
from shotgraph.flows.run_film import FilmFailed

__all__ = ["FilmFailed", "deployment_of", "extend_restyle_concat", "film"]
