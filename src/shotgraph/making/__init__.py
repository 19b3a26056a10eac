"""Local media, and jobs that are made to fit an endpoint.

* checked_step: a step on its way into a task
* local_jobs, make: local steps: what they will do to their clips; found in the store, or made
* shots: a paid job with any media: made to fit, bought in pieces, joined again
* prepare, fit: how media are made to fit
* free_step: `fal` steps
* resolve_media, inspections: media that are checked before anything is bought
"""
