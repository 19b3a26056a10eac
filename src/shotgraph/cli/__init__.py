"""The command line: ``shotgraph …``.

* main: the command, and the table of its commands
* run, interruptible, embedded_server, deciding: a run that a person can stop and answer
* show_plan: the command `plan`
* pipeline_files: the commands `new`, `validate` and `schema`
* deploy, servers, contact_sheet: the commands `deploy`, `demo`, `rehearsal`, `view` and `sheet`
* export: the commands `export` and `deliver`
* working_folder: keeps Prefect and Python from reading the working directory
* jobs, lost_jobs: the commands `jobs`, `reconcile` and `purge`
* doctor, checks, prefect_checks: the command `doctor`
* printing: JSON, tables, shared options
"""
