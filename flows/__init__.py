"""Prefect flows: run any pipeline file, and the recipes that are written directly in Python."""

from shotgraph.flows.deploying import deploy_all, serve_all
from shotgraph.flows.deployment import deployment_of
from shotgraph.flows.extend_restyle_concat import extend_restyle_concat
from shotgraph.flows.film import film
from shotgraph.flows.flow_of import flow_of
from shotgraph.flows.run_film import FilmFailed

__all__ = [
    "FilmFailed",
    "deploy_all",
    "deployment_of",
    "extend_restyle_concat",
    "film",
    "flow_of",
    "serve_all",
]
