"""What a run did: the report that it leaves, and the film as a file."""

from shotgraph.report.costs import accounted, billing_lines, cost_lines
from shotgraph.report.export import export_film
from shotgraph.report.film_costs import FilmCosts
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
