"""Prefect flows: run any pipeline file, and a film written in plain Python.

* film: the flow that runs a pipeline file
* run_film, gates, finish: a run, from its plan to its film
* asking: runs that wait for a person
* deployment, deploying, changed, form, schedules: deployments, and flows of one film
* due_day: the due times of schedules, and the day of a scheduled run
* prefect_server: whether the configured server answers
* this_run: the present flow run: whether it may start, and whether it was cancelled
* prefect_internals: undocumented names of Prefect, all in one file
* extend_restyle_concat: the film in plain Python
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shotgraph.flows.extend_restyle_concat import extend_restyle_concat
from shotgraph.flows.film import film
from shotgraph.flows.run_film import FilmFailed

if TYPE_CHECKING:
    from shotgraph.flows.deploying import deploy_all, serve_all
    from shotgraph.flows.deployment import deployment_of, flow_of

__all__ = [
    "FilmFailed",
    "deploy_all",
    "deployment_of",
    "extend_restyle_concat",
    "film",
    "flow_of",
    "serve_all",
]

_DEPLOYING = {
    "deploy_all": "deploying",
    "serve_all": "deploying",
    "deployment_of": "deployment",
    "flow_of": "deployment",
}
"""The module of each name. They load Prefect's workers, which a run doesn't need."""


def __getattr__(name: str) -> Any:
    if name not in _DEPLOYING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_DEPLOYING[name]}"), name)
