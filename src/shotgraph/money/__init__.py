"""Buying once: the ledger, and all that speaks to fal. In the order of a purchase:

* job:         what is bought, and under which key
* events, attempts: one small record per event, put once, and the states that they add up to
* claims, budget, accounts: what one job, one wall and one film have taken
* connection, uploads, prices: what a submission needs
* session, buy, send, submit: from a job to the one POST
* replies, failures: every reply of fal's, sorted
* follow, status, job_progress: until fal is done; results: what it made
* reconcile, timing, cancel: lost answers, and when buying again is safe
* bills, step_price: what it cost
"""
