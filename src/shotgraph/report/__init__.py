"""What a run did: the report that it leaves, and the film as a file."""

from shotgraph.report.costs import FilmCosts, accounted, billing_lines, cost_lines
from shotgraph.report.film_folder import export_film
from shotgraph.report.report import FilmFile, Report, StepReport, StepStatus

__all__ = [
    "FilmCosts",
    "FilmFile",
    "Report",
    "StepReport",
    "StepStatus",
    "accounted",
    "billing_lines",
    "cost_lines",
    "export_film",
]
