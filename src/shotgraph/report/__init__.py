"""What a run did: the report that it leaves, and the film as a file."""

from shotgraph.report.export import export_film
from shotgraph.report.reconcile import billing_lines, reconciled
from shotgraph.report.report import FilmFile, Report, StepReport, StepStatus

__all__ = [
    "FilmFile",
    "Report",
    "StepReport",
    "StepStatus",
    "billing_lines",
    "export_film",
    "reconciled",
]
