"""Money: buy each job once, within a budget; and every exchange with fal about a job.

* job: a job, and its content key
* events, attempts: the ledger: one record for each event of an attempt, and the table of states
* claims, budget, days, accounts: which request, budget, day and film an attempt belongs to
* session, connection: the parts that all purchases of a run share; the connection to fal
* uploads: upload media to fal, which gives their URLs
* buy, send, submit, keep: from a job to the one POST, and to its result
* failed_here: failed jobs, which no equal step of the same run buys again
* order: buy in two steps: submit now, wait later
* replies, reply_models, failures: fal's replies, read within limits and sorted
* follow, status, job_progress: a request at fal, until it ends
* results, lengths: the results of finished jobs, and results of another length than requested
* reconcile, timing, windows: lost replies, and the time from which buying again is safe
* cancel: a run that stops before its job
* prices, known_prices, step_price, past_jobs: the prices of jobs
* schemas: check arguments against fal's OpenAPI document
* decisions: questions to people, and their answers
* settled: records that can be removed
"""
