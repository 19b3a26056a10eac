"""Local media, and jobs that are made to fit an endpoint.

* step_jobs: a step on its way into a task; local jobs
* foreseen: what local steps will do to their clips, said before
* given_arguments: a step out of Python
* make, codings: local jobs: found in the store, or made; how their pictures are coded
* shots: a paid job with any media: made to fit, bought in pieces, joined again; `fal` steps
* prepare, fit: how media are made to fit
* quality_check, retaking: what comes back, looked at; another take where it has faults
* file_prices: the prices that a file says
* resolve_media, inspections: media that are checked before anything is bought
* foretold, beyond: what videos will be, and what steps ask of them that they will not have
"""
