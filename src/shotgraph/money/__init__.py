"""Money: jobs are bought once, within a budget; and all that is said to fal about them.

* job: a job, and its content key
* events, attempts: the ledger: one record for each event of an attempt, and the table of states
* claims, budget, days, accounts: which request, budget, day and film an attempt belongs to
* session, connection: the parts that all purchases of a run share; the way to fal
* uploads: media become URLs at fal
* buy, send, submit, keep: from a job to the one POST, and to its result
* order: the same in two steps: placed now, waited for later
* replies, reply_models, failures: fal's replies, read within limits and sorted
* follow, status, job_progress: a request at fal, until it ends
* results, lengths: what finished jobs made, and in another length than was asked for
* reconcile, timing, windows: lost replies, and when buying again is safe
* cancel: a run that stops before its job
* prices, known_prices, step_price, past_jobs: what jobs cost
* schemas: arguments checked against fal's own document
* decisions: questions to people, and their answers
* settled: records that can be removed
"""
