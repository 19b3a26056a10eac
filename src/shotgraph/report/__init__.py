"""The report of a run, the film as a file, and the pages about the film.

* report: the report of a run and of each step
* manifest, provenance: the manifest, and how it is made
* film_folder, companions: the folder of a film, and its companion files
* storyboard, timeline, markdown, question: pages, and the timeline
* pictures, words: small pictures; numbers and states in words
* measured_cuts: both sides of each cut in numbers
* costs: the costs of a run and of a film
* made_before: a film that is already in the store
"""

from shotgraph.report.costs import FilmCosts, accounted
from shotgraph.report.film_folder import export_film
from shotgraph.report.report import FilmFile, Report, StepReport, StepStatus
from shotgraph.report.words import billing_lines, cost_lines

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
