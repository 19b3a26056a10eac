"""What a run did: its report, the film as a file, and the pages about it.

* report: the report of a run and of each step
* manifest, provenance: the manifest, and how it is made
* film_folder, companions: the film in its folder, with its companion files
* storyboard, timeline, markdown, question: pages, and the timeline
* pictures, words: small pictures; numbers and states in words
* measured_cuts: both sides of each cut in numbers
* costs, money_lines: what a run and a film cost, and what is said of it at the end
* made_before: a film that is in the store already
"""

from shotgraph.report.costs import FilmCosts, accounted
from shotgraph.report.film_folder import export_film
from shotgraph.report.money_lines import billing_lines, cost_lines
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
