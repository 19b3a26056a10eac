"""Local jobs, and paid jobs whose media are made to fit an endpoint.

* step_jobs: the jobs of steps: a step with checked arguments, and local jobs
* foreseen: the treatment of clips by local steps, described before a run
* given_arguments: the arguments of a step in a Python flow
* make, codings: local jobs, found in the store or made; the coding of their pictures
* marked: the mark of a rehearsal on files made from its clips
* shots: a paid job with any media: made to fit, bought in pieces, joined again; `fal` steps
* prepare, fit: how media are made to fit
* quality_check, retaking: the check of results; another take of a result with faults
* file_prices: the prices in a pipeline file
* resolve_media, inspections, decoding: the check of media before anything is bought
* foretold, beyond: the properties of future videos, and requests beyond their end or edge
"""
